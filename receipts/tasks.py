"""Entry points of the worker for receipts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from pleo.lib import work


@shared_task(name="receipts.tasks.process")
def process(receipt_id: str, **_: Any) -> None:
    """Make pages of a receipt and read it. A receipt that another worker has is left alone."""
    from receipts.process import process as run

    run(receipt_id=UUID(receipt_id), now=timezone.now())


@shared_task(name="receipts.tasks.sweep_receipts")
def sweep_receipts(**_: Any) -> None:
    """Ring again for receipts that nobody works on."""
    from receipts.models import Receipt

    now = timezone.now()
    for receipt_id in Receipt.overdue(now=now, waiting_since=now - timedelta(seconds=30)):
        work.enqueue(process, receipt_id=receipt_id)
