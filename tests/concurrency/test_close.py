"""Closing a month while others act: one closing, and no voucher dated in a closed month."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from bookkeeping.build import build
from bookkeeping.close_period import AlreadyClosed, ExportUnderWay, close_period
from bookkeeping.export import QueueEmpty, export
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, Export, JournalEntry, PeriodClose
from bookkeeping.months import Month
from bookkeeping.reopen_period import reopen_period
from bookkeeping.withdraw import ClosedVouchers, withdraw
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import make_export, purchase, queue_all, settle, top_up
from tests.concurrency.conftest import Together
from tests.conftest import Cast

NOVEMBER = Month(date(2026, 11, 1))
LATER = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


def close(by: Any) -> Any:
    try:
        return close_period(by=by, month=NOVEMBER, reason="Whatever is open", now=LATER)
    except (AlreadyClosed, ExportUnderWay) as error:
        return error.code


def agree(cast: Cast) -> bool:
    return all(finding.holds for finding in check_invariants(company=cast.company))


def test_closing_twice_is_one_closing(cast: Cast, together: Together) -> None:
    purchase(cast.carol, 400)
    outcomes = together(5, lambda number: close(cast.bob))
    assert outcomes.count("month_closed") == 4 and PeriodClose.objects.count() == 1


def test_opening_twice_is_one_opening(cast: Cast, together: Together) -> None:
    closing = close(cast.bob)

    def act(number: int) -> str:
        try:
            reopen_period(closing=closing, by=cast.bob, reason=f"Number {number}", now=LATER)
            return "opened"
        except WrongState as error:
            return error.code

    assert sorted(together(4, act)) == ["opened", "wrong_state", "wrong_state", "wrong_state"]


def test_closing_against_exporting(cast: Cast, together: Together) -> None:
    """Either the batch was begun first and the month stays open, or its vouchers are dated after it."""
    top_up(cast.company)
    purchase(cast.carol, 400)
    queue_all(cast.bob)

    def act(number: int) -> Any:
        if number % 2:
            return close(cast.bob)
        try:
            batch = export(by=cast.bob, client_key=uuid4().hex, now=LATER)
        except QueueEmpty:
            return None
        build(export_id=batch.pk, now=LATER)
        return batch

    together(6, act)
    closing, batch = PeriodClose.objects.first(), Export.objects.get()
    days = set(JournalEntry.objects.values_list("date", flat=True))
    if closing and "open_from" in batch.options:
        assert days == {date(2026, 12, 1)}
    else:
        assert max(days) <= NOVEMBER.last
    assert agree(cast)


def test_closing_against_a_late_clearing(cast: Cast, together: Together) -> None:
    """Whenever it arrives, what settles belongs to the month by its day and to the next one by its voucher."""
    expense = purchase(cast.carol, 400)
    make_export(cast.bob)

    def act(number: int) -> Any:
        return settle(expense.authorization, 100) if number else close(cast.bob)

    together(2, act)
    late = BookItem.objects.get(kind="adjustment")
    assert late.booked_date <= NOVEMBER.last and PeriodClose.objects.count() == 1
    make_export(cast.bob, now=LATER)
    assert JournalEntry.objects.get(book_item=late).date == date(2026, 12, 1)
    assert agree(cast)


def test_closing_against_undoing(cast: Cast, together: Together) -> None:
    """Either the export was undone first and its entries are open points, or it stays."""
    top_up(cast.company)
    batch = make_export(cast.bob)

    def act(number: int) -> str:
        if number:
            return "closed" if isinstance(close(cast.bob), PeriodClose) else "not"
        try:
            withdraw(export=batch, by=cast.bob, reason="Again", now=LATER)
            return "undone"
        except ClosedVouchers:
            return "refused"

    outcomes = together(2, act)
    closing = PeriodClose.objects.get()
    assert ("undone" in outcomes) == (closing.points == {"ready": [1, 1_000_000]})
    assert agree(cast)
