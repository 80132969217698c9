"""The files of an export, made from its frozen entries alone: the same rows give the same bytes on any day."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any, cast
from uuid import UUID

from django.core.files.storage import default_storage

from bookkeeping.formats import csv
from bookkeeping.models import Export, Posting
from pleo.lib.errors import DomainError
from receipts.models import Receipt

PIECE = 1 << 18
ROWS = 2000


class ReceiptFileMissing(DomainError):
    """A receipt's original is not in the storage."""

    code = "receipt_file_missing"


def rows_query(export: Export) -> Any:
    """Return the query for the lines of an export, its columns in the order of `csv.HEADINGS`."""
    return (
        Posting.objects.filter(entry__export=export)
        .order_by("entry__voucher_number", "position")
        .values_list(
            "entry__voucher_number", "entry__date", "entry__document_date", "account_number", "account_name", "text",
            "debit", "credit", "entry__currency", "tax_code_name", "tax_rate", "entry__person_name", "entry__merchant",
            "entry__expense_number", "entry__foreign_amount", "entry__foreign_currency", "category_name",
            "entry__receipt_names",
        )
    )  # fmt: skip


def write_journal(export: Export, target: IO[bytes]) -> str:
    """Write the file of the entries; returns its SHA-256."""
    look = csv.Look(**export.options)
    digest = hashlib.sha256()
    rows = cast("Iterator[csv.Row]", rows_query(export).iterator(chunk_size=ROWS))
    for piece in csv.write(rows, look):
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()


def write_receipts(export: Export, target: IO[bytes], *, packed: Callable[[int], None]) -> str:
    """Write a ZIP of the original receipts, in voucher order; returns its SHA-256. `packed` hears how many are in.

    Files are stored, not compressed: pictures and PDFs are already, and the bytes depend on no version of a compressor. All
    timestamps are the export's own. Raises ReceiptFileMissing.
    """
    moment = export.created_at.astimezone(UTC)
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, receipt in receipts_of(export):
            count += 1
            _add(archive, name, receipt, moment)
            packed(count)
    target.seek(0)
    return hashlib.file_digest(target, "sha256").hexdigest()  # type: ignore[arg-type]


def receipts_of(export: Export) -> Iterator[tuple[str, UUID]]:
    """Yield (name in the ZIP, receipt id) in voucher order."""
    for entries in (
        export.entries.order_by("voucher_number").values_list("receipts", flat=True).iterator(chunk_size=ROWS)
    ):
        for name, receipt in entries:
            yield name, UUID(receipt)


def _add(archive: zipfile.ZipFile, name: str, receipt_id: UUID, moment: datetime) -> None:
    receipt = Receipt.objects.get(pk=receipt_id)
    info = zipfile.ZipInfo(name, moment.timetuple()[:6])
    info.create_system, info.external_attr = 3, 0o644 << 16
    try:
        with default_storage.open(receipt.key) as source, archive.open(info, "w", force_zip64=False) as target:
            _copy(source, target)
    except FileNotFoundError as error:
        raise ReceiptFileMissing(receipt=str(receipt_id), name=name) from error


def _copy(source: Any, target: IO[bytes]) -> None:
    while piece := source.read(PIECE):
        target.write(piece)
