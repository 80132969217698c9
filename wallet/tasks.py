"""What the worker does for the wallet. Every task is idempotent and finds its company by the row."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from wallet import charge_fee


@shared_task(name="wallet.tasks.charge_fees")
def charge_fees(**_: Any) -> None:
    charge_fee.charge_due(now=timezone.now())
