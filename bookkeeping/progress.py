"""How far an export is: counted, committed, and fenced so that a worker that lost its lease stops."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from bookkeeping.models import Export, ExportStatus
from pleo.lib.work import LeaseLost


def advance(export: Export, *, done: int, **fields: Any) -> None:
    """Say how many entries and receipts are done, and hold the lease for longer. Raises LeaseLost."""
    now = timezone.now()
    mine = Export.objects.filter(pk=export.pk, status=ExportStatus.RUNNING, attempts=export.attempts)
    if not mine.update(progress_done=done, lease_until=now + Export.LEASE, **fields):
        raise LeaseLost(export.pk)
    export.progress_done = done
