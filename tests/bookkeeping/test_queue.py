"""Into the queue and back: what moves, what stays and why, and what is locked meanwhile."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bookkeeping import queue as queueing
from bookkeeping.models import BookItem
from bookkeeping.queue import queue
from bookkeeping.unqueue import unqueue
from events.models import Event
from expenses.code_expense import code_expense
from expenses.errors import ExpenseLocked
from expenses.models import Category, ExpenseLine, Lane
from expenses.record_authorization import record as record_authorization
from tests.bookkeeping.conftest import NOW, claim, item_of, purchase, top_up
from tests.expenses.conftest import authorize


def reasons(outcome):
    return {skipped.label: [result.code for result in skipped.reasons] for skipped in outcome.skipped}


def test_it_queues_what_is_ready_and_says_why_not_the_rest(cast):
    good, bare = purchase(cast.carol), purchase(cast.carol, merchant="REWE To Go", receipt=False, okay=False)
    outcome = queue(by=cast.bob, items=[item_of(good).pk, item_of(bare).pk], now=NOW)
    assert [item.pk for item in outcome.done] == [item_of(good).pk]
    assert reasons(outcome) == {"REWE To Go": ["receipt_missing", "not_reviewed"]}
    item = item_of(good)
    assert (item.lane, item.queued_by, item.queued_at) == (Lane.QUEUE, cast.bob, NOW)
    assert item_of(bare).lane == Lane.UNEXPORTED


def test_it_locks_the_lines_and_tells_the_expense(cast):
    expense = purchase(cast.carol)
    queue(by=cast.bob, items=[item_of(expense).pk], now=NOW)
    expense.refresh_from_db()
    assert expense.books_lane == Lane.QUEUE and expense.locked_at == NOW
    category = Category.objects.get(company=cast.company, code="hotel")
    with pytest.raises(ExpenseLocked):
        code_expense(expense=expense, by=cast.carol, now=NOW, category=category)
    unqueue(by=cast.bob, items=[item_of(expense).pk], now=NOW)
    expense.refresh_from_db()
    assert expense.books_lane == Lane.UNEXPORTED and expense.locked_at is None
    assert not ExpenseLine.objects.exclude(locked_at=None).exists()
    code_expense(expense=expense, by=cast.carol, now=NOW, category=category)


def test_it_takes_expenses_too(cast):
    expense, waiting = purchase(cast.carol), authorize(cast.carol, 900, "Shell")
    reserved = record_authorization(authorization=waiting)
    outcome = queue(by=cast.bob, expenses=[expense.pk, reserved.pk, uuid4()], now=NOW)
    assert len(outcome.done) == 1
    assert reasons(outcome) == {str(reserved): ["nothing_to_book"]}


def test_asking_twice_skips_what_is_queued(cast):
    item = item_of(purchase(cast.carol))
    assert queue(by=cast.bob, items=[item.pk, item.pk], now=NOW).done
    again = queue(by=cast.alice, items=[item.pk], now=NOW)
    assert not again.done and reasons(again) == {"Bauhaus Altona": ["already_queued"]}
    assert Event.objects.filter(verb="book_item.queued").count() == 1


def test_another_companys_items_do_not_exist(cast):
    item = item_of(purchase(cast.carol))
    for act in (queue, unqueue):
        outcome = act(by=cast.mallory, items=[item.pk], now=NOW)
        assert not outcome.done and not outcome.skipped
    assert not queue(by=cast.mallory, expenses=[item.expense_id], now=NOW).skipped


def test_many_move_in_batches(cast, monkeypatch):
    monkeypatch.setattr(queueing, "BATCH", 2)
    ids = [item_of(purchase(cast.carol, 100 + n)).pk for n in range(5)]
    assert len(queue(by=cast.bob, items=ids, now=NOW).done) == 5
    assert len(unqueue(by=cast.bob, items=ids, now=NOW).done) == 5


def test_back_from_the_queue_only_what_is_in_it(cast):
    item, money = item_of(claim(cast.carol)), top_up(cast.company)
    queue(by=cast.bob, items=[money.pk], now=NOW)
    outcome = unqueue(by=cast.bob, items=[item.pk, money.pk], now=NOW)
    assert [done.pk for done in outcome.done] == [money.pk]
    assert reasons(outcome) == {"Apoteket": ["not_queued"]}
    assert BookItem.objects.get(pk=money.pk).queued_by is None


def test_top_ups_have_events_of_their_own(cast):
    money = top_up(cast.company)
    queue(by=cast.bob, items=[money.pk], now=NOW)
    event = Event.objects.get(verb="book_item.queued")
    assert (event.subject_type, event.subject_id, event.by) == ("bookkeeping.bookitem", money.pk, cast.bob)
