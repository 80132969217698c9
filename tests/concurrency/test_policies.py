"""Flags under many hands: whatever comes first, the same flags stand at the end, each once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from expenses.attach import attach
from expenses.code_expense import code_expense
from expenses.compare_policies import compare_policies, waiting
from expenses.evaluate_policies import evaluate_policies
from expenses.keep_rule import Wording, keep_rule
from expenses.models import Expense, PolicyFlag, PolicyVersion
from expenses.policy_flags import open_flags
from expenses.switch_on_rule import switch_on_rule
from pleo.lib.errors import DomainError
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, make_receipt, pay_privately

pytestmark = pytest.mark.postgres


def rule(cast: Cast, check: str, effect: str, **parameters: Any) -> PolicyVersion:
    words = Wording(check, check, effect, date(2026, 1, 1), parameters=parameters)
    version = keep_rule(by=cast.dave, wording=words, now=NOON)
    switch_on_rule(version=version, by=cast.dave, now=NOON, open_too=True)
    return version


def said(expense: Expense) -> list[tuple[str, str]]:
    return [(flag.check_code, str(flag.parameters)) for flag in open_flags(expense)]


def test_coding_and_attaching_at_once_leave_the_flags_of_one_after_the_other(cast: Cast, together: Together) -> None:
    rule(cast, "tip", "note", percent="5")
    rule(cast, "over_amount", "review", limit=100)
    rule(cast, "note", "require")
    meals = category_of(cast.carol)
    for _round in range(4):
        alone, expense = buy(cast.carol, 12000), buy(cast.carol, 12000)
        papers = [make_receipt(cast.carol, total=10000) for _number in range(2)]

        def act(number: int, expense: Expense = expense, papers: Any = papers) -> None:
            if number % 2:
                attach(expense=expense, receipt=papers[0], by=cast.carol, now=NOON)
            else:
                code_expense(expense=expense, by=cast.carol, now=NOON, category=meals, note="Lunch")

        together(2, act)
        attach(expense=alone, receipt=papers[1], by=cast.carol, now=NOON)
        code_expense(expense=alone, by=cast.carol, now=NOON, category=meals, note="Lunch")
        assert said(expense) == said(alone) and len(said(expense)) == 2
        columns = ("receipt_wanted", "policy_step", "flag_level")
        rows = Expense.objects.filter(pk__in=[alone.pk, expense.pk]).values_list(*columns)
        assert len(set(rows)) == 1


def test_the_same_change_by_many_raises_one_flag(cast: Cast, together: Together) -> None:
    rule(cast, "over_amount", "warn", limit=100)
    expense = buy(cast.carol, 12000)
    PolicyFlag.objects.all().delete()

    def act(_number: int) -> None:
        code_expense(expense=expense, by=cast.dave, now=NOON, note=f"note {_number}")

    together(6, act)
    assert PolicyFlag.objects.filter(cleared_at=None).count() == 1


def test_two_equal_claims_at_once_end_with_the_later_flagged(cast: Cast, together: Together) -> None:
    """Neither sees the other while both are being written: the comparison after the commit does."""
    rule(cast, "duplicate", "review", days=0)
    receipts = [make_receipt(cast.carol, total=5000) for _number in range(2)]

    def act(number: int) -> str:
        try:
            return str(pay_privately(cast.carol, receipt=receipts[number]).pk)
        except DomainError as error:
            return error.code

    together(2, act)
    for expense_id in waiting():
        assert compare_policies(expense_id=expense_id, now=NOON)
    first, second = Expense.objects.order_by("number")
    assert not said(first) and said(second) == [("duplicate", str({"twins": [first.number]}))]
    assert not waiting()


def test_comparing_both_ways_at_once_ends(cast: Cast, together: Together) -> None:
    rule(cast, "duplicate", "warn", days=0)
    rows = [pay_privately(cast.carol, receipt=make_receipt(cast.carol, total=5000)) for _number in range(4)]
    together(4, lambda number: compare_policies(expense_id=rows[number].pk, now=NOON))
    evaluate_policies(rows[0], now=NOON)
    assert [len(said(row)) for row in rows] == [0, 1, 1, 1]
