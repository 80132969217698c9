"""Begin an export: everything in the queue becomes one batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Company, Membership
from accounts.numbering import next_number
from bookkeeping import tasks
from bookkeeping.documents import header_facts
from bookkeeping.formats.registry import CUSTOM, FORMATS
from bookkeeping.models import BookItem, BookLayout, BookSettings, Export, ExportFormat, ExportItem
from bookkeeping.months import Period, open_from
from bookkeeping.release import release_failed
from bookkeeping.vouchers import rules_of
from events.record import record
from expenses.models import Lane
from pleo.lib import work
from pleo.lib.errors import DomainError

WHOLE = Period()


class QueueEmpty(DomainError):
    """Nothing is queued, or an export that is being made holds all of it."""

    code = "queue_empty"

    def message(self) -> str:
        return gettext("The queue is empty. Queue what is ready, then export it.")


class FormatUnknown(DomainError):
    """There is no such file format."""

    code = "format_unknown"
    field = "formats"

    def message(self) -> str:
        return gettext("Choose a format from the list.")


def export(
    *,
    by: Membership,
    client_key: str,
    now: datetime,
    formats: Sequence[str] = ("csv",),
    with_receipts: bool = True,
    with_reports: bool = False,
    receipts_by_month: bool | None = None,
    period: Period = WHOLE,
) -> Export:
    """Make a batch of the whole queue, or of what is dated in a period, and ring for its files. The same `client_key` again
    returns the same batch.

    `formats` are keys of `formats/registry.py`, or `custom:` with the id of one of the company's own layouts; each is written
    into the batch. `with_reports` adds a PDF of each person's expenses with their receipts; `receipts_by_month` says how the ZIP
    of receipts is arranged, None as the book settings do. Two people who press at once never share an item: whoever comes
    second finds what is left, or nothing.
    Raises QueueEmpty, FormatUnknown.
    """
    wanted = list(dict.fromkeys(formats))
    look = options_of(by.company, wanted)
    if receipts_by_month is not None:
        look["by_month"] = receipts_by_month
    asked = {"with_receipts": with_receipts, "with_reports": with_reports}
    mine = Export.objects.for_company(by.company).filter(client_key=client_key)
    known: Export | None = mine.first()
    if known:
        return known
    try:
        with transaction.atomic():
            return _begin(by, client_key, now, wanted, look, asked, period)
    except (IntegrityError, QueueEmpty):
        # Pressed twice: the other press took the items, or the key, a moment ago.
        known = mine.first()
        if known:
            return known
        raise


def options_of(company: Company, formats: Sequence[str]) -> dict[str, Any]:
    """Return how the files of an export look that is begun now, and what they say of the company. Raises FormatUnknown."""
    custom = [key.removeprefix(CUSTOM) for key in formats if key.startswith(CUSTOM)]
    own = {str(layout.pk): layout for layout in BookLayout.objects.for_company(company).filter(archived_at=None)}
    if (
        not formats
        or any(key not in FORMATS and not key.startswith(CUSTOM) for key in formats)
        or set(custom) - set(own)
    ):
        raise FormatUnknown
    settings = BookSettings.objects.get(company=company)
    return {
        "separator": settings.csv_separator,
        "decimal_comma": settings.csv_decimal_comma,
        "by_month": settings.receipts_by_month,
        "layouts": {pk: {"name": own[pk].name, "look": own[pk].look} for pk in custom},
        "header": header_facts(company, settings),
        "vouchers": rules_of(settings),
        **dated(company),
    }


def dated(company: Company) -> dict[str, str]:
    """Return the first open day of the books as an export keeps it; nothing while no month is closed."""
    opens = open_from(company)
    return {"open_from": opens.isoformat()} if opens else {}


def _begin(
    by: Membership,
    client_key: str,
    now: datetime,
    formats: list[str],
    look: dict[str, Any],
    asked: dict[str, bool],
    period: Period,
) -> Export:
    # Whoever closes or opens a month waits here, and the other way round: a batch is begun before or after, never meanwhile.
    BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    look.pop("open_from", None)
    look |= dated(by.company)
    release_failed(company=by.company, by=by, now=now)
    items = _take(by.company, period)
    if not items:
        raise QueueEmpty
    batch = Export.objects.create(
        company=by.company,
        number=next_number(company=by.company, range="export"),
        client_key=client_key,
        by=by,
        format=ExportFormat.CUSTOM if formats[0].startswith(CUSTOM) else formats[0],
        formats=formats,
        **asked,
        options=look,
        currency=by.company.currency,
        item_count=len(items),
        created_at=now,
    )
    ExportItem.objects.bulk_create(
        [
            ExportItem(company=by.company, export=batch, book_item_id=item, position=position)
            for position, item in enumerate(items)
        ],
        batch_size=500,
    )
    record(
        company=by.company, verb="export.created", subject=batch, by=by, now=now, label=_label(batch),
        changes={"entries": len(items), "format": ", ".join(key.partition(":")[0] for key in formats)},
    )  # fmt: skip
    work.enqueue(tasks.build, export_id=batch.pk)
    return batch


def _label(batch: Export) -> str:
    return f"#{batch.number}"


def _take(company: Company, period: Period) -> list[UUID]:
    """Lock the queue, then look which of it is free: a lock that had to wait saw the table as it was before."""
    queued = BookItem.objects.for_company(company).filter(period.within("booked_date"), lane=Lane.QUEUE)
    locked = list(queued.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not locked:
        return []
    return list(queued.unheld().order_by("booked_date", "pk").values_list("pk", flat=True))
