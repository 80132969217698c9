"""Give up receipts whose worker died at every try, and say so: a row that no worker has any more can tell nobody itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from events.record import record
from receipts.models import Receipt, ReceiptStatus

DIED = {"code": "worker_died"}


def give_up_the_dead(*, now: datetime) -> int:
    """Mark receipts unreadable that used up their tries without an answer; returns how many. Repeating is safe."""
    dead = Receipt.objects.filter(
        status=ReceiptStatus.PROCESSING,
        lease_until__lte=now,
        attempts__gte=F("counted_from") + Receipt.MAX_ATTEMPTS,
    ).select_related("company")
    return sum(_give_up(receipt, now) for receipt in dead[:500])


@transaction.atomic
def _give_up(receipt: Receipt, now: datetime) -> bool:
    mine = Receipt.objects.filter(
        pk=receipt.pk, status=ReceiptStatus.PROCESSING, attempts=receipt.attempts, lease_until__lte=now
    )
    if not mine.update(status=ReceiptStatus.UNREADABLE, lease_until=None, last_error=DIED):
        return False
    record(company=receipt.company, verb="receipt.unreadable", subject=receipt, changes=DIED, now=now)
    return True
