"""Take in a file that somebody sent: check it, store it, and only then write the row that promises to read it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from pleo.lib import files, work
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.search import search_text
from pleo.lib.storage_down import telling_storage_faults
from receipts import tasks
from receipts.media import HEAD_BYTES, Kind, kind_of, stranger
from receipts.models import Receipt
from receipts.storage_down import remove_leftover


class ReceiptEmpty(DomainError):
    """The file has no bytes: usually a photo that was still being fetched from a cloud."""

    code = "receipt_empty"
    field = "file"

    def message(self) -> str:
        return gettext("The file is empty. Open it on your device once, then send it again.")


class ReceiptTooLarge(DomainError):
    """The file is beyond RECEIPT_MAX_BYTES."""

    code = "receipt_too_large"
    status = 413
    field = "file"

    def message(self) -> str:
        limit = self.params["limit"] // 1024**2 or 1
        return gettext("The file is larger than %(limit)s MB. Send a photo of it, or a PDF with fewer pages.") % {
            "limit": limit
        }


class ReceiptTypeUnknown(DomainError):
    """The first bytes are not those of a picture or a PDF, whatever the name says."""

    code = "receipt_type_unknown"
    field = "file"

    def message(self) -> str:
        return {
            "web_page": gettext(
                "This is a web page, not a receipt. Print it to a PDF or take a screenshot, and send that."
            ),
            "drawing": gettext("SVG drawings are not taken. Send the receipt as JPEG, PNG or PDF."),
            "program": gettext("This is a program, not a receipt. Nothing was kept."),
            "archive": gettext("This is an archive or an office document. Send the receipt itself as a photo or PDF."),
            "film": gettext("This is a video. Send a photo or a PDF of the receipt."),
            "xml": gettext(
                "This XML is no invoice. Electronic invoices (UBL, CII) can be read, and so can PDFs and photos."
            ),
        }.get(
            self.params["seems"],
            gettext(
                "This is no receipt. JPEG, PNG, HEIC, WebP, TIFF, GIF, PDF, e-invoices (XML) and mails (EML) can be read."
            ),
        )


class ClientKeyReused(DomainError):
    """The sender used the same key for another file before."""

    code = "client_key_reused"
    field = "client_key"

    def message(self) -> str:
        return gettext("Another file was sent with this key before. Use a new key for each file.")


def explain_refusal(error: dict[str, Any]) -> str:
    """Return the sentence of a refusal that was stored as its code and parameters."""
    kinds: dict[str, type[DomainError]] = {
        each.code: each for each in (ReceiptEmpty, ReceiptTooLarge, ReceiptTypeUnknown)
    }
    kind = kinds.get(error.get("code", ""))
    return kind(**{name: value for name, value in error.items() if name != "code"}).message() if kind else ""


def ingest(*, by: Membership, file: Any, source: str, client_key: str, now: datetime) -> Receipt:
    """Store a file and return its receipt, which a worker will read. The same key and file again return the same receipt.

    `file` is an uploaded file: `chunks()`, `size`, `name`, seekable; one that lies in the bucket already has
    `store_as(key, type)`. The original is stored before the row, so that no row ever promises a file that is not there.
    Raises ReceiptEmpty, ReceiptTooLarge, ReceiptTypeUnknown, ClientKeyReused, StorageDown.
    """
    kind, size, sha256 = inspect(file)
    known = Receipt.objects.filter(uploaded_by=by, client_key=client_key).first()
    if known is None:
        known = _store(by, file, source, client_key, now, kind, size, sha256)
    if known.sha256 != sha256:
        raise ClientKeyReused
    return known


def inspect(file: Any) -> tuple[Kind, int, str]:
    """Return kind, size and sha256 of an upload, read once in pieces. The size is what was read, not what was claimed."""
    limit = settings.RECEIPT_MAX_BYTES
    if (getattr(file, "size", 0) or 0) > limit:
        raise ReceiptTooLarge(limit=limit)
    digest, size, head = hashlib.sha256(), 0, b""
    file.seek(0)
    for chunk in file.chunks():
        size += len(chunk)
        if size > limit:
            raise ReceiptTooLarge(limit=limit)
        digest.update(chunk)
        if len(head) < HEAD_BYTES:
            head += chunk[: HEAD_BYTES - len(head)]
    if not size:
        raise ReceiptEmpty
    kind = kind_of(head)
    if kind is None:
        raise ReceiptTypeUnknown(seems=stranger(head))
    return kind, size, digest.hexdigest()


def original_key(company_id: UUID, receipt_id: UUID, now: datetime) -> str:
    """Return where an original is kept: nothing in it comes from a person."""
    return f"{company_id}/{now:%Y}/{receipt_id}/original"


def _store(
    by: Membership, file: Any, source: str, client_key: str, now: datetime, kind: Kind, size: int, sha256: str
) -> Receipt:
    receipt = Receipt(
        id=uuid7(),
        company_id=by.company_id,
        uploaded_by=by,
        source=source,
        client_key=client_key,
        file_name=files.clean_name(getattr(file, "name", "") or ""),
        media_type=kind.media_type,
        size=size,
        sha256=sha256,
    )
    receipt.search_text = search_text(receipt.file_name)
    receipt.key = original_key(by.company_id, receipt.pk, now)
    if hasattr(file, "store_as"):
        with telling_storage_faults():
            file.store_as(receipt.key, kind.media_type)
    else:
        files.put(receipt.key, file, kind.media_type)
    try:
        with transaction.atomic():
            receipt.save(force_insert=True)
            changes = {"source": source, "media_type": kind.media_type, "size": size, "sha256": sha256}
            record(company=by.company, verb="receipt.received", subject=receipt, by=by, changes=changes, now=now)
            work.enqueue(tasks.process, receipt_id=receipt.pk)
    except IntegrityError:
        # The same key was sent twice at once and the other one was first; our copy of the file is not needed.
        winner = Receipt.objects.filter(uploaded_by=by, client_key=client_key).first()
        if winner is None:
            raise
        remove_leftover(receipt.key)
        return winner
    return receipt
