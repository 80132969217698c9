"""Find exports that nobody works on, and tell of those that died without a word."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from bookkeeping.build import tell_failed
from bookkeeping.models import Export, ExportJob, ExportStatus
from bookkeeping.models.destinations import DestinationKind
from events.models import Event

PATIENCE = timedelta(seconds=10)
DIED = "worker_died"


def sweep_exports(*, now: datetime) -> list[UUID]:
    """Return the exports to ring for. Those whose workers died too often have failed by now; each is told of once."""
    ids = Export.overdue(now=now, waiting_since=now - PATIENCE)
    told = Event.objects.filter(verb="export.failed", subject_type="bookkeeping.export", subject_id=OuterRef("pk"))
    silent = Export.objects.filter(~Exists(told), status=ExportStatus.FAILED, last_error__code=DIED, withdrawn_at=None)
    for export in silent.select_related("company", "by"):
        with transaction.atomic():
            tell_failed(export, DIED)
    return ids


def overdue_jobs(*, now: datetime) -> list[UUID]:
    """Return the jobs to ring for that a worker of ours pushes. Those of connectors wait for their connector."""
    pushed = ExportJob.objects.exclude(destination__kind=DestinationKind.CONNECTOR)
    return list(
        pushed.filter(pk__in=ExportJob.overdue(now=now, waiting_since=now - PATIENCE)).values_list("pk", flat=True)
    )
