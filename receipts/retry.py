"""Read a receipt again that could not be read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib import work
from pleo.lib.errors import WrongState
from receipts import tasks
from receipts.models import Receipt


@transaction.atomic
def retry(*, receipt: Receipt, by: Membership, now: datetime) -> Receipt:
    """Put an unreadable receipt back in line. Raises WrongState when it is not unreadable (any more), or erased."""
    if not Receipt.retry(receipt.pk, erased_at=None):
        raise WrongState
    record(company=receipt.company, verb="receipt.retried", subject=receipt, by=by, now=now)
    work.enqueue(tasks.process, receipt_id=receipt.pk)
    receipt.refresh_from_db()
    return receipt
