"""From the queue to a file in the books, and back."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from bookkeeping import build as building
from bookkeeping import files, outcome, tasks
from bookkeeping.build import build
from bookkeeping.documents import document_of
from bookkeeping.export import FormatUnknown, QueueEmpty, export
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, BookSettings, Export, ExportItem, ExportStatus, JournalEntry, Posting
from bookkeeping.queue import queue
from bookkeeping.sweep_exports import sweep_exports
from bookkeeping.try_again import try_again
from bookkeeping.unqueue import unqueue
from bookkeeping.withdraw import ReasonMissing, withdraw
from events.models import Event, Notification
from expenses.models import ChartAccount, ExpenseLine, Lane
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import NOW, item_of, make_export, make_ready, purchase, queue_all, stored, top_up


def begun(by, key=""):
    queue_all(by)
    return export(by=by, client_key=key or uuid4().hex, now=NOW)


def agree(company):
    return [str(finding) for finding in check_invariants(company=company, with_files=True) if not finding.holds]


def again(batch):
    """Make all files of an export again, from its frozen rows."""
    document = document_of(batch, first=batch.first_date, last=batch.last_date)
    made = [(file.name, b"".join(file.content)) for _, file in files.journal_files(batch, document)]
    packed = files.receipt_files(batch, document, lambda count: None)
    return made + [(file.name, b"".join(file.content)) for _, file in packed]


def rows(data: bytes, separator=";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_a_month_becomes_a_file(cast, month):
    batch = make_export(cast.bob)
    assert batch.status == ExportStatus.READY and batch.item_count == 5
    data = stored(batch.file_key)
    assert hashlib.sha256(data).hexdigest() == batch.sha256
    lines = rows(data)
    by_voucher: dict[str, int] = {}
    for line in lines:
        amount = int(Decimal((line["Debit"] or line["Credit"]).replace(",", ".")) * 100)
        by_voucher[line["Voucher"]] = by_voucher.get(line["Voucher"], 0) + (amount if line["Debit"] else -amount)
    assert set(by_voucher.values()) == {0} and sorted(by_voucher) == ["1", "2", "3", "4", "5"]
    paper = [line for line in lines if line["Merchant"] == "Bauhaus Altona" and line["Debit"]]
    assert [(line["Account"], line["Debit"], line["Tax code"], line["VAT rate"]) for line in paper[:2]] == [
        ("3600", "100,00", "I25", "25"), ("6903", "25,00", "I25", "25"),
    ]  # fmt: skip
    assert agree(cast.company) == []


def test_the_files_totals_are_the_databases(cast, month):
    batch = make_export(cast.bob)
    lines = rows(stored(batch.file_key))
    for side in ("debit", "credit"):
        in_file = sum(int(Decimal((line[side.title()] or "0").replace(",", ".")) * 100) for line in lines)
        in_rows = Posting.objects.filter(entry__export=batch).aggregate(sum=Sum(side))["sum"]
        assert in_file == in_rows == batch.totals[side] == JournalEntry.objects.aggregate(sum=Sum("debit_total"))["sum"]
    assert sum(debit for _, _, debit, _ in batch.totals["by_account"]) == batch.totals["debit"]
    assert batch.totals["tax"] == [["HREP", "5.263158", 250], ["I25", "25", 2500 - 500]]


def test_its_name_says_number_and_period(cast, month):
    batch = make_export(cast.bob)
    assert batch.file_name == f"{cast.company.slug}-0001-{batch.first_date}-to-{batch.last_date}.csv"
    assert batch.receipts_name == batch.file_name.replace(".csv", "-receipts.zip")


def test_the_receipts_stand_in_voucher_order_as_they_were_sent(cast, month):
    batch = make_export(cast.bob)
    data = stored(batch.receipts_key)
    assert hashlib.sha256(data).hexdigest() == batch.receipts_sha256
    archive = zipfile.ZipFile(io.BytesIO(data))
    names = archive.namelist()
    assert names == sorted(names) and len(names) == 3
    listed = {name for line in rows(stored(batch.file_key)) for name in line["Receipt"].split()}
    assert listed == set(names)
    expense = month["claim"]
    name = next(name for name in names if f"expense-{expense.number}_" in name)
    assert archive.read(name) == b"claimed"


def test_without_receipts_there_is_no_archive(cast, month):
    batch = make_export(cast.bob, with_receipts=False)
    assert batch.receipts_key == "" and batch.progress_done == batch.progress_total == 5


def test_making_the_files_again_gives_the_same_bytes(cast, month):
    batch = make_export(cast.bob)
    kept = [(file.name, stored(file.key)) for file in batch.files.order_by("position")]
    assert again(batch) == kept and len(kept) == 2


def test_names_changed_later_do_not_change_the_file(cast, month):
    batch = make_export(cast.bob)
    ChartAccount.objects.filter(company=cast.company).update(name="Renamed")
    BookSettings.objects.filter(company=cast.company).update(csv_separator="\t")
    assert dict(again(Export.objects.get(pk=batch.pk)))[batch.file_name] == stored(batch.file_key)


def test_the_look_follows_the_settings(cast, month):
    BookSettings.objects.filter(company=cast.company).update(csv_separator=",", csv_decimal_comma=False)
    lines = rows(stored(make_export(cast.bob).file_key), ",")
    assert "100.00" in {line["Debit"] for line in lines}


def test_exporting_locks_the_expenses(cast, month):
    make_export(cast.bob)
    month["paper"].refresh_from_db()
    assert month["paper"].books_lane == Lane.EXPORTED and month["paper"].locked_at
    assert not ExpenseLine.objects.filter(expense=month["paper"], locked_at=None).exists()


def test_an_empty_queue_makes_no_export(cast):
    with pytest.raises(QueueEmpty):
        export(by=cast.bob, client_key="once", now=NOW)
    assert not Export.objects.exists()


def test_an_unknown_format_is_refused(cast, month):
    queue_all(cast.bob)
    with pytest.raises(FormatUnknown):
        export(by=cast.bob, client_key="once", now=NOW, formats=["xls"])


def test_pressing_twice_makes_one_export(cast, month):
    first = begun(cast.bob, "one key")
    assert export(by=cast.bob, client_key="one key", now=NOW) == first
    assert Export.objects.count() == 1


def test_a_second_person_finds_the_queue_taken(cast, month):
    begun(cast.bob)
    with pytest.raises(QueueEmpty):
        export(by=cast.alice, client_key="other", now=NOW)


def test_another_companys_key_is_another_key(cast, month):
    begun(cast.bob, "shared")
    purchase(cast.mallory, 999)
    theirs = begun(cast.mallory, "shared")
    assert theirs.company == cast.other and theirs.item_count == 1 and theirs.number == 1


def test_items_of_a_running_export_stay_put(cast, month):
    begun(cast.bob)
    item = item_of(month["paper"])
    outcome = unqueue(by=cast.bob, items=[item.pk], now=NOW)
    assert not outcome.done and outcome.skipped[0].reasons[0].code == "in_export"
    item.refresh_from_db()
    assert item.lane == Lane.QUEUE


def test_a_second_worker_does_nothing(cast, month):
    batch = make_export(cast.bob)
    assert build(export_id=batch.pk, now=NOW + timedelta(days=1)) is None
    assert JournalEntry.objects.count() == 5


@pytest.mark.parametrize("step", ["freeze", "journal_files", "receipt_files", "refresh_lane"])
def test_a_worker_that_dies_half_way_leaves_no_half_batch(cast, month, monkeypatch, step):
    batch = begun(cast.bob)

    def die(*args, **kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(building, step, die)
        with pytest.raises(RuntimeError):
            build(export_id=batch.pk, now=NOW)
    assert set(BookItem.objects.values_list("lane", flat=True)) == {Lane.QUEUE}
    batch.refresh_from_db()
    assert batch.status == ExportStatus.WAITING and batch.last_error["code"] == "export_interrupted"
    batch = build(export_id=batch.pk, now=NOW + timedelta(hours=1))
    assert batch.status == ExportStatus.READY
    assert JournalEntry.objects.count() == 5 == ExportItem.objects.count()
    assert sorted(JournalEntry.objects.values_list("voucher_number", flat=True)) == [1, 2, 3, 4, 5]
    assert agree(cast.company) == []


def test_freezing_goes_on_where_the_last_worker_stopped(cast, month, monkeypatch):
    from bookkeeping import freeze

    batch = begun(cast.bob)
    monkeypatch.setattr(freeze, "PIECE", 2)
    insert, calls = freeze._insert, []

    def die_late(*args):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        insert(*args)

    with monkeypatch.context() as patch:
        patch.setattr(freeze, "_insert", die_late)
        with pytest.raises(RuntimeError):
            build(export_id=batch.pk, now=NOW)
    assert JournalEntry.objects.count() == 2
    build(export_id=batch.pk, now=NOW + timedelta(hours=1))
    vouchers = JournalEntry.objects.order_by("voucher_number").values_list("voucher_number", flat=True)
    assert list(vouchers) == [1, 2, 3, 4, 5]
    assert agree(cast.company) == []


def test_a_slow_worker_cannot_finish_for_its_successor(cast, month, monkeypatch):
    batch = begun(cast.bob)
    late = NOW + timedelta(hours=1)

    def overtaken(*args):
        Export.objects.filter(pk=batch.pk).update(lease_until=NOW)
        monkeypatch.undo()
        assert build(export_id=batch.pk, now=late).status == ExportStatus.READY
        return files.journal_files(*args)

    monkeypatch.setattr(building, "journal_files", overtaken)
    assert build(export_id=batch.pk, now=NOW) is None
    batch.refresh_from_db()
    assert "/2-1-journal" in batch.file_key and agree(cast.company) == []


def test_the_sweep_finds_what_no_bell_woke(cast, month, bells):
    batch = begun(cast.bob)
    Export.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert bells == [("bookkeeping.tasks.build", {"export_id": batch.pk})]
    bells.clear()
    tasks.sweep_exports.run()
    assert bells == [("bookkeeping.tasks.build", {"export_id": batch.pk})]


def test_an_export_whose_workers_died_fails_and_is_told_of_once(cast, month):
    batch = begun(cast.bob)
    past = timezone.now() - timedelta(hours=1)
    Export.objects.update(status="running", attempts=Export.MAX_ATTEMPTS, lease_until=past)
    for _ in range(2):
        assert sweep_exports(now=timezone.now()) == []
    batch.refresh_from_db()
    assert batch.status == ExportStatus.FAILED and outcome.failure(batch).code == "worker_died"
    assert Event.objects.filter(verb="export.failed").count() == 1
    assert Notification.objects.filter(membership=cast.bob).count() == 2


def test_whoever_began_it_is_told_when_it_is_ready(cast, month):
    make_export(cast.bob)
    note = Notification.objects.get(event__verb="export.ready")
    assert (note.membership, note.channel) == (cast.bob, "in_app")


def archive_account(cast, number="3600"):
    ChartAccount.objects.filter(company=cast.company, number=number).update(archived_at=NOW)


def test_what_changed_since_it_was_queued_fails_the_export_with_reasons(cast, month):
    batch = begun(cast.bob)
    archive_account(cast)
    build(export_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    assert batch.status == ExportStatus.FAILED and batch.last_error["code"] == "entries_not_ready"
    assert {entry["code"] for entry in batch.last_error["entries"]} == {"account_archived"}
    assert set(BookItem.objects.values_list("lane", flat=True)) == {Lane.QUEUE}
    assert batch.first_voucher is None and not JournalEntry.objects.exists()
    assert Event.objects.filter(verb="export.failed", changes__code="entries_not_ready").count() == 1
    assert agree(cast.company) == []


def test_a_failed_export_is_tried_again(cast, month):
    batch = begun(cast.bob)
    archive_account(cast)
    build(export_id=batch.pk, now=NOW)
    ChartAccount.objects.filter(company=cast.company).update(archived_at=None)
    try_again(export=batch, by=cast.bob)
    assert build(export_id=batch.pk, now=NOW).status == ExportStatus.READY
    with pytest.raises(WrongState):
        try_again(export=batch, by=cast.bob)


def test_items_of_a_failed_export_can_be_taken_back(cast, month):
    batch = begun(cast.bob)
    archive_account(cast)
    build(export_id=batch.pk, now=NOW)
    outcome = unqueue(by=cast.bob, items=[item_of(month["paper"]).pk], now=NOW)
    assert len(outcome.done) == 1
    batch.refresh_from_db()
    assert batch.withdrawn_at and not ExportItem.objects.filter(withdrawn_at=None).exists()
    with pytest.raises(WrongState):
        try_again(export=batch, by=cast.bob)


def test_a_new_export_takes_over_from_a_failed_one(cast, month):
    failed = begun(cast.bob)
    archive_account(cast)
    build(export_id=failed.pk, now=NOW)
    ChartAccount.objects.filter(company=cast.company).update(archived_at=None)
    second = make_export(cast.bob)
    assert second.status == ExportStatus.READY and second.number == 2 and second.item_count == 5
    assert agree(cast.company) == []


def test_a_lost_receipt_file_fails_the_export_by_name(cast, month):
    batch = begun(cast.bob)
    receipt = month["paper"].attachments.get().receipt
    default_storage.delete(receipt.key)
    build(export_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    assert batch.status == ExportStatus.FAILED
    assert batch.last_error["code"] == "receipt_file_missing" and batch.last_error["receipt"] == str(receipt.pk)


def test_undoing_frees_the_items_and_keeps_the_file(cast, month):
    batch = make_export(cast.bob)
    data = stored(batch.file_key)
    withdraw(export=batch, by=cast.bob, reason="  Wrong   month ", now=NOW)
    assert batch.withdrawn_reason == "Wrong month" and stored(batch.file_key) == data
    assert set(BookItem.objects.values_list("lane", "queued_by")) == {(Lane.UNEXPORTED, None)}
    month["paper"].refresh_from_db()
    assert month["paper"].books_lane == Lane.UNEXPORTED and month["paper"].locked_at is None
    assert Event.objects.get(verb="export.withdrawn").changes == {"reason": "Wrong month", "entries": 5}
    assert agree(cast.company) == []


def test_what_was_undone_is_exported_anew_under_new_vouchers(cast, month):
    first = make_export(cast.bob)
    withdraw(export=first, by=cast.bob, reason="Wrong month", now=NOW)
    second = make_export(cast.bob)
    assert list(second.entries.order_by("voucher_number").values_list("voucher_number", flat=True)) == [6, 7, 8, 9, 10]
    assert sorted(first.entries.values_list("voucher_number", flat=True)) == [1, 2, 3, 4, 5]
    assert agree(cast.company) == []


def test_undoing_wants_a_reason_and_happens_once(cast, month):
    batch = make_export(cast.bob)
    with pytest.raises(ReasonMissing):
        withdraw(export=batch, by=cast.bob, reason=" \n ", now=NOW)
    withdraw(export=batch, by=cast.bob, reason="Twice", now=NOW)
    with pytest.raises(WrongState):
        withdraw(export=batch, by=cast.alice, reason="Again", now=NOW)


def test_an_export_that_is_being_made_is_not_undone(cast, month):
    batch = begun(cast.bob)
    with pytest.raises(WrongState):
        withdraw(export=batch, by=cast.bob, reason="Too soon", now=NOW)


def test_money_that_comes_after_is_an_item_of_its_own(cast, month):
    from tests.bookkeeping.conftest import settle

    make_export(cast.bob)
    paper = month["paper"]
    locked = list(ExpenseLine.objects.filter(expense=paper).values_list("pk", "amount", "tax_amount"))
    settle(paper.authorization, 1500, kind="correction_debit")
    item = BookItem.objects.get(expense=paper, lane=Lane.UNEXPORTED)
    assert item.kind == "adjustment" and item.amount == 1500
    paper.refresh_from_db()
    assert paper.books_lane == Lane.UNEXPORTED
    second = make_export(cast.bob)
    entry = second.entries.get()
    assert sorted(entry.postings.values_list("account_number", "debit", "credit")) == [
        ("3600", 1200, 0), ("5835", 0, 1500), ("6903", 300, 0),
    ]  # fmt: skip
    kept = ExpenseLine.objects.filter(pk__in=[pk for pk, _, _ in locked]).values_list("pk", "amount", "tax_amount")
    assert sorted(kept) == sorted(locked)
    assert agree(cast.company) == []


def test_each_act_leaves_its_event(cast, month):
    batch = make_export(cast.bob)
    assert Event.objects.filter(verb="book_item.queued", by=cast.bob).count() == 5
    created, ready = Event.objects.get(verb="export.created"), Event.objects.get(verb="export.ready")
    assert created.by == cast.bob and created.changes == {"entries": 5, "format": "csv"}
    assert ready.actor == "system" and ready.changes["sha256"] == batch.sha256


def test_the_database_keeps_an_item_in_one_live_batch(cast, month):
    batch = make_export(cast.bob)
    item = batch.items.first()
    purchase(cast.carol, 100)
    other = begun(cast.bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportItem.objects.create(company=cast.company, export=other, book_item=item.book_item, position=9)


BROKEN = [
    ("an entry out of balance", lambda: JournalEntry.objects.update(credit_total=1)),
    ("an empty entry", lambda: JournalEntry.objects.update(debit_total=0, credit_total=0)),
    ("a line on both sides", lambda: Posting.objects.update(debit=1, credit=1)),
    ("a line on no side", lambda: Posting.objects.update(debit=0, credit=0)),
    ("an unknown lane", lambda: BookItem.objects.update(lane="lost")),
    ("no amount", lambda: BookItem.objects.update(amount=0)),
    ("two sources", lambda: BookItem.objects.exclude(movement=None).update(transfer=BookItem.objects.exclude(transfer=None)[0].transfer)),
    ("no source", lambda: BookItem.objects.update(movement=None, transfer=None)),
    ("a movement without expense", lambda: BookItem.objects.exclude(movement=None).update(expense=None)),
    ("queued by nobody at no time", lambda: BookItem.objects.update(lane="queue", queued_at=None)),
    ("an undone export without reason", lambda: Export.objects.update(withdrawn_at=NOW, withdrawn_reason="")),
    ("a ready export without file", lambda: Export.objects.update(file_key="")),
    ("an export of nothing", lambda: Export.objects.update(item_count=0)),
    ("a status nobody knows", lambda: Export.objects.update(status="lost")),
    ("a format nobody knows", lambda: Export.objects.update(format="xls")),
    ("a month after December", lambda: BookSettings.objects.update(fiscal_year_start_month=13)),
    ("a separator nobody reads", lambda: BookSettings.objects.update(csv_separator="x")),
]  # fmt: skip


def test_the_database_refuses(cast, month):
    make_export(cast.bob)
    for name, break_it in BROKEN:
        try:
            with transaction.atomic():
                break_it()
        except IntegrityError:
            continue
        pytest.fail(f"{name} was let in")


def test_vouchers_and_numbers_are_given_once(cast, month):
    batch = make_export(cast.bob)
    top_up(cast.company)
    second = make_export(cast.bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.filter(export=second).update(voucher_number=batch.entries.first().voucher_number)
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=second.pk).update(number=batch.number)
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=second.pk).update(client_key=batch.client_key)


def test_queue_skips_what_is_queued_or_exported(cast, month):
    make_export(cast.bob)
    item = item_of(month["paper"])
    assert queue(by=cast.bob, items=[item.pk], now=NOW).skipped[0].reasons[0].code == "already_exported"


def test_a_clearing_that_comes_between_queue_and_export_is_an_entry_of_its_own(cast):
    """The late part is neither in the batch nor lost: it waits as an adjustment, and the batch keeps what was queued."""
    from tests.bookkeeping.conftest import authorize, record_authorization, settle

    authorization = authorize(cast.carol, 30000, "Hotel Altona")
    record_authorization.record(authorization=authorization)
    expense = make_ready(settle(authorization, 20000).expense, category="hotel")
    batch = begun(cast.bob)
    assert batch.item_count == 1
    late = settle(authorization, 5000)
    item = BookItem.objects.get(movement=late)
    assert item.lane == Lane.UNEXPORTED and item.amount == 5000
    build(export_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    assert batch.status == ExportStatus.READY and batch.totals["debit"] == 20000
    assert agree(cast.company) == []
    expense.refresh_from_db()
    assert expense.amount == 25000 and expense.books_lane == Lane.UNEXPORTED
    line = ExpenseLine.objects.filter(expense=expense, locked_at=None)
    assert sum(line.values_list("amount", flat=True)) == 5000
