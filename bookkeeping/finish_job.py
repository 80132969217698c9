"""A job ends: everything arrived, some was refused, or it stopped; and begins again with what is left."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from bookkeeping import tasks
from bookkeeping.models import Export
from bookkeeping.models.destinations import (
    DestinationKind,
    ExportJob,
    ExportJobItem,
    JobItemStatus,
    JobStatus,
)
from events.record import record
from pleo.lib import work
from pleo.lib.errors import WrongState

LEFT = (JobItemStatus.PENDING, JobItemStatus.IN_PROGRESS)


def finish_job(*, job: ExportJob, now: datetime, by: Membership | None = None) -> None:
    """End a job whose lease is ours. What nobody spoke of is abandoned. Raises LeaseLost."""
    with job.finishing():
        job.items.filter(status__in=LEFT).update(status=JobItemStatus.ABANDONED)
        wrong = job.items.exclude(status=JobItemStatus.SUCCESSFUL).count()
        job.status = JobStatus.WITH_ERRORS if wrong else JobStatus.COMPLETED
        ExportJob.objects.filter(pk=job.pk).update(status=job.status, completed_at=now)
        _tell(job, "export_job.completed", now=now, by=by, wrong=wrong)


def stop_job(*, job: ExportJob, type: str, reason: str = "", by: Membership | None = None) -> None:
    """Stop a job: somebody has to mend something. Its items stay as they are, to be gone on with."""
    with transaction.atomic():
        rows = ExportJob.objects.filter(pk=job.pk, attempts=job.attempts)
        rows.filter(status__in=[JobStatus.STARTED, JobStatus.FAILED]).update(
            status=JobStatus.FAILED, lease_until=None, last_error={"code": type, "reason": reason}
        )
        _tell(job, "export_job.failed", by=by, reason=type)


def _tell(
    job: ExportJob, verb: str, *, by: Membership | None = None, now: datetime | None = None, **changes: object
) -> None:
    record(
        company=job.company, verb=verb, subject=job, by=by, now=now, label=f"#{job.export.number}",
        changes={"destination": job.destination.kind, **changes},
    )  # fmt: skip


@transaction.atomic
def retry_job(*, job: ExportJob, by: Membership) -> ExportJob:
    """Go on with what did not arrive; what arrived is left alone. Raises WrongState while it runs or when nothing is left."""
    row = ExportJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    if row.is_open or Export.objects.filter(pk=row.export_id).exclude(withdrawn_at=None).exists():
        raise WrongState
    failed = row.items.filter(status__in=[JobItemStatus.FAILED, JobItemStatus.ABANDONED])
    failed.update(status=JobItemStatus.PENDING, failure_type="", failure_reason="")
    if not ExportJobItem.objects.filter(job=row, status__in=LEFT).exists():
        raise WrongState
    row.status, row.counted_from, row.lease_until = JobStatus.PENDING, row.attempts, None
    row.last_error, row.completed_at, row.taken_by = None, None, None
    row.save(update_fields=["status", "counted_from", "lease_until", "last_error", "completed_at", "taken_by"])
    record(company=by.company, verb="export_job.tried_again", subject=row, by=by, label=f"#{row.export.number}")
    if row.destination.kind != DestinationKind.CONNECTOR:
        work.enqueue(tasks.push, job_id=row.pk)
    return row
