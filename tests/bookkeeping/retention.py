"""Receipts at the end of their time, for the tests of what is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Membership
from bookkeeping.erase_due import erase_due
from bookkeeping.kept import kept
from bookkeeping.models import BookSettings
from bookkeeping.tell_due import tell_due
from expenses.lock_period import lock_period
from expenses.models import Expense, Lane, LockKind
from receipts.models import Receipt
from tests.expenses.conftest import buy, freeze, make_receipt

# Denmark keeps five years from the end of the year: what was bought in 2020 is over on 1 January 2026.
LONG_AGO = datetime(2020, 5, 4, 12, tzinfo=UTC)
OVER = datetime(2026, 1, 1, 3, tzinfo=UTC)
TOLD = OVER - timedelta(days=30)


def settings_of(person: Membership) -> BookSettings:
    return BookSettings.objects.select_related("company").get(company=person.company_id)


def old_receipt(owner: Membership, *, at: datetime = LONG_AGO, files: bool = True, **fields: Any) -> Receipt:
    """Make a receipt of long ago that is on no expense."""
    values = {"total": 14800, "merchant": "Kaffebar Nordhavn", "day": f"{at:%Y-%m-%d}", "created_at": at}
    receipt = make_receipt(owner, **{**values, **fields})
    if files:
        for page in receipt.pages.all():
            for key in (page.image_key, page.thumbnail_key):
                default_storage.save(key, ContentFile(b"picture"))
        default_storage.save(receipt.key, ContentFile(b"original"))
    return receipt


def booked(owner: Membership, *, at: datetime = LONG_AGO, lane: str = Lane.EXPORTED, **fields: Any) -> Expense:
    """Make an exported purchase of long ago with its receipt."""
    from expenses.attach import attach

    expense = buy(owner, occurred_at=at)
    attach(expense=expense, receipt=old_receipt(owner, at=at, **fields), by=owner, now=at)
    return freeze(expense, lane) if lane else expense


def paper_of(expense: Expense) -> Receipt:
    return Receipt.objects.get(attachments__expense=expense, attachments__detached_at=None)


def close_all(by: Membership, upto: date = date(2025, 12, 31)) -> None:
    lock_period(by=by, kind=LockKind.EDITS, upto=upto, now=OVER + timedelta(days=1))


def tell_and_erase(by: Membership, *, now: datetime = OVER, **options: Any) -> int:
    """Tell a month before, as the nightly task does, then erase."""
    tell_due(settings=settings_of(by), now=now - timedelta(days=30))
    return erase_due(settings=settings_of(by), now=now, **options)


def keeping(receipt: Receipt) -> str:
    row: Any = kept(receipt.company).get(pk=receipt.pk)
    return str(row.keeping)


def stored(receipt: Receipt) -> list[str]:
    """Return what of a receipt is still in the storage."""
    base = receipt.key.rpartition("/")[0]
    try:
        return sorted(default_storage.listdir(base)[1])
    except FileNotFoundError:
        return []
