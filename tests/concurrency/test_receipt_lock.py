"""A receipt against the job that locks, two jobs, the switch against a job: cards never rest beside what was settled."""

from __future__ import annotations

from datetime import timedelta

from cards.models import Freeze
from events.models import Event
from expenses.attach import attach
from expenses.change_receipt_rules import change_receipt_rules
from expenses.chase import chase
from expenses.declare import declare
from expenses.models import Declaration, Expense, ReceiptLock, Reminder
from expenses.receipt_lock import tend, tend_person
from pleo.lib.errors import DomainError
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, make_receipt
from tests.expenses.test_chase import MONDAY

LATE = NOON + timedelta(days=16)
LOCKS = LATE + timedelta(hours=73)


def warned(cast: Cast) -> list[Expense]:
    change_receipt_rules(by=cast.dave, now=NOON, lock_is_on=True, lock_count=2, lock_days=14)
    expenses = [buy(cast.carol, 1000 + number) for number in range(2)]
    tend(now=LATE)
    assert ReceiptLock.objects.get().locked_at is None
    return expenses


def rests() -> bool:
    return Freeze.objects.filter(source="lock", ended_at=None).exists()


def test_a_receipt_against_the_locking_job(cast: Cast, together: Together) -> None:
    expenses = warned(cast)
    receipt = make_receipt(cast.carol)

    def act(number: int) -> None:
        if number:
            tend_person(person_id=cast.carol.pk, now=LOCKS)
        else:
            attach(expense=expenses[0], receipt=receipt, by=cast.carol, now=LOCKS)

    together(4, act)
    assert not rests() and not ReceiptLock.objects.open().exists()
    assert ReceiptLock.objects.get().ended_because == "settled"


def test_many_jobs_lock_once(cast: Cast, together: Together) -> None:
    warned(cast)
    together(4, lambda _: tend(now=LOCKS))
    assert Freeze.objects.filter(source="lock").count() == 1 and ReceiptLock.objects.count() == 1
    assert Event.objects.filter(verb="receipt_lock.locked").count() == 1


def test_many_jobs_warn_once(cast: Cast, together: Together) -> None:
    change_receipt_rules(by=cast.dave, now=NOON, lock_is_on=True, lock_count=1, lock_days=14)
    buy(cast.carol)
    together(4, lambda _: tend(now=LATE))
    assert ReceiptLock.objects.count() == 1 and Event.objects.filter(verb="receipt_lock.warned").count() == 1


def test_the_switch_against_the_locking_job(cast: Cast, together: Together) -> None:
    warned(cast)

    def act(number: int) -> None:
        if number:
            tend_person(person_id=cast.carol.pk, now=LOCKS)
        else:
            change_receipt_rules(by=cast.dave, now=LOCKS, lock_is_on=False)

    together(4, act)
    assert not rests() and not ReceiptLock.objects.open().exists()


def test_two_beats_remind_once(cast: Cast, together: Together) -> None:
    buy(cast.carol)
    assert sum(together(4, lambda _: chase(now=MONDAY))) == 1
    assert Reminder.objects.count() == 1


def test_signing_against_the_receipt(cast: Cast, together: Together) -> None:
    expense, receipt = buy(cast.carol), make_receipt(cast.carol)

    def act(number: int) -> str:
        try:
            if number:
                attach(expense=expense, receipt=receipt, by=cast.carol, now=NOON)
            else:
                declare(expense=expense, by=cast.carol, reason="lost", purpose="Lunch", now=NOON)
        except DomainError as error:
            return error.code
        return "done"

    together(2, act)
    expense.refresh_from_db()
    assert (expense.receipt_count, expense.is_declared) == (1, False)
    assert not Declaration.objects.standing().exists()
