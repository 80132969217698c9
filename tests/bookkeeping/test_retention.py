"""Receipts whose time is over go, and nothing else does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookkeeping import erase_due as erasing
from bookkeeping import tasks
from bookkeeping.change_retention import LongerThanAllowed, ShorterThanTheLaw, change_retention
from bookkeeping.discard_receipt import ReceiptStays, discard_receipt
from bookkeeping.drop_correction import drop_correction
from bookkeeping.erase_due import carry_out, erase_due, erase_tonight, open_erasures
from bookkeeping.kept import Keeping, kept
from bookkeeping.lift_hold import LiftNeedsReason, lift_hold
from bookkeeping.models import BookItem, JournalEntry, LegalHold, RetentionNotice
from bookkeeping.place_hold import HoldNamesNothing, HoldNeedsReason, HoldNotYours, place_hold
from bookkeeping.tell_due import tell_due
from cards.models import Clearing, Dispute
from events.models import Event, Notification
from expenses.attach import ReceiptErased, attach
from expenses.detach import detach
from expenses.models import Attachment, Expense, Lane, Movement, PeriodLock
from pleo.lib.errors import WrongState
from pleo.lib.storage_down import StorageDown
from receipts import erase
from receipts.models import EraseRule, Erasure, MailPart, Page, Receipt, ReceiptStatus
from receipts.retry import retry
from tests.bookkeeping.conftest import item_of, make_export, purchase
from tests.bookkeeping.retention import (
    LONG_AGO,
    OVER,
    TOLD,
    booked,
    close_all,
    keeping,
    old_receipt,
    paper_of,
    settings_of,
    stored,
    tell_and_erase,
)
from tests.bookkeeping.test_corrections import mend
from tests.expenses.conftest import freeze


@pytest.fixture
def paper(cast) -> Receipt:
    """A receipt whose time is over and that nothing keeps."""
    expense = booked(cast.carol)
    close_all(cast.dave)
    return paper_of(expense)


def test_it_goes_when_its_time_is_over(cast, paper):
    sha256 = paper.sha256
    assert stored(paper) == ["original", "page-1", "thumb-1"]
    assert tell_and_erase(cast.dave) == 1
    paper.refresh_from_db()
    assert stored(paper) == [] and paper.erased_at == OVER and not Page.objects.filter(receipt=paper).exists()
    assert (paper.file_name, paper.search_text, paper.alike_key, paper.image_hash) == ("", "", "", "")
    reading = paper.readings.get()
    assert (reading.fields, reading.amounts, reading.lines) == ({}, [], [])
    stone = paper.erasure
    assert (stone.rule, stone.by, stone.day, stone.amount, stone.currency) == (
        EraseRule.RETENTION, None, LONG_AGO.date(), 14800, "DKK",
    )  # fmt: skip
    assert paper.sha256 == sha256 and stone.due_on == date(2026, 1, 1) and stone.removed_at == OVER
    event = Event.objects.get(verb="receipt.erased")
    assert event.changes["sha256"] == sha256 and "slip" not in str(event.changes) + event.subject_label
    # The books stay whole: the receipt is still on its expense.
    assert Attachment.objects.filter(receipt=paper, detached_at=None).exists()


def test_a_day_too_early_nothing_goes(cast, paper):
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    assert erase_due(settings=settings_of(cast.dave), now=OVER - timedelta(days=1)) == 0
    assert erase_due(settings=settings_of(cast.dave), now=OVER) == 1


def test_nothing_goes_untold(cast, paper):
    assert erase_due(settings=settings_of(cast.dave), now=OVER) == 0
    tell_due(settings=settings_of(cast.dave), now=OVER - timedelta(days=29))
    assert erase_due(settings=settings_of(cast.dave), now=OVER) == 0
    assert erase_due(settings=settings_of(cast.dave), now=OVER + timedelta(days=1)) == 1


def test_erasing_again_changes_nothing(cast, paper):
    assert tell_and_erase(cast.dave) == 1
    assert tell_and_erase(cast.dave) == 0
    stone = Erasure.objects.get()
    assert not carry_out(erasure_id=stone.pk, now=OVER) and open_erasures() == []
    erase.remove(erasure=stone, now=OVER + timedelta(days=5))
    assert Event.objects.filter(verb="receipt.erased").count() == 1
    assert Erasure.objects.get().removed_at == OVER


def test_most_bounds_a_night(cast):
    for _ in range(3):
        booked(cast.carol)
    close_all(cast.dave)
    assert tell_and_erase(cast.dave, most=2) == 2
    assert tell_and_erase(cast.dave, most=2) == 1


WAYS_TO_KEEP = {
    "not exported": (Keeping.OPEN, lambda cast, paper: freeze(paper.attachments.get().expense, Lane.UNEXPORTED)),
    "in the queue": (Keeping.OPEN, lambda cast, paper: freeze(paper.attachments.get().expense, Lane.QUEUE)),
    "disputed": (Keeping.DISPUTED, lambda cast, paper: contest(cast, paper)),
    "month open": (Keeping.UNLOCKED, lambda cast, paper: PeriodLock.objects.update(upto=date(2020, 5, 3))),
    "nothing closed": (
        Keeping.UNLOCKED,
        lambda cast, paper: PeriodLock.objects.update(lifted_at=OVER, lifted_by=cast.dave),
    ),
    "being read": (Keeping.UNREAD, lambda cast, paper: Receipt.objects.update(status=ReceiptStatus.PROCESSING)),
    "held": (Keeping.HELD, lambda cast, paper: hold(cast, receipt=paper)),
    "expense held": (Keeping.HELD, lambda cast, paper: hold(cast, expense=paper.attachments.get().expense)),
    "person held": (Keeping.HELD, lambda cast, paper: hold(cast, person=cast.carol)),
    "all held": (Keeping.HELD, lambda cast, paper: hold(cast)),
}


def contest(cast: Any, paper: Receipt) -> Dispute:
    clearing = Clearing.objects.get(movement__expense__attachments__receipt=paper)
    return Dispute.objects.create(
        company=cast.company, clearing=clearing, reason="other", amount=100, currency="DKK", opened_by=cast.carol,
        issuer="simulator",
    )  # fmt: skip


def hold(cast: Any, *, now: Any = TOLD, **target: Any) -> LegalHold:
    scope = next(iter(target), "company")
    return place_hold(by=cast.dave, scope=scope, reason="Tax audit 2026/11", now=now, **target).hold


@pytest.mark.parametrize("way", WAYS_TO_KEEP)
def test_what_keeps_a_receipt(cast, paper, way):
    state, keep = WAYS_TO_KEEP[way]
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    keep(cast, paper)
    assert keeping(paper) == state
    assert erase_due(settings=settings_of(cast.dave), now=OVER) == 0
    paper.refresh_from_db()
    assert paper.erased_at is None and stored(paper) == ["original", "page-1", "thumb-1"]


def test_a_closed_dispute_keeps_nothing(cast, paper):
    contest(cast, paper)
    Dispute.objects.update(status="lost", closed_at=OVER)
    assert keeping(paper) == Keeping.DUE


def test_a_purchase_called_off_keeps_nothing(cast, paper):
    Expense.objects.update(books_lane="", locked_at=None, payment="reversed")
    assert keeping(paper) == Keeping.DUE


def test_a_hold_reaches_what_was_taken_off_its_expense(cast):
    expense = booked(cast.carol, lane="")
    paper = paper_of(expense)
    detach(attachment=paper.attachments.get(), by=cast.carol, now=OVER)
    close_all(cast.dave)
    assert keeping(paper) == Keeping.DUE
    hold(cast, expense=expense)
    assert keeping(paper) == Keeping.HELD


def test_a_hold_on_another_says_nothing_here(cast, paper, mallory):
    other = old_receipt(cast.dave)
    hold(cast, receipt=other)
    hold(cast, person=cast.lena)
    place_hold(by=mallory, scope="company", reason="Ours", now=TOLD)
    assert keeping(paper) == Keeping.DUE and keeping(other) == Keeping.HELD


def test_the_latest_day_counts(cast):
    """A paper on two purchases, one of them a year later, is kept for the later one."""
    first, second = booked(cast.carol, lane=""), booked(cast.carol, at=LONG_AGO + timedelta(days=400), lane="")
    paper = paper_of(first)
    attach(expense=second, receipt=paper, by=cast.carol, now=LONG_AGO)
    row = kept(cast.company).get(pk=paper.pk)
    assert row.base_day == second.movements.get().booked_date > first.movements.get().booked_date


def of_long_ago(cast: Any) -> tuple[Receipt, JournalEntry]:
    """Return the receipt and the entry of a purchase of 2020 that was booked in 2026 only."""
    item = item_of(purchase(cast.carol, 12500))
    make_export(cast.bob)
    assert item.expense is not None
    Expense.objects.filter(pk=item.expense_id).update(purchased_at=LONG_AGO)
    Movement.objects.filter(pk=item.movement_id).update(booked_date=LONG_AGO.date())
    paper = paper_of(item.expense)
    Receipt.objects.filter(pk=paper.pk).update(created_at=LONG_AGO)
    return paper, JournalEntry.objects.get(book_item=item)


def test_a_voucher_of_a_later_year_keeps_its_receipt_for_that_year(cast):
    """What came after its months were closed is booked in the first open one: the law counts from that fiscal year."""
    paper, entry = of_long_ago(cast)
    assert kept(cast.company).get(pk=paper.pk).base_day == entry.date > LONG_AGO.date()
    close_all(cast.dave)
    assert tell_and_erase(cast.dave) == 0
    Attachment.objects.filter(receipt=paper).update(detached_at=OVER)
    assert kept(cast.company).get(pk=paper.pk).base_day == entry.date


def test_a_correction_that_waits_keeps_its_receipt(cast):
    paper, entry = of_long_ago(cast)
    JournalEntry.objects.filter(pk=entry.pk).update(date=LONG_AGO.date())
    close_all(cast.dave)
    assert keeping(paper) == Keeping.DUE
    made = mend(cast, BookItem.objects.get(pk=entry.book_item_id))
    assert keeping(paper) == Keeping.OPEN and tell_and_erase(cast.dave) == 0
    drop_correction(correction=made, by=cast.bob, now=OVER)
    assert keeping(paper) == Keeping.DUE


def test_what_belongs_to_nothing_counts_from_its_arrival(cast):
    receipt = old_receipt(cast.carol)
    close_all(cast.dave)
    assert kept(cast.company).get(pk=receipt.pk).base_day == LONG_AGO.date()
    assert tell_and_erase(cast.dave) == 1


def test_killed_after_hiding_it_goes_on(cast, paper, monkeypatch):
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    monkeypatch.setattr(erasing, "carry_out", lambda **_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        erase_due(settings=settings_of(cast.dave), now=OVER)
    paper.refresh_from_db()
    assert paper.erased_at and stored(paper) == ["original", "page-1", "thumb-1"]
    monkeypatch.undo()
    erase_tonight(now=OVER + timedelta(hours=1))
    assert stored(paper) == [] and Erasure.objects.get().removed_at is not None


def test_killed_between_files_it_goes_on(cast, paper, monkeypatch):
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    removed: list[str] = []

    def one_then_die(key: str) -> None:
        if removed:
            raise SystemExit
        removed.append(key)
        original(key)

    original = erase.files.delete
    monkeypatch.setattr(erase.files, "delete", one_then_die)
    with pytest.raises(SystemExit):
        erase_due(settings=settings_of(cast.dave), now=OVER)
    monkeypatch.undo()
    assert "original" in stored(paper) and len(stored(paper)) == 2, "the original goes last"
    # Past the point of no return a hold comes too late and says so; the rest still goes.
    placed = place_hold(by=cast.dave, scope="company", reason="Audit", now=OVER)
    assert (placed.stopped, placed.too_late) == (0, 1) and "is gone" in placed.words
    erase_tonight(now=OVER + timedelta(hours=1))
    assert stored(paper) == [] and paper.readings.get().fields == {}


def test_a_storage_that_is_down_is_waited_for(cast, paper, monkeypatch):
    tell_due(settings=settings_of(cast.dave), now=TOLD)

    def refuse(key: str) -> None:
        raise OSError("no")

    monkeypatch.setattr(erase.files, "delete", refuse)
    with pytest.raises(StorageDown):
        erase_due(settings=settings_of(cast.dave), now=OVER)
    assert Erasure.objects.get().removed_at is None and paper.readings.get().fields
    monkeypatch.undo()
    erase_tonight(now=OVER + timedelta(days=1))
    assert stored(paper) == [] and Erasure.objects.get().removed_at is not None


def test_a_hold_stops_what_was_only_begun(cast, paper, monkeypatch):
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    monkeypatch.setattr(erasing, "carry_out", lambda **_: False)
    erase_due(settings=settings_of(cast.dave), now=OVER)
    monkeypatch.undo()
    placed = place_hold(by=cast.dave, scope="receipt", receipt=paper, reason="Audit", now=OVER)
    assert (placed.stopped, placed.too_late) == (1, 0)
    paper.refresh_from_db()
    assert paper.erased_at is None and not Erasure.objects.exists() and paper.pages.exists()
    erase_tonight(now=OVER + timedelta(days=1))
    assert stored(paper) == ["original", "page-1", "thumb-1"]
    assert Event.objects.filter(verb="receipt.erasure_stopped").count() == 1


def test_what_was_begun_stops_when_its_export_is_undone(cast, paper, monkeypatch):
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    monkeypatch.setattr(erasing, "carry_out", lambda **_: False)
    erase_due(settings=settings_of(cast.dave), now=OVER)
    monkeypatch.undo()
    freeze(paper.attachments.get().expense, Lane.UNEXPORTED)
    assert not carry_out(erasure_id=Erasure.objects.get().pk, now=OVER)
    paper.refresh_from_db()
    assert paper.erased_at is None and stored(paper) == ["original", "page-1", "thumb-1"]


def test_holds_are_placed_and_lifted_with_reasons(cast, paper):
    with pytest.raises(HoldNotYours):
        place_hold(by=cast.carol, scope="company", reason="Mine", now=TOLD)
    with pytest.raises(HoldNeedsReason):
        place_hold(by=cast.dave, scope="company", reason=" \n ", now=TOLD)
    with pytest.raises(HoldNamesNothing):
        place_hold(by=cast.dave, scope="person", reason="Audit", now=TOLD)
    placed = place_hold(by=cast.bob, scope="receipt", receipt=paper, reason="  Audit \n 7 ", now=TOLD).hold
    assert placed.reason == "Audit 7" and Event.objects.get(verb="legal_hold.placed").changes["reason"] == "Audit 7"
    with pytest.raises(HoldNotYours):
        lift_hold(hold=placed, by=cast.bob, reason="Over", now=OVER)
    with pytest.raises(LiftNeedsReason):
        lift_hold(hold=placed, by=cast.dave, reason="", now=OVER)
    second = hold(cast, receipt=paper)
    lift_hold(hold=placed, by=cast.dave, reason="Over", now=OVER)
    assert keeping(paper) == Keeping.HELD, "another matter still holds it"
    lift_hold(hold=second, by=cast.dave, reason="Over too", now=OVER)
    assert keeping(paper) == Keeping.DUE and Event.objects.filter(verb="legal_hold.lifted").count() == 2
    with pytest.raises(WrongState):
        lift_hold(hold=second, by=cast.dave, reason="Again", now=OVER)


def test_nothing_of_another_company_is_held(cast, paper, mallory):
    for target in ({"receipt": old_receipt(mallory)}, {"person": mallory}):
        with pytest.raises(HoldNamesNothing):
            place_hold(by=cast.dave, scope=next(iter(target)), reason="Audit", now=TOLD, **target)


def test_admins_are_told_once_thirty_days_before(cast, paper):
    assert tell_due(settings=settings_of(cast.dave), now=OVER - timedelta(days=31)) == 0
    assert tell_due(settings=settings_of(cast.dave), now=OVER - timedelta(days=30)) == 1
    assert tell_due(settings=settings_of(cast.dave), now=OVER - timedelta(days=29)) == 0
    told = Notification.objects.filter(event__verb="retention.due", channel="in_app")
    assert {row.membership_id for row in told} == {cast.alice.pk, cast.dave.pk}
    event = Event.objects.get(verb="retention.due")
    assert event.changes == {"count": 1, "day": "2026-01-01", "due_on": "2026-01-01"}
    assert RetentionNotice.objects.get().count == 1


def test_nobody_is_told_of_what_is_held(cast, paper):
    hold(cast)
    assert tell_due(settings=settings_of(cast.dave), now=OVER) == 0


def test_the_years_are_never_below_the_law(cast):
    for years in (4, 1):
        with pytest.raises(ShorterThanTheLaw):
            change_retention(by=cast.dave, years=years, erases=True)
    with pytest.raises(LongerThanAllowed):
        change_retention(by=cast.dave, years=31, erases=True)
    with pytest.raises(HoldNotYours):
        change_retention(by=cast.bob, years=7, erases=True)
    assert change_retention(by=cast.dave, years=7, erases=False).retention_years == 7
    assert Event.objects.get(verb="retention.changed").changes == {
        "retention_years": [None, 7],
        "erases": [True, False],
    }


def test_longer_years_keep_longer_and_need_a_new_notice(cast, paper):
    change_retention(by=cast.dave, years=6, erases=True)
    assert tell_and_erase(cast.dave) == 0
    change_retention(by=cast.dave, years=None, erases=True)
    assert erase_due(settings=settings_of(cast.dave), now=OVER) == 0, "nobody was told of this day"


def test_switched_off_nothing_goes(cast, paper):
    change_retention(by=cast.dave, years=None, erases=False)
    assert tell_and_erase(cast.dave) == 0


def test_the_night_goes_through_all_companies(cast, paper, mallory):
    other = old_receipt(mallory, at=LONG_AGO - timedelta(days=4 * 365))
    close_all(mallory)
    for each in (cast.dave, mallory):
        tell_due(settings=settings_of(each), now=TOLD)
    assert erase_tonight(now=OVER) == 2
    other.refresh_from_db()
    assert other.erased_at == OVER


def test_a_run_that_was_full_rings_for_the_next(cast, bells, monkeypatch):
    for _ in range(3):
        booked(cast.carol)
    close_all(cast.dave)
    tell_due(settings=settings_of(cast.dave), now=TOLD)
    monkeypatch.setattr(erasing, "MOST", 2)
    monkeypatch.setattr(timezone, "now", lambda: OVER)
    bells.clear()
    tasks.erase_tonight.run()
    assert Erasure.objects.exclude(finished_at=None).count() == 2
    assert [name for name, _ in bells if name == "bookkeeping.tasks.erase_tonight"] == [
        "bookkeeping.tasks.erase_tonight"
    ]
    bells.clear()
    tasks.erase_tonight.run()
    assert Erasure.objects.exclude(finished_at=None).count() == 3
    assert "bookkeeping.tasks.erase_tonight" not in [name for name, _ in bells]


def test_a_person_deletes_what_belongs_to_nothing(cast, bells):
    receipt = old_receipt(cast.carol, at=timezone.now())
    with pytest.raises(HoldNotYours):
        discard_receipt(receipt=receipt, by=cast.lena, now=OVER)
    stone = discard_receipt(receipt=receipt, by=cast.carol, now=OVER)
    assert ("bookkeeping.tasks.erase", {"erasure_id": stone.pk}) in bells
    assert carry_out(erasure_id=stone.pk, now=OVER)
    receipt.refresh_from_db()
    assert stored(receipt) == [] and (stone.rule, stone.by_id) == (EraseRule.BY_HAND, cast.carol.pk)
    with pytest.raises(ReceiptStays, match="erased already"):
        discard_receipt(receipt=receipt, by=cast.carol, now=OVER)


def test_what_stays_when_a_person_deletes(cast, bells):
    held, attached = old_receipt(cast.carol), paper_of(booked(cast.carol, lane=""))
    hold(cast, receipt=held)
    reading = old_receipt(cast.carol, status=ReceiptStatus.PROCESSING)
    was = booked(cast.carol, lane="")
    off = paper_of(was)
    detach(attachment=off.attachments.get(), by=cast.carol, now=OVER)
    freeze(was, Lane.EXPORTED)
    signed = old_receipt(cast.carol, source="declared")
    wanted = {held: "held", attached: "attached", reading: "reading", off: "booked", signed: "signed"}
    for receipt, why in wanted.items():
        with pytest.raises(ReceiptStays) as refused:
            discard_receipt(receipt=receipt, by=cast.carol, now=OVER)
        assert refused.value.params == {"why": why}
    assert not Erasure.objects.exists()


def test_a_hold_stops_a_deletion_that_was_only_begun(cast, bells):
    receipt = old_receipt(cast.carol)
    stone = discard_receipt(receipt=receipt, by=cast.carol, now=OVER)
    assert hold(cast, person=cast.carol)
    assert not carry_out(erasure_id=stone.pk, now=OVER)
    receipt.refresh_from_db()
    assert receipt.erased_at is None and len(stored(receipt)) == 3


def test_an_erased_receipt_is_matched_read_and_attached_no_more(cast, paper):
    tell_and_erase(cast.dave)
    paper.refresh_from_db()
    expense = booked(cast.carol, lane="", at=OVER)
    with pytest.raises(ReceiptErased):
        attach(expense=expense, receipt=paper, by=cast.carol, now=OVER)
    Receipt.objects.filter(pk=paper.pk).update(status="unreadable")
    with pytest.raises(WrongState):
        retry(receipt=paper, by=cast.carol, now=OVER)
    assert not paper.is_servable


def test_the_mail_that_brought_it_is_forgotten_with_its_last_receipt(cast):
    from receipts.models import InboundMail

    mail = InboundMail.objects.create(
        company=cast.company, membership=cast.carol, door="folder", sender="shop@example.com", subject="Your order",
        size=1, sha256="0" * 64, received_at=LONG_AGO, status="taken", outcome="receipts",
    )  # fmt: skip
    papers = [old_receipt(cast.carol) for _ in range(2)]
    for number, each in enumerate(papers):
        MailPart.objects.create(mail=mail, number=number, file_name="order.pdf", receipt=each)
    close_all(cast.dave)
    tell_and_erase(cast.dave, most=1)
    mail.refresh_from_db()
    assert mail.subject == "Your order"
    tell_and_erase(cast.dave)
    mail.refresh_from_db()
    assert (mail.subject, mail.sender) == ("", "") and set(mail.parts.values_list("file_name", flat=True)) == {""}


@pytest.mark.parametrize(
    "break_it",
    [
        lambda cast: LegalHold.objects.update(reason=""),
        lambda cast: LegalHold.objects.update(person=cast.carol),
        lambda cast: LegalHold.objects.update(lifted_at=OVER),
        lambda cast: LegalHold.objects.update(lifted_at=OVER, lifted_by=cast.dave),
        lambda cast: LegalHold.objects.update(scope="nobody"),
        lambda cast: Erasure.objects.update(rule="because"),
        lambda cast: Erasure.objects.update(removing_at=None, removed_at=OVER),
        lambda cast: Erasure.objects.update(removed_at=None, finished_at=OVER),
        lambda cast: Erasure.objects.update(amount=None),
        lambda cast: Erasure.objects.update(rule="by_hand", by=None),
        lambda cast: settings_of(cast.dave).__class__.objects.update(retention_years=0),
        lambda cast: RetentionNotice.objects.create(
            company=cast.company, due_on=date(2026, 1, 1), count=1, told_at=OVER
        ),
    ],
)
def test_the_database_refuses(cast, paper, break_it):
    tell_and_erase(cast.dave)
    hold(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        break_it(cast)
