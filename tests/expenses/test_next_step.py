"""One table says the next step, in Python for a row and in SQL for lists."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expenses.models import Expense, Lane
from expenses.next_step import OTHERS_TURN, STEPS, WORDS, base_step
from pleo.lib.tags import PILLS
from tests.expenses.conftest import buy

pytestmark = pytest.mark.django_db

VALUES: dict[str, list[Any]] = {
    "books_lane": ["", "unexported", "queue", "exported"],
    "payment": ["reserved", "cleared", "reversed"],
    "review": ["", "okay", "not_okay", "needs_details"],
    "receipt_count": [0, 1],
    "kind": ["card", "refund", "out_of_pocket"],
    "reading_open": [True, False],
    "is_coded": [True, False],
}


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ({}, "receipt_missing"),
        ({"payment": "reserved"}, "receipt_missing"),
        ({"receipt_count": 1}, "category_missing"),
        ({"receipt_count": 1, "reading_open": True}, "check_reading"),
        ({"receipt_count": 1, "is_coded": True}, "to_review"),
        ({"receipt_count": 1, "is_coded": True, "payment": "reserved"}, "reserved"),
        ({"receipt_count": 1, "is_coded": True, "review": "okay"}, "ready"),
        ({"receipt_count": 1, "is_coded": True, "review": "okay", "books_lane": "unexported"}, "ready"),
        ({"receipt_count": 0, "is_coded": True, "review": "okay"}, "receipt_missing"),
        ({"receipt_count": 1, "review": "not_okay"}, "not_okay"),
        ({"receipt_count": 0, "review": "needs_details"}, "needs_details"),
        ({"kind": "refund"}, "category_missing"),
        ({"kind": "refund", "is_coded": True}, "to_review"),
        ({"payment": "reversed", "receipt_count": 1}, "reversed"),
        ({"books_lane": "queue", "review": "okay"}, "queued"),
        ({"books_lane": "exported", "review": "okay"}, "exported"),
    ],
)
def test_the_step(carol: Any, bob: Any, values: dict[str, Any], step: str) -> None:
    expense = buy(carol)
    for name, value in values.items():
        setattr(expense, name, value)
    assert base_step(expense) == step == expense.next_step(bob)
    assert expense.next_step(carol) == ("done" if step in OTHERS_TURN else step)


def test_a_lead_sees_the_step_of_the_team_and_is_done_with_own(carol: Any, lena: Any) -> None:
    for owner, shown in ((carol, "to_review"), (lena, "done")):
        expense = buy(owner)
        expense.receipt_count, expense.is_coded = 1, True
        assert expense.next_step(lena) == shown


def test_every_step_has_a_word_and_a_pill() -> None:
    assert set(STEPS) == set(WORDS)
    assert {*STEPS, "done"} <= set(PILLS)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([*STEPS, "done", "nonsense"]), max_size=4))
def test_python_and_sql_agree(everything: Any, cast: Any, steps: list[str]) -> None:
    rows = list(Expense.objects.select_related("owner"))
    for viewer in (cast.carol, cast.lena, cast.bob):
        found = set(Expense.objects.at_step(*steps, seen_by=viewer).values_list("pk", flat=True))
        assert found == {row.pk for row in rows if row.next_step(viewer) in steps}
    found = set(Expense.objects.at_step(*steps).values_list("pk", flat=True))
    assert found == {row.pk for row in rows if base_step(row) in steps}


@pytest.fixture
def everything(cast: Any) -> None:
    """Every combination of what the rules look at, some of each person."""
    pattern = buy(cast.carol)
    rows = []
    for number, values in enumerate(product(*VALUES.values()), start=100):
        row = Expense.objects.get(pk=pattern.pk) if not rows else Expense(**_copied(pattern))
        row.pk, row.number, row.authorization = None, number, None
        row.pk = Expense._meta.pk.get_default()
        row.owner = cast.carol if number % 3 else cast.lena
        for name, value in zip(VALUES, values, strict=True):
            setattr(row, name, value)
        rows.append(row)
    Expense.objects.bulk_create(rows, batch_size=200)
    assert Expense.objects.filter(books_lane=Lane.QUEUE).exists()


def _copied(pattern: Expense) -> dict[str, Any]:
    names = ("company_id", "direction", "amount", "currency", "merchant", "purchased_at", "lines_total")
    return {name: getattr(pattern, name) for name in names}
