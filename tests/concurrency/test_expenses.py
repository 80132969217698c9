"""Many at one expense: one expense per purchase, one okay, one match, however many press or ring at once."""

from __future__ import annotations

from typing import Any

import pytest

from cards.models import Authorization
from expenses import record_authorization, record_clearing
from expenses.attach import attach
from expenses.code_expense import code_expense
from expenses.errors import ExpenseChanged
from expenses.models import Attachment, Expense, Movement, Review
from expenses.review import review
from pleo.lib.errors import DomainError
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, clear, make_receipt

CROWD = 6


def tried(act: Any) -> str:
    try:
        act()
    except DomainError as error:
        return error.code
    return "done"


def test_two_tasks_for_one_purchase_make_one_expense(cast: Cast, together: Together) -> None:
    authorization = authorize(cast.carol, 10000)
    clearings = [clear(authorization, 4000), clear(authorization, 6000)]

    def act(number: int) -> None:
        if number % 3 == 0:
            record_authorization.record(authorization=Authorization.objects.get(pk=authorization.pk))
        else:
            record_clearing.record(clearing=clearings[number % 3 - 1])

    together(CROWD, act)
    expense = Expense.objects.get()
    assert (expense.amount, expense.lines_total, Movement.objects.count(), expense.number) == (10000, 10000, 2, 1)


def test_many_okays_are_one(cast: Cast, together: Together) -> None:
    expense = buy(cast.carol)
    reviewers = [cast.alice, cast.dave]
    results = together(
        CROWD, lambda n: tried(lambda: review(expense=expense, by=reviewers[n % 2], outcome="okay", now=NOON))
    )
    assert sorted(results) == ["already_decided"] * (CROWD - 1) + ["done"]
    assert Review.objects.count() == 1


def test_many_attach_the_same_receipt_once(cast: Cast, together: Together) -> None:
    expense, receipt = buy(cast.carol), make_receipt(cast.carol, total=14800)
    together(CROWD, lambda n: attach(expense=expense, receipt=receipt, by=cast.carol, now=NOON))
    assert Attachment.objects.count() == 1 and Expense.objects.get().receipt_count == 1


@pytest.mark.parametrize("shared", ["receipt", "expense"])
def test_matching_by_itself_takes_a_receipt_and_a_purchase_once(cast: Cast, together: Together, shared: str) -> None:
    expenses = [buy(cast.carol) for _ in range(CROWD if shared == "receipt" else 1)]
    receipts = [make_receipt(cast.carol, total=14800) for _ in range(CROWD if shared == "expense" else 1)]

    def act(number: int) -> str:
        expense, receipt = expenses[number % len(expenses)], receipts[number % len(receipts)]
        return tried(lambda: attach(expense=expense, receipt=receipt, by=None, now=NOON, score=90))

    assert sorted(together(CROWD, act)) == ["already_matched"] * (CROWD - 1) + ["done"]
    assert Attachment.objects.count() == 1


def test_of_many_savers_one_is_first_and_the_others_are_told(cast: Cast, together: Together) -> None:
    expense = buy(cast.carol)

    def act(number: int) -> str:
        return tried(lambda: code_expense(expense=expense, by=cast.dave, now=NOON, version=1, note=f"note {number}"))

    results = together(CROWD, act)
    assert sorted(results) == ["done"] + [ExpenseChanged.code] * (CROWD - 1)
    assert Expense.objects.get().version == 2
