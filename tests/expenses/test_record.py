"""From authorizations and clearings to expenses: once each, in any order."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cards.models import ClearingKind
from expenses import record_authorization, record_clearing, sweep, tasks
from expenses.models import Direction, Expense, ExpenseKind, ExpenseLine, Lane, Movement, PaymentState
from pleo.lib.ids import uuid7
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, category_of, clear, freeze, make_receipt

pytestmark = pytest.mark.django_db


def lines_sum(expense: Expense) -> int:
    return sum(line.amount if line.direction == expense.direction else -line.amount for line in expense.lines.all())


def test_an_approved_authorization_makes_one_expense(carol: Any, bells: Any) -> None:
    authorization = authorize(carol, 14800)
    first = record_authorization.record(authorization=authorization)
    second = record_authorization.record(authorization=authorization)
    assert first and second and first.pk == second.pk
    assert (first.amount, first.payment, first.kind, first.owner) == (
        14800,
        PaymentState.RESERVED,
        ExpenseKind.CARD,
        carol,
    )
    assert first.number == 1 and first.lines.count() == 1
    assert bells == [("expenses.tasks.match_expense", {"expense_id": first.pk})]


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "declined", "status": "declined", "open_amount": 0, "authorized_total": 0},
        {"amount": 0, "authorized_total": 0, "open_amount": 0},
    ],
)
def test_declined_requests_and_card_checks_make_none(carol: Any, fields: dict[str, Any]) -> None:
    assert record_authorization.record(authorization=authorize(carol, **fields)) is None
    assert not Expense.objects.exists()


def test_cash_is_its_own_kind(carol: Any) -> None:
    expense = record_authorization.record(authorization=authorize(carol, channel="cash"))
    assert expense and expense.kind == ExpenseKind.CASH


def test_a_tip_changes_the_amount_and_its_one_line(carol: Any) -> None:
    authorization = authorize(carol, 128400)
    record_authorization.record(authorization=authorization)
    movement = record_clearing.record(clearing=clear(authorization, 141200))
    expense = movement.expense
    expense.refresh_from_db()
    assert (expense.amount, expense.payment) == (141200, PaymentState.CLEARED)
    assert [line.amount for line in expense.lines.all()] == [141200]
    assert movement.booked_date == (NOON + timedelta(days=2)).date()


def test_several_clearings_are_several_movements(carol: Any) -> None:
    authorization = authorize(carol, 30000)
    for part in (10000, 12000, 9000):
        record_clearing.record(clearing=clear(authorization, part))
    expense = Expense.objects.get()
    assert expense.movements.count() == 3 and expense.amount == 31000 and expense.lines.count() == 1


def test_a_clearing_twice_is_one_movement(carol: Any) -> None:
    clearing = clear(authorize(carol), 14800)
    assert record_clearing.record(clearing=clearing).pk == record_clearing.record(clearing=clearing).pk
    assert Movement.objects.count() == 1


def test_a_released_hold_leaves_nothing_to_book_and_keeps_the_receipt(carol: Any) -> None:
    from expenses.attach import attach

    authorization = authorize(carol)
    expense = record_authorization.record(authorization=authorization)
    assert expense
    attach(expense=expense, receipt=make_receipt(carol, total=14800), by=carol, now=NOON)
    authorization.open_amount, authorization.status = 0, "expired"
    authorization.save()
    record_authorization.record(authorization=authorization)
    expense.refresh_from_db()
    assert (expense.amount, expense.payment, expense.receipt_count) == (0, PaymentState.REVERSED, 1)
    assert expense.next_step(carol) == "reversed" and not expense.movements.exists()


def test_a_clearing_after_expiry_is_booked(carol: Any) -> None:
    authorization = authorize(carol, status="expired", open_amount=0)
    record_authorization.record(authorization=authorization)
    expense = record_clearing.record(clearing=clear(authorization, 14800, days=12)).expense
    expense.refresh_from_db()
    assert (expense.amount, expense.payment) == (14800, PaymentState.CLEARED)


def test_a_rest_still_held_does_not_count_once_money_was_booked(carol: Any) -> None:
    authorization = authorize(carol, 30000)
    record_clearing.record(clearing=clear(authorization, 10000))
    record_authorization.record(authorization=authorization)
    assert Expense.objects.get().amount == 10000


def test_a_refund_is_its_own_expense_and_finds_its_purchase(carol: Any) -> None:
    buy(carol, 20000, "Proshop")
    bought = buy(carol, 9900, "Proshop")
    buy(carol, 9900, "Bauhaus")
    refund = record_clearing.record(
        clearing=clear(None, 9900, kind=ClearingKind.REFUND, holder=carol, merchant="PROSHOP", days=5)
    )
    expense = refund.expense
    assert (expense.kind, expense.direction, expense.amount) == (ExpenseKind.REFUND, Direction.REFUND, 9900)
    assert expense.refund_of == bought
    bought.refresh_from_db()
    assert bought.amount == 9900


def test_a_refund_taken_back_nets_the_refund(carol: Any) -> None:
    bought = buy(carol, 9900, "Proshop")
    refund = record_clearing.record(
        clearing=clear(bought.authorization, 9900, kind=ClearingKind.REFUND, days=4)
    ).expense
    back = record_clearing.record(
        clearing=clear(None, 9900, kind=ClearingKind.REFUND_REVERSAL, holder=carol, merchant="Proshop", days=6)
    ).expense
    back.refresh_from_db()
    assert back.pk == refund.pk and back.amount == 0 and lines_sum(back) == 0
    assert back.payment == PaymentState.CLEARED


@pytest.mark.parametrize(
    ("kind", "expense_kind", "direction"),
    [
        (ClearingKind.PURCHASE, ExpenseKind.CARD, Direction.SPEND),
        (ClearingKind.CASH, ExpenseKind.CASH, Direction.SPEND),
        (ClearingKind.REFUND, ExpenseKind.REFUND, Direction.REFUND),
        (ClearingKind.REFUND_REVERSAL, ExpenseKind.CARD, Direction.SPEND),
        (ClearingKind.CORRECTION_DEBIT, ExpenseKind.CARD, Direction.SPEND),
        (ClearingKind.CORRECTION_CREDIT, ExpenseKind.REFUND, Direction.REFUND),
        (ClearingKind.CHARGEBACK, ExpenseKind.REFUND, Direction.REFUND),
        (ClearingKind.CHARGEBACK_REVERSAL, ExpenseKind.CARD, Direction.SPEND),
    ],
)
def test_money_without_an_original_is_its_own_expense(carol: Any, kind: str, expense_kind: str, direction: str) -> None:
    expense = record_clearing.record(clearing=clear(None, 5000, kind=kind, holder=carol)).expense
    assert (expense.kind, expense.direction, expense.amount) == (expense_kind, direction, 5000)
    assert expense.payment == PaymentState.CLEARED and lines_sum(expense) == 5000


def test_a_chargeback_goes_to_its_purchase_with_lines_of_its_own(carol: Any) -> None:
    bought = buy(carol, 9900, "Proshop")
    record_clearing.record(clearing=clear(bought.authorization, 9900, kind=ClearingKind.CHARGEBACK, days=20))
    bought.refresh_from_db()
    assert bought.amount == 0 and bought.movements.count() == 2
    assert sorted((line.direction, line.amount) for line in bought.lines.all()) == [("refund", 9900), ("spend", 9900)]


def test_any_order_of_messages_ends_the_same(cast: Cast) -> None:
    def act(step: str, authorization: Any, clearings: dict[str, Any]) -> None:
        if step == "authorization":
            record_authorization.record(authorization=authorization)
        else:
            record_clearing.record(clearing=clearings[step])

    steps = ("authorization", "first", "tip", "chargeback")
    ends = set()
    for order in itertools.permutations(steps):
        authorization = authorize(cast.carol, 10000)
        clearings = {
            "first": clear(authorization, 8000),
            "tip": clear(authorization, 3000, days=3),
            "chargeback": clear(authorization, 8000, kind=ClearingKind.CHARGEBACK, days=9),
        }
        for step in (*order, *order):
            act(step, authorization, clearings)
        expense = Expense.objects.get(authorization=authorization)
        assert lines_sum(expense) == expense.amount
        shared = sum(line.amount for line in expense.lines.filter(movement=None))
        ends.add((expense.amount, expense.direction, expense.payment, expense.movements.count(), shared))
    assert ends == {(3000, "spend", "cleared", 3, 11000)}


def test_money_after_the_lock_adds_its_own_lines_coded_alike(carol: Any) -> None:
    from expenses.code_expense import code_expense

    expense = buy(carol, 10000, open_amount=20000, authorized_total=20000)
    code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel"))
    freeze(expense, Lane.EXPORTED)
    locked = [(line.pk, line.amount, line.tax_amount) for line in expense.lines.all()]
    late = record_clearing.record(clearing=clear(expense.authorization, 500, days=8))
    expense.refresh_from_db()
    own = expense.lines.get(movement=late)
    assert (own.amount, own.category.code, own.tax_amount, own.locked_at) == (500, "hotel", 100, None)
    assert [(line.pk, line.amount, line.tax_amount) for line in expense.lines.filter(movement=None)] == locked
    assert expense.amount == 10500


def test_the_sweep_finds_what_the_bell_missed(carol: Any, run_now: Any) -> None:
    missed = authorize(carol, 100, pk=uuid7())
    behind = authorize(carol, 200)
    record_authorization.record(authorization=behind)
    type(behind).objects.filter(pk=behind.pk).update(open_amount=150)
    uncleared = clear(None, 300, holder=carol)
    later = uncleared.created_at + timedelta(minutes=1)
    assert set(sweep.authorizations(now=later)) == {missed.pk, behind.pk}
    assert sweep.clearings(now=later) == [uncleared.pk]
    for pk in sweep.authorizations(now=later):
        tasks.record_authorization.run(authorization_id=str(pk))
    tasks.record_clearing.run(clearing_id=str(uncleared.pk), something_new="ignored")
    assert sweep.authorizations(now=later) == [] and sweep.clearings(now=later) == []
    assert sorted(Expense.objects.values_list("amount", flat=True)) == [100, 150, 300]


def test_signals_only_ring_a_bell(carol: Any, bells: Any) -> None:
    from cards.signals import authorization_changed, authorization_decided, clearing_recorded
    from receipts.signals import receipt_ready

    authorization, receipt = authorize(carol), make_receipt(carol)
    clearing = clear(authorization, 100)
    authorization_decided.send(sender=None, authorization=authorization)
    authorization_changed.send(sender=None, authorization=authorization)
    clearing_recorded.send(sender=None, clearing=clearing)
    receipt_ready.send(sender=None, receipt=receipt)
    assert [name.split(".")[-1] for name, _ in bells] == [
        "record_authorization", "record_authorization", "record_clearing", "match_receipt",
    ]  # fmt: skip
    assert not Expense.objects.exists()


def breaks(model: Any, pk: Any, **values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=pk).update(**values)


def test_the_database_refuses_what_the_code_must_never_write(carol: Any) -> None:
    expense, other = buy(carol, 5000), buy(carol, 6000)
    movement, line = expense.movements.get(), expense.lines.get()
    for values in (
        {"amount": 4999},
        {"lines_total": 1},
        {"amount": -1, "lines_total": -1},
        {"number": other.number},
        {"kind": "gift"},
        {"direction": "up"},
        {"payment": "maybe"},
        {"review": "great"},
        {"books_lane": "fast"},
        {"currency": "kr"},
        {"foreign_amount": 5, "foreign_currency": ""},
        {"foreign_amount": None, "foreign_currency": "EUR"},
        {"authorization": other.authorization},
    ):
        breaks(Expense, expense.pk, **values)
    for values in ({"amount": 0}, {"direction": "up"}, {"clearing": other.movements.get().clearing}, {"currency": "x"}):
        breaks(Movement, movement.pk, **values)
    for values in ({"amount": -5}, {"tax_amount": -1}, {"tax_amount": 5001}, {"direction": "up"}, {"currency": "dkk"}):
        breaks(ExpenseLine, line.pk, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpenseLine.objects.create(
            company=expense.company,
            expense=expense,
            position=line.position,
            direction="spend",
            amount=1,
            currency="DKK",
        )
