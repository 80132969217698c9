"""Build an export: freeze its entries, write its files, and hand all of it over in one last transaction."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.core.files.base import File as StoredFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Max, Min, Sum
from django.utils import timezone

from bookkeeping.documents import document_of
from bookkeeping.export_papers import people_of, person_papers
from bookkeeping.files import DATEV, ReceiptFileMissing, journal_files, receipt_files
from bookkeeping.formats.document import Document, File, Unwritable
from bookkeeping.freeze import NotReady, freeze
from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem, Export, ExportFile, ExportStatus, FileKind, Posting
from bookkeeping.open_jobs import open_jobs
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

    format: str
    file: File
    key: str
    sha256: str

    @property
    def kind(self) -> str:
        return self.file.kind


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
        span = export.entries.aggregate(first=Min("date"), last=Max("date"))
        document = document_of(export, first=span["first"], last=span["last"])
        made = [_store(export, place, *file) for place, file in enumerate(journal_files(export, document), 1)]
        made += _packed(export, document, len(made))
        made += _reported(export, document, (span["first"], span["last"]), len(made))
        _finish(export, made, span, now + timedelta(seconds=time.monotonic() - began))
    except LeaseLost:
        return None
    except NotReady as error:
        export.give_up(error.code, entries=error.entries)
        tell_failed(export, error.code)
    except (ReceiptFileMissing, Unwritable) as error:
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


def _store(export: Export, place: int, format: str, file: File) -> Made:
    """Put a file into the storage under a name without anybody's words, and remember its checksum."""
    ending = PurePosixPath(file.name).suffix
    key = (
        f"{export.company_id}/{export.created_at:%Y}/exports/{export.pk}/{export.attempts}-{place}-{file.kind}{ending}"
    )
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as target:
        for piece in file.content:
            digest.update(piece)
            target.write(piece)
        target.seek(0)
        kept = default_storage.save(key, StoredFile(target, name=file.name))
    advance(export, done=export.progress_done)
    return Made(format, file, kept, digest.hexdigest())


def _packed(export: Export, document: Document, place: int) -> list[Made]:
    """Pack the receipts, counting them; nothing when there are none or nobody wants them."""
    each = sum(len(entry.receipts) for entry in document.entries()) if export.with_receipts else 0
    archives = len({key == DATEV for key in export.formats or [export.format]})
    people = len(people_of(export)) if export.with_reports else 0
    done, total = export.item_count, export.item_count + each * archives + people
    advance(export, done=done, progress_total=total)
    if not each:
        return []
    seen = 0

    def packed(_count: int) -> None:
        nonlocal seen
        seen += 1
        if seen % STEP == 0:
            advance(export, done=done + seen)

    found = receipt_files(export, document, packed)
    made = [_store(export, number, *file) for number, file in enumerate(found, place + 1)]
    export.progress_done = total - people
    return made


def _reported(export: Export, document: Document, days: tuple[date, date], place: int) -> list[Made]:
    """Write each person's expenses with receipts, where somebody wants them; each counts as one step."""
    if not export.with_reports:
        return []

    def hold(*_: object, **__: object) -> None:
        advance(export, done=export.progress_done)

    made = []
    papers = person_papers(export, people_of(export), document.header.base, days, hold)
    for number, file in enumerate(papers, place + 1):
        made.append(_store(export, number, "", file))
        export.progress_done += 1
        hold()
    return made


def _finish(export: Export, made: list[Made], span: dict[str, Any], now: datetime) -> None:
    assert export.entries.count() == export.item_count, "an export has one entry for each of its items"
    first = made[0]
    archive = next((one for one in made if one.kind == FileKind.RECEIPTS), None)
    # The files are named in the transaction that makes the batch count: a ready export without a file cannot be.
    with transaction.atomic():
        advance(
            export,
            done=export.progress_done,
            first_date=span["first"],
            last_date=span["last"],
            totals=totals_of(export),
            file_key=first.key,
            file_name=first.file.name[:120],
            sha256=first.sha256,
            receipts_key=archive.key if archive else "",
            receipts_name=archive.file.name[:120] if archive else "",
            receipts_sha256=archive.sha256 if archive else "",
            ready_at=now,
        )
        ExportFile.objects.bulk_create(_rows(export, made))
        _hand_over(export, first, now)


def _rows(export: Export, made: list[Made]) -> Iterator[ExportFile]:
    for place, one in enumerate(made, 1):
        yield ExportFile(
            company_id=export.company_id,
            export=export,
            position=place,
            kind=one.kind,
            format=one.format,
            name=one.file.name,
            media_type=one.file.media_type,
            key=one.key,
            sha256=one.sha256,
            changed=len(one.file.changes),
        )


def _hand_over(export: Export, first: Made, now: datetime) -> None:
    with export.finishing():
        items = BookItem.objects.filter(export_items__export=export, export_items__withdrawn_at=None)
        lock_expenses(items.values("pk"))
        moved = BookItem.objects.filter(pk__in=items.values("pk"), lane=Lane.QUEUE).update(lane=Lane.EXPORTED)
        if moved != export.item_count:
            raise LeaseLost(export.pk)
        refresh_lane(expense_ids=items.exclude(expense=None).values_list("expense", flat=True), now=now)
        event = record(
            company=export.company, verb="export.ready", subject=export, label=f"#{export.number}", now=now,
            changes={"entries": export.item_count, "sha256": first.sha256},
        )  # fmt: skip
        if is_news(event):
            notify(event=event, memberships=[export.by], channels=[Channel.IN_APP], to_actor=True)
        open_jobs(export=export, now=now)


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
