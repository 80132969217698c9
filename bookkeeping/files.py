"""The files of an export, made from its frozen entries alone: the same rows give the same bytes on any day."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.core.files.storage import default_storage

from bookkeeping.formats import datev
from bookkeeping.formats.document import BookEntry, Document, File, Taken
from bookkeeping.formats.registry import render
from bookkeeping.models import Export, FileKind
from pleo.lib.errors import DomainError
from receipts.models import Receipt

PIECE = 1 << 18
ZIP = "application/zip"
DATEV = "datev"


class ReceiptFileMissing(DomainError):
    """A receipt's original is not in the storage."""

    code = "receipt_file_missing"


def journal_files(export: Export, document: Document) -> Iterator[tuple[str, File]]:
    """Yield (format, file) for every format of an export, and last what the files write differently, if anything.

    Each file is to be read to its end before the next is asked for. Raises Unwritable.
    """
    layouts, changed = export.options.get("layouts", {}), []
    for key in export.formats or [export.format]:
        for file in render(key, document, layouts):
            yield key, file
            changed.append(file)
    if any(len(file.changes) for file in changed):
        listing = "".join(_changes(changed)).encode()
        name = f"{document.header.base}-changes.csv"
        yield "", File(name, "text/csv; charset=utf-8", iter([listing]), kind=FileKind.CHANGES)


def _changes(files: Iterable[File]) -> Iterator[str]:
    """Yield the list of every text that a file holds in other characters or shorter, by the voucher where it first stood."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(["File", "First voucher", "Times", "Before", "After"])
    for file in files:
        for change in file.changes.found.values():
            before, after = (
                ascii(text)[1:-1] if not text.isprintable() else text for text in (change.before, change.after)
            )
            writer.writerow([file.name, change.voucher or "", change.times, before, after])
    yield out.getvalue()


def receipt_files(export: Export, document: Document, packed: Callable[[int], None]) -> Iterator[tuple[str, File]]:
    """Yield (format, archive): DATEV's own package where DATEV is among the formats, a plain ZIP for all others."""
    formats, base = export.formats or [export.format], document.header.base
    receipts = _in_order(document.entries())
    if not set(formats) - {DATEV}:
        # What DATEV's package cannot hold is handed over beside it.
        receipts = [pair for pair in receipts if not datev.takes(pair[0])]
    if set(formats) - {DATEV} or receipts:
        yield "", File(f"{base}-receipts.zip", ZIP, _archive(export, receipts, packed), kind=FileKind.RECEIPTS)
    if DATEV in formats:
        content = _datev_package(export, document, packed)
        yield DATEV, File(f"{base}-belege.zip", ZIP, content, kind=FileKind.RECEIPTS)


def _in_order(entries: Iterable[BookEntry]) -> Iterable[tuple[str, UUID]]:
    for entry in entries:
        for name, receipt in entry.receipts:
            yield name, UUID(receipt)


def _archive(
    export: Export,
    receipts: Iterable[tuple[str, UUID]],
    packed: Callable[[int], None],
    *,
    first: tuple[str, bytes] | None = None,
) -> Iterator[bytes]:
    """Yield a ZIP of original receipts; `packed` hears how many are in.

    Files are stored, not compressed: pictures and PDFs are already, and the bytes depend on no version of a compressor. All
    timestamps are the export's own. Raises ReceiptFileMissing.
    """
    moment, target = export.created_at.astimezone(UTC), Taken()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        if first:
            archive.writestr(info_of(first[0], moment), first[1])
        for count, (name, receipt) in enumerate(receipts, 1):
            yield from _add(archive, name, receipt, moment, target)
            packed(count)
    yield target.taken()


def _datev_package(export: Export, document: Document, packed: Callable[[int], None]) -> Iterator[bytes]:
    """Yield DATEV's package: flat, each receipt once, with document.xml saying which booking it belongs to."""
    listing = b"".join(datev.package(document))
    receipts = ((name, UUID(receipt)) for name, receipt in datev.receipts_of(document))
    yield from _archive(export, receipts, packed, first=("document.xml", listing))


def info_of(name: str, moment: datetime) -> zipfile.ZipInfo:
    """Return the head of a file in a ZIP whose bytes depend on nothing but its name and a moment in UTC."""
    info = zipfile.ZipInfo(name, moment.timetuple()[:6])
    info.create_system, info.external_attr = 3, 0o644 << 16
    return info


def erased_note(receipt: Receipt) -> bytes:
    """Return what stands in an archive in the place of a receipt that was erased: the same bytes on any day."""
    day = receipt.erased_at.astimezone(UTC) if receipt.erased_at else None
    words = f"This receipt was erased on {day:%Y-%m-%d}. What is left of it: SHA-256 {receipt.sha256}, {receipt.size} bytes."
    return f"{words}\r\n".encode("ascii")


def _add(archive: zipfile.ZipFile, name: str, receipt_id: UUID, moment: datetime, target: Taken) -> Iterator[bytes]:
    receipt = Receipt.objects.get(pk=receipt_id)
    if receipt.erased_at is not None:
        archive.writestr(info_of(f"{name}.txt", moment), erased_note(receipt))
        yield target.taken()
        return
    if not receipt.is_servable:
        # It carries a virus, or nobody has looked: the batch says so rather than hand it on.
        raise ReceiptFileMissing(receipt=str(receipt_id), name=name)
    try:
        with default_storage.open(receipt.key) as source, archive.open(info_of(name, moment), "w") as inside:
            while piece := source.read(PIECE):
                inside.write(piece)
                yield target.taken()
    except FileNotFoundError as error:
        raise ReceiptFileMissing(receipt=str(receipt_id), name=name) from error
