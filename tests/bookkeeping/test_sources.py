"""Every fact becomes one item, whichever way it is announced."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bookkeeping import sources, tasks
from bookkeeping.models import BookItem
from bookkeeping.sources import SOURCES, Booked
from expenses.models import Lane, Movement
from pleo.lib.money import Money
from tests.bookkeeping.conftest import NOW, account, claim, item_of, purchase, settle, top_up
from wallet.models import AccountKind, Transfer, TransferCode
from wallet.transfer import transfer


def test_every_reason_to_move_money_is_listed_once():
    assert set(SOURCES) == set(TransferCode), "say in bookkeeping/sources.py who books the new code"


@pytest.mark.parametrize("code", list(TransferCode))
def test_the_condition_says_the_same_as_the_rule(cast, code):
    for subject in (cast.company, None):
        movement = settle(None, 100, holder=cast.carol) if subject is None else None
        subject = movement.clearing if movement else subject
        if Transfer.objects.filter(code=code, subject_id=subject.pk).exists():
            continue
        row = transfer(
            debit=account(cast.company), credit=account(cast.company, AccountKind.FEES), amount=Money(1, "DKK"), code=code,
            subject=subject, booked_at=NOW, value_date=NOW.date(),
        )  # fmt: skip
        assert Transfer.objects.filter(sources.own_transfers(), pk=row.pk).exists() == sources.books_itself(row)


def test_a_correction_without_clearing_books_itself(cast):
    row = transfer(
        debit=account(cast.company), credit=account(cast.company, AccountKind.FEES), amount=Money(5, "DKK"),
        code=TransferCode.CORRECTION_DEBIT, subject=cast.company, booked_at=NOW, value_date=NOW.date(), text="Ours",
    )  # fmt: skip
    item = sources.book_transfer(transfer=row)
    assert SOURCES[TransferCode.CORRECTION_DEBIT] is Booked.ITSELF_WITHOUT_CLEARING
    assert (item.direction, item.amount, item.text) == ("spend", 5, "Ours")


def test_a_movement_becomes_one_item(cast):
    expense = purchase(cast.carol, 12500)
    item = item_of(expense)
    assert (item.amount, item.direction, item.kind, item.lane) == (12500, "spend", "original", Lane.UNEXPORTED)
    assert (item.person, item.text) == (cast.carol, "Bauhaus Altona")
    assert sources.book_movement(movement=expense.movements.get()) == item
    assert BookItem.objects.count() == 1
    expense.refresh_from_db()
    assert expense.books_lane == Lane.UNEXPORTED


def test_several_clearings_become_several_items(cast):
    expense = purchase(cast.carol, 5000)
    settle(expense.authorization, 700)
    assert sorted(BookItem.objects.filter(expense=expense).values_list("amount", "kind")) == [
        (700, "original"), (5000, "original"),
    ]  # fmt: skip


def test_a_top_up_is_an_item_on_the_companys_own_day(cast):
    item = top_up(cast.company, 50000)
    assert (item.amount, item.direction, item.expense, item.person) == (50000, "refund", None, None)
    assert sources.book_transfer(transfer=item.transfer) == item


def test_the_transfer_of_a_clearing_is_no_item(cast):
    movement = settle(None, 100, holder=cast.carol)
    row = Transfer.objects.get(subject_id=movement.clearing_id)
    with pytest.raises(AssertionError):
        sources.book_transfer(transfer=row)
    assert sources.unbooked_transfers() == []


def test_the_sweep_makes_what_no_signal_made(cast):
    expense, money = purchase(cast.carol), top_up(cast.company)
    claim(cast.carol)
    BookItem.objects.all().delete()
    later = timezone.now() + timedelta(hours=2)
    assert sources.sweep(now=later) == 3
    assert sources.sweep(now=later) == 0
    assert (
        BookItem.objects.filter(expense=expense).count()
        == BookItem.objects.filter(transfer=money.transfer).count()
        == 1
    )


def test_the_task_and_the_sweep_may_come_twice(cast):
    movement = settle(None, 100, holder=cast.carol)
    tasks.book_movement.run(movement_id=str(movement.pk))
    tasks.sweep_sources.run()
    assert BookItem.objects.filter(movement=movement).count() == 1


def test_a_new_movement_rings_the_bell(cast, bells):
    from expenses.signals import movement_recorded

    movement = settle(None, 100, holder=cast.carol)
    bells.clear()
    movement_recorded.send(sender=Movement, movement=movement)
    assert bells == [("bookkeeping.tasks.book_movement", {"movement_id": movement.pk})]


def test_the_frequent_sweep_looks_at_the_last_day_and_the_hourly_at_everything(cast):
    from datetime import timedelta

    from django.utils import timezone

    from bookkeeping import sources
    from bookkeeping.models import BookItem
    from tests.bookkeeping.conftest import top_up

    top_up(cast.company)
    BookItem.objects.all().delete()
    later = timezone.now() + timedelta(days=3)
    assert sources.sweep(now=later) == 0
    assert sources.sweep(now=later, everything=True) == 1
    assert sources.sweep(now=later, everything=True) == 0
