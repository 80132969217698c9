"""Lines always sum to their expense, and locked ones never change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cards.models import ClearingKind
from expenses import lines, record_authorization, record_clearing
from expenses.code_expense import code_expense
from expenses.lines import TaxTooLarge
from expenses.models import Expense, ExpenseLine, Lane, TaxCode
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, authorize, buy, category_of, clear, freeze

pytestmark = pytest.mark.django_db
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [
        (12500, "25", 2500),
        (3, "20", 0),
        (9, "20", 2),
        (11900, "19", 1900),
        (10700, "7", 700),
        (100000, "5.263158", 5000),
        (0, "25", 0),
        (1, "25", 0),
        (14800, "0", 0),
    ],
)
def test_tax_inside_a_gross_amount(gross: int, percent: str, tax: int) -> None:
    assert Money(gross, "DKK").tax_inside(Decimal(percent)) == Money(tax, "DKK")


@QUICK
@given(st.integers(0, 10**12), st.decimals(0, 99, places=3))
def test_tax_is_never_more_than_its_amount(gross: int, percent: Decimal) -> None:
    assert 0 <= Money(gross, "EUR").tax_inside(percent).amount <= gross


def test_tax_refuses_floats() -> None:
    with pytest.raises(TypeError):
        Money(1, "EUR").tax_inside(0.25)  # type: ignore[arg-type]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("clear"), st.integers(1, 50_000)),
        st.tuples(st.just("chargeback"), st.integers(1, 50_000)),
        st.tuples(st.just("code"), st.sampled_from(["hotel", "meals", "travel"])),
        st.tuples(st.just("tax"), st.integers(0, 100)),
        st.tuples(st.just("lock"), st.just(0)),
        st.tuples(st.just("unlock"), st.just(0)),
    ),
    max_size=8,
)


@QUICK
@given(first=st.integers(1, 50_000), steps=STEPS)
def test_whatever_happens_lines_sum_and_locked_ones_stay(cast: Any, first: int, steps: list[tuple[str, Any]]) -> None:
    authorization = authorize(cast.carol, first)
    expense = record_authorization.record(authorization=authorization)
    assert expense
    for step, value in steps:
        expense.refresh_from_db()
        locked = {
            line.pk: (line.amount, line.tax_amount, line.category_id) for line in expense.lines.exclude(locked_at=None)
        }
        act(expense, authorization, cast, step, value)
        expense.refresh_from_db()
        check(expense)
        if step not in ("unlock", "lock"):
            after = {
                line.pk: (line.amount, line.tax_amount, line.category_id)
                for line in expense.lines.filter(pk__in=locked)
            }
            assert after == locked


def act(expense: Expense, authorization: Any, cast: Any, step: str, value: Any) -> None:
    if step == "clear":
        record_clearing.record(clearing=clear(authorization, value))
    elif step == "chargeback":
        record_clearing.record(clearing=clear(authorization, value, kind=ClearingKind.CHARGEBACK))
    elif step == "code" and not expense.is_frozen:
        code_expense(expense=expense, by=cast.carol, now=NOON, category=category_of(cast.carol, value))
    elif step == "tax" and not expense.is_frozen:
        gross = sum(line.amount for line in expense.lines.filter(locked_at=None))
        code_expense(expense=expense, by=cast.dave, now=NOON, tax=Money(gross * value // 100, "DKK"))
    elif step in ("lock", "unlock") and expense.movements.exists():
        freeze(expense, Lane.QUEUE if step == "lock" else Lane.UNEXPORTED)


def check(expense: Expense) -> None:
    rows = list(expense.lines.all())
    assert expense.lines_total == expense.amount
    assert sum(line.amount if line.direction == expense.direction else -line.amount for line in rows) == expense.amount
    net = sum(m.amount if m.direction == "spend" else -m.amount for m in expense.movements.all())
    if expense.movements.exists():
        assert net == (expense.amount if expense.direction == "spend" else -expense.amount)
    for movement in expense.movements.all():
        own = [line.amount for line in rows if line.movement_id == movement.pk]
        assert not own or sum(own) == movement.amount
    assert all(0 <= line.tax_amount <= line.amount for line in rows)
    assert bool(expense.locked_at) == any(line.locked_at for line in rows)


def test_tax_that_was_typed_survives_another_amount(carol: Any, dave: Any) -> None:
    authorization = authorize(carol, 10000)
    expense = record_authorization.record(authorization=authorization)
    assert expense
    code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel"))
    assert expense.lines.get().tax_amount == 2000
    code_expense(expense=expense, by=dave, now=NOON, tax=Money(1234, "DKK"))
    record_clearing.record(clearing=clear(authorization, 12000))
    assert expense.lines.get().tax_amount == 1234
    code_expense(expense=expense, by=dave, now=NOON, tax_code=TaxCode.objects.get(company=carol.company, code="INGEN"))
    assert expense.lines.get().tax_amount == 0


def test_tax_by_the_rate_follows_another_amount(carol: Any) -> None:
    authorization = authorize(carol, 10000)
    expense = record_authorization.record(authorization=authorization)
    assert expense
    code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel"))
    record_clearing.record(clearing=clear(authorization, 12500))
    assert expense.lines.get().tax_amount == 2500


def test_more_tax_than_money_is_refused(carol: Any, dave: Any) -> None:
    expense = buy(carol, 10000)
    with pytest.raises(TaxTooLarge) as refused:
        code_expense(expense=expense, by=dave, now=NOON, tax=Money(10001, "DKK"))
    assert "100" in refused.value.message()
    assert expense.lines.get().tax_amount == 0


def test_a_split_expense_puts_the_difference_on_a_rest_line(carol: Any) -> None:
    authorization = authorize(carol, 10000)
    expense = record_authorization.record(authorization=authorization)
    assert expense
    line = expense.lines.get()
    ExpenseLine.objects.filter(pk=line.pk).update(amount=6000, category=category_of(carol))
    ExpenseLine.objects.create(
        company=carol.company, expense=expense, position=2, direction="spend", amount=4000, currency="DKK",
        category=category_of(carol, "hotel"),
    )  # fmt: skip
    record_clearing.record(clearing=clear(authorization, 11000))
    expense.refresh_from_db()
    assert [(x.amount, x.is_rest) for x in expense.lines.order_by("position")] == [
        (6000, False),
        (4000, False),
        (1000, True),
    ]
    assert not expense.is_coded and expense.next_step(carol) == "receipt_missing"
    record_clearing.record(clearing=clear(authorization, 500, days=3))
    assert expense.lines.get(is_rest=True).amount == 1500


def test_a_rest_of_the_other_direction(carol: Any) -> None:
    authorization = authorize(carol, 10000)
    expense = record_authorization.record(authorization=authorization)
    assert expense
    ExpenseLine.objects.filter(expense=expense).update(amount=6000)
    ExpenseLine.objects.create(
        company=carol.company, expense=expense, position=2, direction="spend", amount=4000, currency="DKK"
    )
    record_clearing.record(clearing=clear(authorization, 9000))
    rest = expense.lines.get(is_rest=True)
    assert (rest.direction, rest.amount) == ("refund", 1000)
    check(Expense.objects.get(pk=expense.pk))


def test_no_line_is_written_elsewhere() -> None:
    from pathlib import Path

    folder = Path(lines.__file__).parent
    writers = [
        path.name for path in folder.rglob("*.py")
        if path.name != "lines.py" and ("ExpenseLine(" in path.read_text() or "ExpenseLine.objects.create" in path.read_text())
        and "models" not in path.parts
    ]  # fmt: skip
    assert writers == []
