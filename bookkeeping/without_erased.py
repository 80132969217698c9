"""Make files of ours anew that hold copies of erased receipts: archives of exports, and reports on paper."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import File as StoredFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q

from bookkeeping.documents import document_of
from bookkeeping.export_papers import people_of, person_papers
from bookkeeping.files import ReceiptFileMissing, receipt_files
from bookkeeping.formats.document import File
from bookkeeping.models import Export, ExportFile, ExportStatus, FileKind, JournalEntry, PaperReport, PaperStatus
from expenses.models import Attachment
from pleo.lib import files
from pleo.lib.storage_down import telling_storage_faults
from receipts.models import Erasure

logger = logging.getLogger(__name__)
MOST = 500


def without_erased(*, now: datetime, most: int = MOST) -> int:
    """Rid our own files of the copies of receipts that are erased; returns how many erasures are finished by that.

    Journals stay byte for byte. An archive is written without what was erased, with a note in its place, under a new
    checksum. Killed half-way, the next run goes on: an erasure is finished only when every copy is gone. Raises StorageDown.
    """
    _remove_replaced()
    rows = Erasure.objects.exclude(removed_at=None).filter(finished_at=None).select_related("company").order_by("pk")
    open_ones = list(rows[:most])
    exports = _exports([one.receipt_id for one in open_ones])
    stuck = {export.pk for export in exports.values() if not _make_anew(export)}
    finished = 0
    for erasure in open_ones:
        _drop_reports(erasure)
        if stuck & set(_exports([erasure.receipt_id])):
            continue
        finished += Erasure.objects.filter(pk=erasure.pk, finished_at=None).update(finished_at=now)
    return finished


def _exports(receipts: Iterable[Any]) -> dict[Any, Export]:
    """Return the exports that have an archive, or people's reports, and entries of expenses these receipts are or were on."""
    expenses = Attachment.objects.filter(receipt__in=list(receipts)).values("expense")
    entries = JournalEntry.objects.filter(book_item__expense__in=expenses)
    archives = ExportFile.objects.filter(kind__in=(FileKind.RECEIPTS, FileKind.REPORT)).values("export")
    rows = Export.objects.filter(pk__in=entries.values("export"), status=ExportStatus.READY)
    return {export.pk: export for export in rows.filter(pk__in=archives).select_related("company").order_by("pk")}


def _make_anew(export: Export) -> bool:
    """Write the archives of an export again, and its people's reports; False when one of its other receipts cannot be read."""
    erased = _erased_in(export)
    old = list(export.files.filter(kind=FileKind.RECEIPTS).order_by("position"))
    shown = list(export.files.filter(kind=FileKind.REPORT).order_by("position"))
    if all(file.erased == len(erased) for file in (*old, *shown)):
        return True
    assert export.first_date and export.last_date, "a ready export has entries"
    document = document_of(export, first=export.first_date, last=export.last_date)
    try:
        with telling_storage_faults():
            archives = receipt_files(export, document, lambda _count: None) if old else ()
            for (_, file), row in zip(archives, old, strict=True):
                _replace(export, row, file, len(erased))
            days = (export.first_date, export.last_date)
            papers = person_papers(export, people_of(export), document.header.base, days, lambda *_, **__: None)
            for file, row in zip(papers, shown, strict=True) if shown else ():
                _replace(export, row, file, len(erased))
    except (ReceiptFileMissing, FileNotFoundError) as error:
        logger.error("export %s: its archive still holds erased receipts: %s", export.pk, error)
        return False
    _remove_replaced(export)
    return True


def _erased_in(export: Export) -> set[str]:
    named = {receipt for entry in export.entries.values_list("receipts", flat=True) for _, receipt in entry}
    gone = Erasure.objects.filter(company=export.company_id).exclude(removed_at=None)
    return {str(pk) for pk in gone.values_list("receipt_id", flat=True).iterator()} & named


def _replace(export: Export, row: ExportFile, file: File, erased: int) -> None:
    """Store an archive beside the old one, then name it instead; the old one goes afterwards."""
    ending = PurePosixPath(row.name).suffix
    key = f"{export.company_id}/{export.created_at:%Y}/exports/{export.pk}/without-{erased}-{row.position}{ending}"
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as target:
        for piece in file.content:
            digest.update(piece)
            target.write(piece)
        target.seek(0)
        files.delete(key)
        kept = default_storage.save(key, StoredFile(target, name=row.name))
    old_key, sha256 = row.key, digest.hexdigest()
    with transaction.atomic():
        ExportFile.objects.filter(pk=row.pk).update(
            key=kept, sha256=sha256, erased=erased, replaced_key=old_key if old_key != kept else ""
        )
        mine = Export.objects.filter(pk=export.pk, receipts_key=old_key)
        mine.update(receipts_key=kept, receipts_sha256=sha256)


def _remove_replaced(export: Export | None = None) -> None:
    """Remove archives that others took the place of, and forget where they were."""
    rows = ExportFile.objects.exclude(replaced_key="")
    for file in rows.filter(export=export) if export else rows.order_by("pk")[:MOST]:
        with telling_storage_faults():
            files.delete(file.replaced_key)
        ExportFile.objects.filter(pk=file.pk, replaced_key=file.replaced_key).update(replaced_key="")


def _drop_reports(erasure: Erasure) -> None:
    """Remove reports that show the receipt's pages and have them made again, where a page says that it was erased."""
    zone = erasure.company.zone
    for attachment in Attachment.objects.filter(receipt=erasure.receipt_id).select_related("expense"):
        expense = attachment.expense
        day = expense.purchased_at.astimezone(zone).date()
        reports = PaperReport.objects.for_company(erasure.company).filter(
            Q(person=None) | Q(person=expense.owner_id), starts__lte=day, ends__gte=day, status=PaperStatus.READY,
            ready_at__lt=erasure.removed_at,
        )  # fmt: skip
        for report in reports:
            with telling_storage_faults():
                files.delete(report.file_key)
            PaperReport.objects.filter(pk=report.pk, status=PaperStatus.READY).update(
                status=PaperStatus.WAITING, counted_from=F("attempts"), lease_until=None, last_error=None
            )
