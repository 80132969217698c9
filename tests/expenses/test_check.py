"""The nightly check finds an expense that says something else than its rows."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from expenses.attach import attach
from expenses.check_expenses import CHECKS, check_expenses
from expenses.code_expense import code_expense
from expenses.models import Attachment, Expense, ExpenseLine, Movement
from expenses.review import review
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, freeze, make_receipt, pay_privately

pytestmark = pytest.mark.django_db


@pytest.fixture
def expense(cast: Cast) -> Expense:
    """A documented, decided and queued expense, with others around it."""
    row = buy(cast.carol, 10000)
    attach(expense=row, receipt=make_receipt(cast.carol, total=10000), by=cast.carol, now=NOON)
    code_expense(expense=row, by=cast.carol, now=NOON, category=category_of(cast.carol))
    review(expense=row, by=cast.dave, outcome="okay", now=NOON)
    pay_privately(cast.carol)
    asked = buy(cast.carol)
    review(expense=asked, by=cast.dave, outcome="needs_details", reason="Who?", now=NOON)
    code_expense(expense=asked, by=cast.carol, now=NOON, note="Lene")
    return freeze(row)


def test_untouched_rows_agree(expense: Expense, cast: Cast) -> None:
    assert check_expenses() == [] and check_expenses(company=cast.other) == []


@pytest.mark.parametrize(
    ("model", "values", "what"),
    [
        (ExpenseLine, {"amount": 9999}, "the lines do not sum to the amount"),
        (Movement, {"amount": 9999}, "the movements do not net to the amount"),
        (Expense, {"payment": "reserved"}, "the state of the payment does not fit the movements"),
        (Expense, {"receipt_count": 2}, "the number of receipts is wrong"),
        (Attachment, {"detached_at": timezone.now()}, "the number of receipts is wrong"),
        (Expense, {"is_coded": False}, "what is coded is wrong"),
        (Expense, {"review": "not_okay"}, "the decision in force is not the last one"),
        (Expense, {"review": ""}, "the decision in force is not the last one"),
        (Expense, {"locked_at": None}, "what is locked is wrong"),
    ],
)
def test_what_was_changed_behind_the_verbs_is_found(
    expense: Expense, cast: Cast, model: Any, values: dict[str, Any], what: str
) -> None:
    name = "pk" if model is Expense else "expense"
    model.objects.filter(**{name: expense.pk}).update(**values)
    found = check_expenses(company=cast.company)
    assert [(one.number, one.what) for one in found] == [(expense.number, what)]
    assert what in CHECKS and str(expense.number) in str(found[0])
