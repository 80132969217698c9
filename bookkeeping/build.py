"""Build an export: freeze its entries, write its files, and hand all of it over in one last transaction."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from django.utils import timezone

from bookkeeping.files import ReceiptFileMissing, receipts_of, write_journal, write_receipts
from bookkeeping.freeze import NotReady, freeze
from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem, Export, ExportStatus, Posting
from bookkeeping.progress import advance
from bookkeeping.queue import lock_expenses
from events.models import Channel
from events.notify import is_news, notify
from events.record import record
from expenses.models import Lane
from pleo.lib.work import LeaseLost

# Receipts between two looks at the progress: often enough to watch, seldom enough to cost nothing.
STEP = 10


@dataclass(frozen=True)
class Made:
    """A file in the storage."""

    key: str
    sha256: str


def build(*, export_id: UUID, now: datetime) -> Export | None:
    """Make an export ready, or leave it failed with a reason; None when another worker has it.

    Until the last transaction nothing counts: its items stay in the queue. Each try writes files of its own, so a slow worker
    cannot touch its successor's.
    """
    began = time.monotonic()
    export = Export.claim(export_id, now=now)
    if export is None:
        return None
    try:
        freeze(export)
        receipts = sum(1 for _ in receipts_of(export)) if export.with_receipts else 0
        advance(export, done=export.item_count, progress_total=export.item_count + receipts)
        journal = _store(export, "journal.csv", lambda target: write_journal(export, target))
        archive = _store(export, "receipts.zip", lambda target: _pack(export, target)) if receipts else None
        _finish(export, journal, archive, now + timedelta(seconds=time.monotonic() - began))
    except LeaseLost:
        return None
    except NotReady as error:
        export.give_up(error.code, entries=error.entries)
        tell_failed(export, error.code)
    except ReceiptFileMissing as error:
        export.give_up(error.code, **error.params)
        tell_failed(export, error.code)
    except Exception:
        export.put_back("export_interrupted", now=timezone.now())
        tell_failed(export, "export_interrupted")
        raise
    export.refresh_from_db()
    return export


def tell_failed(export: Export, code: str) -> None:
    """Write the event of a failure that nobody tries again by itself, and tell whoever began the export."""
    failed = Export.objects.filter(pk=export.pk, status=ExportStatus.FAILED, attempts=export.attempts)
    if failed.exists():
        changes = {"code": code}
        event = record(
            company=export.company, verb="export.failed", subject=export, label=f"#{export.number}", changes=changes
        )
        notify(event=event, memberships=[export.by], to_actor=True)


def _store(export: Export, name: str, write: Any) -> Made:
    key = f"{export.company_id}/{export.created_at:%Y}/exports/{export.pk}/{export.attempts}-{name}"
    with tempfile.TemporaryFile() as file:
        sha256 = write(file)
        file.seek(0)
        return Made(default_storage.save(key, File(file, name=name)), sha256)


def _pack(export: Export, target: IO[bytes]) -> str:
    def packed(count: int) -> None:
        if count % STEP == 0:
            advance(export, done=export.item_count + count)

    return write_receipts(export, target, packed=packed)


def _finish(export: Export, journal: Made, archive: Made | None, now: datetime) -> None:
    facts = export.entries.aggregate(first=Min("date"), last=Max("date"), entries=Count("pk"))
    assert facts["entries"] == export.item_count, "an export has one entry for each of its items"
    name = f"{export.company.slug}-{export.number:04d}-{facts['first']}-to-{facts['last']}"
    packed = sum(1 for _ in receipts_of(export)) if archive else 0
    # The files are named in the transaction that makes the batch count: a ready export without a file cannot be.
    with transaction.atomic():
        advance(
            export,
            done=export.item_count + packed,
            first_date=facts["first"],
            last_date=facts["last"],
            totals=totals_of(export),
            file_key=journal.key,
            file_name=f"{name}.csv",
            sha256=journal.sha256,
            receipts_key=archive.key if archive else "",
            receipts_name=f"{name}-receipts.zip" if archive else "",
            receipts_sha256=archive.sha256 if archive else "",
            ready_at=now,
        )
        _hand_over(export, journal, now)


def _hand_over(export: Export, journal: Made, now: datetime) -> None:
    with export.finishing():
        items = BookItem.objects.filter(export_items__export=export, export_items__withdrawn_at=None)
        lock_expenses(items.values("pk"))
        moved = BookItem.objects.filter(pk__in=items.values("pk"), lane=Lane.QUEUE).update(lane=Lane.EXPORTED)
        if moved != export.item_count:
            raise LeaseLost(export.pk)
        refresh_lane(expense_ids=items.exclude(expense=None).values_list("expense", flat=True), now=now)
        event = record(
            company=export.company, verb="export.ready", subject=export, label=f"#{export.number}", now=now,
            changes={"entries": export.item_count, "sha256": journal.sha256},
        )  # fmt: skip
        if is_news(event):
            notify(event=event, memberships=[export.by], channels=[Channel.IN_APP], to_actor=True)


def totals_of(export: Export) -> dict[str, Any]:
    """Return the control totals of an export's postings, in minor units."""
    lines = Posting.objects.filter(entry__export=export)
    accounts = lines.values_list("account_number", "account_name").annotate(debit=Sum("debit"), credit=Sum("credit"))
    taxes = lines.exclude(tax_code_name="").filter(tax_code__account=F("account"))
    tax = taxes.values_list("tax_code_name", "tax_rate").annotate(amount=Sum("debit") - Sum("credit"))
    whole = lines.aggregate(debit=Sum("debit", default=0), credit=Sum("credit", default=0))
    return {
        "debit": whole["debit"],
        "credit": whole["credit"],
        "entries": export.item_count,
        "by_account": [list(row) for row in accounts.order_by("account_number", "account_name")],
        "tax": [
            [code, f"{rate.normalize():f}", amount] for code, rate, amount in tax.order_by("tax_code_name", "tax_rate")
        ],
    }
