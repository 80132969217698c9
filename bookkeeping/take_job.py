"""A connector works on a job: takes it for an hour, says of each entry what became of it, and ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.finish_job import finish_job, stop_job
from bookkeeping.models import Export, ExportJob, ExportJobItem
from bookkeeping.models.destinations import DestinationKind, JobItemStatus, JobStatus
from events.record import record
from pleo.lib.errors import DomainError, WrongState

LEASE = timedelta(hours=1)
MOST_ITEMS = 100
# What a connector may say of an item.
SAID = (JobItemStatus.IN_PROGRESS, JobItemStatus.SUCCESSFUL, JobItemStatus.FAILED)


class JobTaken(DomainError):
    """Another connector works on it, and its hour is not over."""

    code = "export_job_taken"
    status = 409

    def message(self) -> str:
        return gettext("Another connector took this job until %(until)s.") % self.params


class JobNotYours(DomainError):
    """It was not taken by this token's holder, or the hour is over, or it has ended: nothing more is said of it."""

    code = "export_job_not_taken"
    status = 409

    def message(self) -> str:
        return gettext("Take the job first. Its hour may be over, or it has ended.")


@dataclass(frozen=True)
class Said:
    """What a connector says of one item."""

    id: UUID
    status: str
    external_id: str = ""
    external_url: str = ""
    failure_type: str = ""
    failure_reason: str = ""
    exported_at: datetime | None = None


@transaction.atomic
def take_job(*, job: ExportJob, by: Membership, now: datetime) -> ExportJob:
    """Take a job for an hour; taking one's own again makes the hour new. Items of a lost hour may have arrived: they stay as said.

    Raises JobTaken; WrongState when it has ended, its export was undone, or it is pushed by us.
    """
    row = ExportJob.objects.select_for_update(no_key=True, of=("self",)).select_related("destination").get(pk=job.pk)
    if row.destination.kind != DestinationKind.CONNECTOR or row.destination.disconnected_at is not None:
        raise WrongState
    if Export.objects.filter(pk=row.export_id).exclude(withdrawn_at=None).exists():
        raise WrongState
    held = row.status == JobStatus.STARTED and row.lease_until is not None and row.lease_until > now
    if held and row.taken_by_id != by.pk:
        raise JobTaken(until=f"{row.lease_until:%Y-%m-%dT%H:%M:%SZ}")
    if not held and ExportJob.claim(row.pk, now=now) is None:
        raise WrongState
    ExportJob.objects.filter(pk=row.pk).update(taken_by=by, lease_until=now + LEASE)
    if not held:
        record(company=by.company, verb="export_job.taken", subject=row, by=by, label=f"#{row.export.number}", now=now)
    row.refresh_from_db()
    return row


def _held(job: ExportJob, by: Membership, now: datetime) -> ExportJob:
    row: ExportJob = ExportJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    if row.status != JobStatus.STARTED or row.taken_by_id != by.pk or row.lease_until is None or row.lease_until <= now:
        raise JobNotYours
    return row


@transaction.atomic
def say_of_items(*, job: ExportJob, by: Membership, said: Sequence[Said], now: datetime) -> list[tuple[UUID, str]]:
    """Keep what a connector says of items; returns for each its id and the code of why it was not kept, empty when it was.

    One that arrived stays arrived: saying so again changes nothing, saying otherwise is refused. Holds the hour anew.
    Raises JobNotYours.
    """
    assert len(said) <= MOST_ITEMS, "the API takes no more at once"
    row = _held(job, by, now)
    ExportJob.objects.filter(pk=row.pk).update(lease_until=now + LEASE)
    known = {item.pk: item for item in ExportJobItem.objects.filter(job=row, pk__in=[one.id for one in said])}
    return [(one.id, _keep(known.get(one.id), one, now)) for one in said]


def _keep(item: ExportJobItem | None, said: Said, now: datetime) -> str:
    if item is None:
        return "item_unknown"
    if item.status == JobItemStatus.SUCCESSFUL:
        same = said.status == JobItemStatus.SUCCESSFUL and said.external_id in ("", item.external_id)
        return "" if same else "item_already_successful"
    if said.status == JobItemStatus.FAILED and not said.failure_type:
        return "failure_type_missing"
    failed = said.status == JobItemStatus.FAILED
    item.status = said.status
    item.failure_type, item.failure_reason = (said.failure_type, said.failure_reason) if failed else ("", "")
    item.external_id, item.external_url = said.external_id or item.external_id, said.external_url or item.external_url
    item.exported_at = (said.exported_at or now) if said.status == JobItemStatus.SUCCESSFUL else None
    item.save(update_fields=["status", "failure_type", "failure_reason", "external_id", "external_url", "exported_at"])
    return ""


@transaction.atomic
def end_job(
    *, job: ExportJob, by: Membership, now: datetime, failure_type: str = "", failure_reason: str = ""
) -> ExportJob:
    """End a job once: as done (items not spoken of are left out), or as stopped with a reason. Said again, nothing changes.

    Raises JobNotYours.
    """
    done = (JobStatus.COMPLETED, JobStatus.WITH_ERRORS)
    known: ExportJob = ExportJob.objects.get(pk=job.pk)
    if known.taken_by_id == by.pk and (known.status == JobStatus.FAILED if failure_type else known.status in done):
        return known
    row = _held(job, by, now)
    if failure_type:
        stop_job(job=row, type=failure_type, reason=failure_reason, by=by)
    else:
        finish_job(job=row, now=now, by=by)
    row.refresh_from_db()
    return row
