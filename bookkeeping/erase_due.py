"""Erase receipts whose time is over, and go on with what an earlier run began."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from bookkeeping.kept import Keeping, kept, near, period_of
from bookkeeping.models import BookSettings, RetentionNotice
from bookkeeping.retention_lock import lock_receipt, lock_retention
from bookkeeping.tell_due import AHEAD, tell_due
from pleo.lib.errors import WrongState
from receipts.erase import begin, remove, stop
from receipts.models import EraseRule, Erasure, Receipt

logger = logging.getLogger(__name__)
# What one run erases at most: exports wait in the same queue, and go in between.
MOST = 250


def erase_due(*, settings: BookSettings, now: datetime, most: int = MOST) -> int:
    """Erase at most so many of a company's receipts whose time is over; returns how many. Repeating is safe.

    Nothing goes of which admins were not told 30 days before, that is on hold, of an expense that is not exported or in
    dispute, or of a month that is not closed. Each receipt is looked at again under its locks. Raises StorageDown.
    """
    company, period = settings.company, period_of(settings)
    if not settings.erases:
        return 0
    told = RetentionNotice.objects.for_company(company).filter(told_at__lte=now - AHEAD)
    known = set(told.values_list("due_on", flat=True))
    upto = period.last_due(company.day_of(now))
    rows = kept(company).filter(near(company, upto), erased_at=None, base_day__lte=upto, keeping=Keeping.DUE)
    if not known:
        return 0
    due = [
        pk
        for pk, day in rows.order_by("base_day", "pk").values_list("pk", "base_day")[: most * 2]
        if period.due_on(day) in known
    ]
    done = 0
    for pk in due[:most]:
        erasure = _begin(pk, now)
        if erasure is not None and carry_out(erasure_id=erasure.pk, now=now):
            done += 1
    return done


@transaction.atomic
def _begin(receipt_id: UUID, now: datetime) -> Erasure | None:
    """Hide a receipt if everything still speaks for it; None when somebody was first."""
    receipt = Receipt.objects.select_related("company").get(pk=receipt_id)
    settings = lock_retention(receipt.company)
    lock_receipt(receipt)
    period, today = period_of(settings), receipt.company.day_of(now)
    found: Any = kept(receipt.company).filter(pk=receipt_id, erased_at=None, keeping=Keeping.DUE).first()
    if found is None or not settings.erases or period.due_on(found.base_day) > today:
        return None
    try:
        return begin(receipt=found, rule=EraseRule.RETENTION, by=None, due_on=period.due_on(found.base_day), now=now)
    except WrongState:
        return None


def carry_out(*, erasure_id: UUID, now: datetime) -> bool:
    """Remove the files of a receipt that is hidden already, after a last look for holds; False when it was stopped.

    Killed anywhere, a second call goes on. Raises StorageDown.
    """
    erasure = _past_return(erasure_id, now)
    if erasure is None:
        return False
    remove(erasure=erasure, now=now)
    return True


@transaction.atomic
def _past_return(erasure_id: UUID, now: datetime) -> Erasure | None:
    """Pass the point of no return, unless a hold or anything else came between; then the receipt comes back."""
    erasure = Erasure.objects.select_related("receipt__company", "company").filter(pk=erasure_id).first()
    if erasure is None or erasure.removed_at is not None:
        return None
    lock_retention(erasure.company)
    lock_receipt(erasure.receipt)
    erasure = Erasure.objects.select_related("receipt__company", "company", "by").filter(pk=erasure_id).first()
    if erasure is None or erasure.removed_at is not None or erasure.removing_at is not None:
        return erasure if erasure and erasure.removed_at is None else None
    state = kept(erasure.company).filter(pk=erasure.receipt_id).values_list("keeping", flat=True).get()
    if state == Keeping.HELD or (erasure.rule == EraseRule.RETENTION and state != Keeping.DUE):
        stop(erasure=erasure, now=now)
        return None
    erasure.removing_at = now
    erasure.save(update_fields=["removing_at"])
    return erasure


def open_erasures(*, most: int = MOST) -> list[UUID]:
    """Return erasures whose files are not removed yet, oldest first: a process died, or the bell was not heard."""
    rows = Erasure.objects.filter(removed_at=None).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:most])


def erase_tonight(*, now: datetime) -> int:
    """Go on with what was begun, tell what comes, erase what is due, company by company; returns how many receipts went.

    Raises StorageDown: nothing else would go either, and the next run goes on.
    """
    for pk in open_erasures():
        carry_out(erasure_id=pk, now=now)
    left = MOST
    for settings in BookSettings.objects.select_related("company").order_by("pk").iterator(chunk_size=200):
        tell_due(settings=settings, now=now)
        left -= erase_due(settings=settings, now=now, most=left)
        if left <= 0:
            logger.info("retention: the share of this run is done")
            break
    return MOST - left
