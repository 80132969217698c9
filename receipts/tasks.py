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
    """Ring again for receipts that nobody works on, and give up those that killed every worker."""
    from receipts.give_up import give_up_the_dead
    from receipts.models import Receipt

    now = timezone.now()
    give_up_the_dead(now=now)
    for receipt_id in Receipt.overdue(now=now, waiting_since=now - timedelta(seconds=30)):
        work.enqueue(process, receipt_id=receipt_id)


@shared_task(name="receipts.tasks.collect_orphans")
def collect_orphans(**_: Any) -> None:
    """Remove files that a process stored and died before it wrote their row."""
    from receipts.collect_orphans import collect_orphans as collect

    for _found in collect(now=timezone.now(), delete=True):
        pass
