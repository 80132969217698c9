"""Make pages of a received file and read them. Safe to run again, to be killed half-way, and to lose its lease."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events.record import record
from pleo.lib import files
from pleo.lib.search import search_text
from pleo.lib.storage_down import StorageDown
from pleo.lib.work import LeaseLost
from receipts.alike import alike_key
from receipts.media import KINDS
from receipts.models import Page, Reading, Receipt, ReceiptStatus, Scan, Source
from receipts.normalise import Interrupted, Normalised, PageFile, Unreadable, normalise, turn
from receipts.reading.engine import EngineDown
from receipts.reading.read import NOT_READ, Read, read
from receipts.scan_virus import ScannerDown, is_scanning, scan_virus
from receipts.signals import receipt_ready

logger = logging.getLogger(__name__)


def process(*, receipt_id: UUID, now: datetime) -> None:
    """Claim a receipt, normalise and read it, and mark it ready or unreadable. Does nothing when another worker has it.

    Faults of the file end in `unreadable` with a code; faults of the machine (storage, a killed decoder) are tried again.
    """
    receipt = Receipt.claim(receipt_id, now=now)
    if receipt is None:
        return
    try:
        with _made(receipt) as (made, found):
            _finish(receipt, made, found)
    except Unreadable as error:
        _give_up(receipt, error)
    except LeaseLost:
        logger.info("receipt %s: another worker has finished or taken it", receipt.pk)
    except FileNotFoundError:
        _give_up(receipt, Unreadable("original_missing"))
    except StorageDown:
        receipt.postpone("storage_down", now=timezone.now())
    except EngineDown as error:
        logger.warning("receipt %s waits for the engine that reads: %s", receipt.pk, error)
        receipt.postpone("engine_down", now=timezone.now())
    except ScannerDown as error:
        logger.warning("receipt %s waits for the virus scanner: %s", receipt.pk, error)
        receipt.postpone("scanner_down", now=timezone.now())
    except Interrupted:
        receipt.put_back("decoder_killed", now=timezone.now())
    except MemoryError:
        receipt.put_back("too_much_memory", now=timezone.now())
    except Exception:
        # Whatever it is, the row must not wait for its lease to run out; the error tracker gets the rest.
        receipt.put_back("our_fault", now=timezone.now())
        raise


@contextlib.contextmanager
def _made(receipt: Receipt) -> Iterator[tuple[Normalised, Read]]:
    """Yield the pages, already stored, and what they say. Nothing is written to the database yet."""
    with tempfile.TemporaryDirectory(prefix="receipt-") as name:
        folder = Path(name)
        original = folder / "original"
        files.fetch(receipt.key, original)
        _scan(receipt, original)
        made = normalise(original=original, kind=KINDS[receipt.media_type], folder=folder)
        # What we wrote ourselves is no evidence of what a shop printed.
        found = NOT_READ if receipt.source == Source.DECLARED else read(made, country=receipt.company.country)
        made = replace(made, pages=[turn(page, degrees=found.turns.get(page.number, 0)) for page in made.pages])
        for page in made.pages:
            _store(receipt, page)
        yield made, found


def _scan(receipt: Receipt, original: Path) -> None:
    """Have a file looked at for viruses, before anything opens it. Raises Unreadable for an infected one.

    Raises ScannerDown where nobody answers and CLAMD_REQUIRED says that nothing goes on unscanned.
    """
    if not is_scanning() or receipt.source == Source.DECLARED:
        return
    try:
        verdict = scan_virus(original)
    except ScannerDown as error:
        if settings.CLAMD_REQUIRED:
            raise
        logger.warning("receipt %s goes on unscanned: %s", receipt.pk, error)
        return
    scan = Scan.CLEAN if verdict.is_clean else Scan.INFECTED
    Receipt.objects.filter(pk=receipt.pk).update(scan=scan)
    receipt.scan = scan
    if not verdict.is_clean:
        raise Unreadable("infected", virus=verdict.name)


def page_keys(receipt: Receipt, number: int) -> dict[str, str]:
    """Return the object keys of a page: the same for every try, so that a second one replaces the first."""
    base = receipt.key.rpartition("/")[0]
    return {
        "image_key": f"{base}/page-{number}",
        "thumbnail_key": f"{base}/thumb-{number}",
        "small_key": f"{base}/small-{number}",
    }


def _store(receipt: Receipt, page: PageFile) -> None:
    keys = page_keys(receipt, page.number)
    files.put(keys["image_key"], page.image.read_bytes(), "image/jpeg")
    files.put(keys["thumbnail_key"], page.thumbnail.read_bytes(), "image/webp")
    files.put(keys["small_key"], page.small.read_bytes(), "image/webp")


def _finish(receipt: Receipt, made: Normalised, found: Read) -> None:
    """Write pages and reading, and mark the receipt ready, in one transaction. Raises LeaseLost."""
    with receipt.finishing():
        receipt.pages.all().delete()
        Page.objects.bulk_create(
            Page(
                company_id=receipt.company_id,
                receipt=receipt,
                number=page.number,
                width=page.width,
                height=page.height,
                **page_keys(receipt, page.number),
            )
            for page in made.pages
        )
        Reading.objects.create(
            company_id=receipt.company_id,
            receipt=receipt,
            engine=found.engine,
            version=found.version,
            fields=found.fields,
            amounts=found.amounts,
            lines=found.lines,
        )
        receipt.page_count, receipt.ready_at = made.page_count, timezone.now()
        # All declarations look alike; only what was photographed is compared by its looks.
        receipt.image_hash = "" if receipt.source == Source.DECLARED else made.image_hash
        receipt.search_text, receipt.alike_key = _search_text(receipt, found), alike_key(found.fields)
        receipt.save(update_fields=["page_count", "image_hash", "ready_at", "search_text", "alike_key"])
        changes: dict[str, Any] = {"pages": made.page_count, "engine": found.engine, "read": sorted(found.fields)}
        record(company=receipt.company, verb="receipt.ready", subject=receipt, changes=changes)
        transaction.on_commit(lambda: receipt_ready.send_robust(sender=Receipt, receipt=receipt), robust=True)


def _search_text(receipt: Receipt, found: Read) -> str:
    merchant = found.fields.get("merchant", {}).get("value", "")
    return search_text(receipt.file_name, merchant)


def _give_up(receipt: Receipt, error: Unreadable) -> None:
    """Mark the receipt unreadable for good, with what a person needs to know. The original stays."""
    with transaction.atomic():
        receipt.give_up(error.code, **error.params)
        mine = Receipt.objects.filter(pk=receipt.pk, status=ReceiptStatus.UNREADABLE, attempts=receipt.attempts)
        if mine.exists():
            changes = {"code": error.code, **error.params}
            record(company=receipt.company, verb="receipt.unreadable", subject=receipt, changes=changes)
