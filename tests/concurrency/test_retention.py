"""A hold against an erasure, an export undone against one, two nights at once: what is held is never gone."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connections

from bookkeeping import erase_due as erasing
from bookkeeping.erase_due import erase_due, erase_tonight
from bookkeeping.place_hold import Placed, place_hold
from bookkeeping.tell_due import tell_due
from events.models import Event
from expenses.models import Lane, PeriodLock
from receipts.models import Erasure, Receipt
from tests.bookkeeping.retention import OVER, TOLD, booked, close_all, old_receipt, paper_of, settings_of, stored
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from tests.expenses.conftest import freeze

PAPERS = 6


@pytest.fixture
def papers(cast: Cast) -> list[Receipt]:
    found = [paper_of(booked(cast.carol)) for _ in range(PAPERS)]
    close_all(cast.dave)
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    return found


def whole(receipt: Receipt) -> bool:
    """Say that a receipt is all there; raise when it is neither that nor all gone."""
    receipt.refresh_from_db()
    left = stored(receipt)
    if receipt.erased_at is None:
        assert left == ["original", "page-1", "thumb-1"] and receipt.readings.get().fields and receipt.pages.exists()
        assert not Erasure.objects.filter(receipt=receipt).exists()
        return True
    assert left == [] and receipt.readings.get().fields == {} and receipt.erasure.removed_at
    return False


def test_without_the_lock_a_hold_would_come_too_late(
    cast: Cast, papers: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real: whoever has looked and not locked erases what is on hold by then."""
    looked, held = threading.Event(), threading.Event()
    begin = erasing.begin

    def slowly(**wanted: Any) -> Erasure:
        looked.set()
        assert held.wait(20)
        return begin(**wanted)

    monkeypatch.setattr(erasing, "begin", slowly)
    monkeypatch.setattr(erasing, "lock_retention", lambda company: settings_of(cast.dave))
    monkeypatch.setattr(erasing, "lock_receipt", lambda receipt: receipt)
    monkeypatch.setattr(erasing, "carry_out", lambda **_: True)
    monkeypatch.setattr(erasing, "_begin", erasing._begin.__wrapped__)

    def erase() -> None:
        try:
            erase_due(settings=settings_of(cast.dave), now=OVER, most=1)
        finally:
            connections.close_all()

    worker = threading.Thread(target=erase)
    worker.start()
    assert looked.wait(20)
    placed = place_hold(by=cast.dave, scope="company", reason="Audit", now=OVER)
    held.set()
    worker.join(30)
    assert placed.stopped == placed.too_late == 0 and Erasure.objects.count() == 1, "hidden although it was on hold"


def test_a_hold_placed_while_receipts_go(cast: Cast, papers: list[Receipt], together: Together) -> None:
    """Whoever wins: afterwards every receipt is whole and stays, or was gone before the hold, which says how many it missed."""

    def act(number: int) -> Placed | None:
        if number == 0:
            time.sleep(0.02)
            return place_hold(by=cast.dave, scope="company", reason="Audit", now=OVER)
        erase_due(settings=settings_of(cast.dave), now=OVER)
        return None

    together(3, act)
    kept = [receipt for receipt in papers if whole(receipt)]
    before = Erasure.objects.count()
    assert before + len(kept) == PAPERS
    erase_tonight(now=OVER)
    assert [receipt for receipt in papers if whole(receipt)] == kept and Erasure.objects.count() == before
    assert Event.objects.filter(verb="receipt.erased").count() == before


def test_a_hold_waits_for_the_receipt_that_is_being_decided(
    cast: Cast, papers: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold that comes between the look and the hiding waits, then finds the erasure begun and stops it."""
    order: list[str] = []
    begin, looked = erasing.begin, threading.Event()

    def slowly(**wanted: Any) -> Erasure:
        looked.set()
        time.sleep(0.5)
        order.append("begun")
        return begin(**wanted)

    monkeypatch.setattr(erasing, "begin", slowly)
    monkeypatch.setattr(erasing, "carry_out", lambda **_: True)

    def erase() -> None:
        try:
            erase_due(settings=settings_of(cast.dave), now=OVER, most=1)
        finally:
            connections.close_all()

    worker = threading.Thread(target=erase)
    worker.start()
    assert looked.wait(20)
    placed = place_hold(by=cast.dave, scope="person", person=cast.carol, reason="Audit", now=OVER)
    order.append("held")
    worker.join(30)
    assert order == ["begun", "held"] and (placed.stopped, placed.too_late) == (1, 0)
    assert all(whole(receipt) for receipt in papers)


def test_two_nights_at_once_erase_each_once(cast: Cast, papers: list[Receipt], together: Together) -> None:
    together(3, lambda _: erase_tonight(now=OVER))
    assert not any(whole(receipt) for receipt in papers)
    assert Event.objects.filter(verb="receipt.erased").count() == Erasure.objects.count() == PAPERS


def test_what_leaves_the_books_meanwhile_stays(cast: Cast, papers: list[Receipt], together: Together) -> None:
    """An expense that is taken back from the books, or a month that is opened, keeps what is not gone yet."""

    def act(number: int) -> None:
        if number == 0:
            for receipt in papers[:3]:
                freeze(receipt.attachments.get().expense, Lane.UNEXPORTED)
        elif number == 1:
            time.sleep(0.05)
            PeriodLock.objects.filter(lifted_at=None).update(lifted_at=OVER, lifted_by=cast.dave)
        else:
            erase_due(settings=settings_of(cast.dave), now=OVER)

    together(3, act)
    kept = [receipt for receipt in papers if whole(receipt)]
    erase_tonight(now=OVER)
    assert [receipt for receipt in papers if whole(receipt)] == kept


def test_a_deletion_by_hand_against_a_hold_and_the_night(cast: Cast, together: Together) -> None:
    from bookkeeping.discard_receipt import discard_receipt
    from pleo.lib.errors import DomainError

    receipt = old_receipt(cast.carol)
    close_all(cast.dave)
    tell_due(settings=settings_of(cast.dave), now=TOLD)

    def act(number: int) -> None:
        try:
            if number == 0:
                place_hold(by=cast.dave, scope="receipt", receipt=receipt, reason="Audit", now=OVER)
            elif number == 1:
                discard_receipt(receipt=receipt, by=cast.carol, now=OVER)
            else:
                erase_tonight(now=OVER)
        except DomainError:
            pass

    together(4, act)
    erase_tonight(now=OVER)
    assert whole(receipt) or Erasure.objects.count() == 1
