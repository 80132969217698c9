"""Closing months: the checklist counts what its lists show, late items land on the next open day, and nobody slips past."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bookkeeping import close_points, sources
from bookkeeping.close_period import AlreadyClosed, CloseNeedsReason, ExportUnderWay, MonthNotOver, close_period
from bookkeeping.export import export
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, Export, JournalEntry, PeriodClose
from bookkeeping.months import Month, booking_day, open_from
from bookkeeping.reopen_period import NotTheNewest, ReopenNeedsReason, reopen_period
from bookkeeping.withdraw import ClosedVouchers, withdraw
from events.models import Event
from expenses.errors import NotYours
from expenses.models import Expense, PeriodLock
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import claim, make_export, purchase, queue_all, settle, top_up
from tests.expenses.conftest import NOON

NOVEMBER, OCTOBER = Month(date(2026, 11, 1)), Month(date(2026, 10, 1))
DECEMBER_2 = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
JANUARY_3 = datetime(2027, 1, 3, 9, 0, tzinfo=UTC)


def close(by: Any, month: Month = NOVEMBER, **fields: Any) -> PeriodClose:
    return close_period(by=by, month=month, now=fields.pop("now", DECEMBER_2), **fields)


def open_now(by: Any, month: Month = NOVEMBER) -> dict[str, int]:
    return {point.code: point.count for point in close_points.points(by, month) if point.is_open}


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "0000-01", "9999-12", "２０２６-10", "2026-1", "x"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert Month.read(text) is None


def test_months_know_their_days() -> None:
    month = Month.read("2028-02")
    assert month and month.last == date(2028, 2, 29) and month.next.key == "2028-03" and month.before.key == "2028-01"
    assert Month.of(date(2026, 12, 31)).next.key == "2027-01"


def test_a_day_of_a_closed_month_becomes_the_first_open_one() -> None:
    opens = date(2026, 11, 1)
    assert booking_day(date(2026, 10, 31), opens) == opens
    assert booking_day(date(2026, 11, 1), opens) == opens
    assert booking_day(date(2026, 11, 9), opens) == date(2026, 11, 9)
    assert booking_day(date(2020, 1, 1), None) == date(2020, 1, 1)


def test_the_checklist_names_everything_that_is_open(cast: Any) -> None:
    top_up(cast.company)
    purchase(cast.carol, 100, receipt=False)
    purchase(cast.carol, 200, okay=False)
    purchase(cast.carol, 300, category="")
    purchase(cast.carol, 400)
    assert open_now(cast.bob) == {"receipts": 1, "review": 1, "coding": 1, "ready": 2}
    queue_all(cast.bob)
    assert open_now(cast.bob) == {"receipts": 1, "review": 1, "coding": 1, "queued": 2}
    found = {point.code: point for point in close_points.points(cast.bob, NOVEMBER)}
    assert found["receipts"].amount and found["receipts"].amount.amount == 100
    assert open_now(cast.bob, OCTOBER) == {}


def test_every_point_is_in_the_list_and_its_rows_are_what_was_counted(cast: Any, sign_in: Any) -> None:
    purchase(cast.carol, 100, receipt=False, merchant="Netto Nørrebro")
    purchase(cast.carol, 400)
    client, base = sign_in(cast.bob), f"/c/{cast.company.slug}/months/2026-11/"
    for point in close_points.points(cast.bob, NOVEMBER):
        assert str(point.words)
        if point.is_listed:
            page = client.get(f"{base}points/{point.code}/")
            assert page.status_code == 200 and page.context["count"] == point.count == len(page.context["rows"])
            file = b"".join(client.get(f"{base}points/{point.code}/rows.csv").streaming_content).decode()
            assert len(file.strip().splitlines()) == 1 + point.count
    found = client.get(f"{base}points/receipts/", {"q": "netto"})
    assert "Netto Nørrebro" in found.content.decode()
    assert client.get(f"{base}points/receipts/", {"q": "nobody"}).context["count"] == 0
    assert client.get(f"{base}points/receipts/", {"q": "nobody\x00"}).status_code == 200
    assert client.get(f"{base}points/made-up/").status_code == 404
    assert client.get(f"/c/{cast.company.slug}/months/2026-13/").status_code == 404


def test_a_month_with_nothing_open_closes_without_a_word(cast: Any) -> None:
    top_up(cast.company)
    make_export(cast.bob)
    closing = close(cast.bob)
    assert (closing.points, closing.open_count, closing.upto) == ({}, 0, date(2026, 11, 30))
    assert open_from(cast.company) == date(2026, 12, 1)
    event = Event.objects.get(verb="month.closed")
    assert event.by == cast.bob and event.changes["upto"] == "2026-11-30"


def test_open_points_want_a_reason_and_are_kept(cast: Any) -> None:
    purchase(cast.carol, 100, receipt=False)
    with pytest.raises(CloseNeedsReason):
        close(cast.bob, reason="  \n ")
    assert not PeriodClose.objects.exists()
    closing = close(cast.bob, reason=" The shop is  gone ")
    assert closing.reason == "The shop is gone" and closing.points == {"receipts": [1, 100]}
    assert closing.open_count == 1


def test_only_what_is_over_and_open_is_closed(cast: Any) -> None:
    with pytest.raises(MonthNotOver):
        close(cast.bob, now=datetime(2026, 11, 30, 22, 59, tzinfo=UTC))
    # In Copenhagen it is December already.
    close(cast.bob, now=datetime(2026, 11, 30, 23, 1, tzinfo=UTC))
    for month in (NOVEMBER, OCTOBER):
        with pytest.raises(AlreadyClosed):
            close(cast.bob, month)


@pytest.mark.parametrize("who", ["carol", "lena"])
def test_who_may_not_close_may_not_open(cast: Any, who: str) -> None:
    with pytest.raises(NotYours):
        close(getattr(cast, who))
    closing = close(cast.bob)
    with pytest.raises(NotYours):
        reopen_period(closing=closing, by=getattr(cast, who), reason="x", now=DECEMBER_2)


def test_the_database_holds_the_rules(cast: Any) -> None:
    closing = close(cast.bob)
    rows = PeriodClose.objects.filter(pk=closing.pk)
    for change in ({"open_count": 1}, {"upto": closing.month}, {"reopened_at": DECEMBER_2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        PeriodClose.objects.create(company=cast.company, month=closing.month, upto=closing.upto, by=cast.bob)


def test_claims_and_changes_are_locked_with_it_and_never_moved_back(cast: Any) -> None:
    close(cast.bob, also=("claims", "edits"))
    assert set(PeriodLock.objects.filter(lifted_at=None).values_list("kind", "upto")) == {
        ("claims", date(2026, 11, 30)), ("edits", date(2026, 11, 30)),
    }  # fmt: skip
    PeriodLock.objects.filter(kind="claims").update(upto=date(2027, 6, 30))
    close(cast.bob, Month(date(2026, 12, 1)), now=JANUARY_3, also=("claims",))
    assert PeriodLock.objects.get(kind="claims", lifted_at=None).upto == date(2027, 6, 30)


def test_what_comes_late_is_booked_on_the_first_open_day(cast: Any) -> None:
    top_up(cast.company)
    make_export(cast.bob)
    close(cast.bob)
    late = purchase(cast.carol, 400)
    item = BookItem.objects.get(expense=late)
    assert item.booked_date <= date(2026, 11, 30)
    batch = make_export(cast.bob, now=DECEMBER_2)
    entry = JournalEntry.objects.get(export=batch)
    assert entry.date == date(2026, 12, 1) and entry.document_date < date(2026, 12, 1)
    item.refresh_from_db()
    assert item.booked_date <= date(2026, 11, 30), "the fact keeps its day"
    assert all(finding.holds for finding in check_invariants(company=cast.company, with_files=True))


def test_a_claim_is_booked_on_its_day_of_purchase_a_card_on_its_settlement(cast: Any) -> None:
    paid, own = purchase(cast.carol, 400), claim(cast.carol)
    make_export(cast.bob)
    claimed = JournalEntry.objects.get(book_item__expense=own)
    assert claimed.date == cast.company.day_of(own.purchased_at)
    settled = JournalEntry.objects.get(book_item__expense=paid)
    assert settled.date == cast.company.day_of(paid.movements.get().clearing.cleared_at)


def test_opening_again_wants_a_reason_and_the_newest_month(cast: Any) -> None:
    first = close(cast.bob)
    second = close(cast.bob, Month(date(2026, 12, 1)), now=JANUARY_3)
    with pytest.raises(ReopenNeedsReason):
        reopen_period(closing=second, by=cast.bob, reason=" ", now=JANUARY_3)
    with pytest.raises(NotTheNewest):
        reopen_period(closing=first, by=cast.bob, reason="Wrong", now=JANUARY_3)
    reopen_period(closing=second, by=cast.bob, reason="A late bill", now=JANUARY_3)
    with pytest.raises(WrongState):
        reopen_period(closing=second, by=cast.bob, reason="Again", now=JANUARY_3)
    assert open_from(cast.company) == date(2026, 12, 1)
    close(cast.bob, Month(date(2026, 12, 1)), now=JANUARY_3 + timedelta(days=1))
    assert PeriodClose.objects.filter(month=date(2026, 12, 1)).count() == 2


def test_an_export_under_way_holds_the_month_open(cast: Any) -> None:
    top_up(cast.company)
    queue_all(cast.bob)
    batch = export(by=cast.bob, client_key="k", now=NOON)
    with pytest.raises(ExportUnderWay) as raised:
        close(cast.bob, reason="x")
    assert f"#{batch.number}" in raised.value.message()
    close(cast.bob, OCTOBER)
    Export.objects.filter(pk=batch.pk).update(status="failed")
    close(cast.bob, reason="It failed; its entries are late")
    batch.refresh_from_db()
    assert batch.withdrawn_reason == "replaced", "nobody can start it again and date vouchers in the month"


def test_vouchers_of_a_closed_month_are_taken_back_only_by_who_may(cast: Any) -> None:
    top_up(cast.company)
    batch = make_export(cast.bob)
    close(cast.bob)
    with pytest.raises(ClosedVouchers):
        withdraw(export=batch, by=cast.bob, reason="Wrong account", now=DECEMBER_2)
    withdraw(export=batch, by=cast.dave, reason="Wrong account", now=DECEMBER_2)
    event = Event.objects.get(verb="period.overridden")
    assert event.by == cast.dave and event.changes == {"upto": "2026-11-30", "kind": "books"}
    again = make_export(cast.bob, now=DECEMBER_2)
    assert JournalEntry.objects.get(export=again).date == date(2026, 12, 1)


def test_a_late_clearing_of_an_exported_purchase_is_an_adjustment_of_the_next_month(cast: Any) -> None:
    first = purchase(cast.carol, 10000)
    make_export(cast.bob)
    close(cast.bob)
    settle(first.authorization, 500)
    item = BookItem.objects.get(expense=first, kind="adjustment")
    assert item.booked_date <= date(2026, 11, 30)
    queue_all(cast.bob)
    batch = make_export(cast.bob, now=DECEMBER_2)
    assert JournalEntry.objects.get(export=batch, book_item=item).date == date(2026, 12, 1)


def test_payments_on_their_way_are_a_point(cast: Any) -> None:
    purchase(cast.carol, 400)
    BookItem.objects.all().delete()
    Expense.objects.update(books_lane="")
    assert open_now(cast.bob)["arriving"] == 1
    sources.sweep(now=DECEMBER_2, everything=True)
    assert "arriving" not in open_now(cast.bob)


def test_a_broken_ledger_is_a_point(cast: Any) -> None:
    from wallet.models import LedgerAccount

    top_up(cast.company)
    LedgerAccount.objects.filter(company=cast.company, kind="wallet").update(credits_posted=1)
    assert open_now(cast.bob)["ledger"] >= 1 and open_now(cast.bob)["agree"] == 1


def test_the_page_closes_and_opens(cast: Any, sign_in: Any, monkeypatch: Any) -> None:
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: DECEMBER_2)
    purchase(cast.carol, 100, receipt=False)
    client, url = sign_in(cast.bob), f"/c/{cast.company.slug}/months/2026-11/"
    refused = client.post(url, {"also": "claims"})
    assert refused.status_code == 422 and "Write why" in refused.content.decode()
    assert client.post(url, {"reason": "x" * 501}).status_code == 422
    assert client.post(url, {"reason": "Known", "also": "books"}).status_code == 422
    done = client.post(url, {"reason": "Known"})
    assert done.status_code == 303
    page = client.get(url).content.decode()
    assert "Known" in page and "1 late entry" in page
    assert client.get(f"{url}points/late/").context["count"] == 1
    home = client.get(f"/c/{cast.company.slug}/months/").content.decode()
    assert "Receipts missing" in home
    assert client.get(f"/c/{cast.company.slug}/months/", {"state": "reopened", "q": "x"}).context["count"] == 0
    closing = PeriodClose.objects.get()
    opening = f"/c/{cast.company.slug}/months/closings/{closing.pk}/reopening/"
    silent = client.post(opening, {"reason": "  "})
    assert silent.status_code == 422 and "Write why it is opened again" in silent.content.decode()
    client.post(opening, {"reason": "One more"})
    closing.refresh_from_db()
    assert closing.reopened_by == cast.bob
    rows = b"".join(client.get(f"/c/{cast.company.slug}/months/closings.csv").streaming_content).decode()
    assert "2026-11" in rows and "One more" in rows
    assert client.post(url, {"reason": "December runs"}).status_code == 303
    assert sign_in(cast.carol).get(url).status_code == 403


def test_an_adjustment_names_the_voucher_that_it_adjusts(cast: Any, sign_in: Any) -> None:
    first = purchase(cast.carol, 10000)
    batch = make_export(cast.bob)
    settle(first.authorization, 500)
    BookItem.objects.filter(kind="adjustment").update(created_at=DECEMBER_2)
    page = sign_in(cast.bob).get(f"/c/{cast.company.slug}/export/?show=late").content.decode()
    assert "to voucher 1" in page and "New since the last export" in page
    again = make_export(cast.bob, now=DECEMBER_2)
    assert JournalEntry.objects.get(export=again).adjusts == JournalEntry.objects.get(export=batch)
    assert JournalEntry.objects.get(export=batch).adjusts is None


def test_late_items_are_marked_and_found(cast: Any, sign_in: Any) -> None:
    close(cast.bob)
    purchase(cast.carol, 400, merchant="Too late")
    client = sign_in(cast.bob)
    page = client.get(f"/c/{cast.company.slug}/export/?show=late").content.decode()
    assert "Too late" in page and "Late: its month is closed" in page and "Closed up to" in page
    reopen_period(closing=PeriodClose.objects.get(), by=cast.bob, reason="x", now=DECEMBER_2)
    assert "Too late" not in client.get(f"/c/{cast.company.slug}/export/?show=late").content.decode()


def test_an_export_of_a_closed_month_shows_no_way_to_undo_it(cast: Any, sign_in: Any) -> None:
    top_up(cast.company)
    batch = make_export(cast.bob)
    close(cast.bob)
    url = f"/c/{cast.company.slug}/export/jobs/{batch.pk}/"
    assert "Its month is closed" in sign_in(cast.bob).get(url).content.decode()
    assert "Undo export" in sign_in(cast.dave).get(url).content.decode()
    undo = f"/c/{cast.company.slug}/export/history/{batch.pk}/undo/"
    refused = sign_in(cast.bob).post(undo, {"reason": "Wrong"})
    assert refused.status_code == 422 and "closed month" in refused.content.decode()
