"""Send the entries of a job to another system, one by one: what arrived is remembered at once, and never sent again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bookkeeping.destinations.connect import port_of
from bookkeeping.destinations.port import ItemRefused, JobStopped, Later, Port, Sent
from bookkeeping.documents import frozen_entries
from bookkeeping.finish_job import finish_job, stop_job
from bookkeeping.formats.document import BookEntry
from bookkeeping.models import Export, Posting
from bookkeeping.models.destinations import ExportJob, ExportJobItem, FailureType, JobItemStatus
from pleo.lib.work import LeaseLost
from receipts.models import Receipt

# A wait that the other system asks for is waited here, up to so many seconds and times; longer ones are left to the sweep.
PATIENT_SECONDS, PATIENT_TIMES = 20, 5


def push(*, job_id: UUID, now: datetime, sleep: Callable[[float], None] = time.sleep) -> ExportJob | None:
    """Send what has not arrived yet; None when another worker has the job or it is done.

    A worker that dies between sending and remembering leaves its item in progress: the next one looks for it over there first.
    """
    job = ExportJob.claim(job_id, now=now)
    if job is None:
        return None
    arrived = 0
    try:
        port = port_of(job.destination)
        for item in job.items.exclude(status__in=_SETTLED).order_by("voucher_number"):
            arrived += _patiently(job, item, port, sleep)
        finish_job(job=job, now=timezone.now())
    except LeaseLost:
        return None
    except Later as error:
        _put_back(job, error, arrived)
    except JobStopped as error:
        stop_job(job=job, type=error.type, reason=error.reason)
    job.refresh_from_db()
    return job


_SETTLED = (JobItemStatus.SUCCESSFUL, JobItemStatus.FAILED, JobItemStatus.ABANDONED)


def _put_back(job: ExportJob, error: Later, arrived: int) -> None:
    if arrived:
        # It goes on, only slowly: tries count from here.
        ExportJob.objects.filter(pk=job.pk, attempts=job.attempts).update(counted_from=F("attempts") - 1)
        job.counted_from = job.attempts - 1
    job.put_back(error.type, now=timezone.now())
    job.refresh_from_db()
    if job.status == ExportJob.WORK.failed:
        stop_job(job=job, type=error.type)


def _patiently(job: ExportJob, item: ExportJobItem, port: Port, sleep: Callable[[float], None]) -> bool:
    """Send an item, waiting where the other system asks for a moment. Returns whether it arrived."""
    for _ in range(PATIENT_TIMES):
        try:
            return _send(job, item, port)
        except Later as error:
            if error.type != FailureType.RATE_LIMIT or error.seconds > PATIENT_SECONDS:
                raise
            sleep(error.seconds)
            item.refresh_from_db()
    raise Later(FailureType.RATE_LIMIT)


def _send(job: ExportJob, item: ExportJobItem, port: Port) -> bool:
    if Export.objects.filter(pk=job.export_id).exclude(withdrawn_at=None).exists():
        raise JobStopped(FailureType.VALIDATION, "The export was undone.")
    entry = next(frozen_entries(Posting.objects.filter(entry=item.entry_id)))
    try:
        sent = _arrived(job, item, entry, port)
        for index, (name, receipt) in enumerate(entry.receipts):
            if index >= item.receipts_sent:
                _attach(job, item, port, sent, name, UUID(receipt))
        _keep(
            job, item, status=JobItemStatus.SUCCESSFUL, exported_at=timezone.now(), failure_type="", failure_reason=""
        )
    except ItemRefused as error:
        _keep(job, item, status=JobItemStatus.FAILED, failure_type=error.type, failure_reason=error.reason[:500])
        return False
    return True


def _arrived(job: ExportJob, item: ExportJobItem, entry: BookEntry, port: Port) -> Sent:
    """Return the entry as the other system knows it: known before, found there, or made now."""
    if item.external_id:
        return Sent(item.external_id, item.external_url)
    found = port.find(entry) if item.status == JobItemStatus.IN_PROGRESS else None
    if found is None:
        _keep(job, item, status=JobItemStatus.IN_PROGRESS)
        found = port.send(entry, key=item.pk.hex)
    _keep(job, item, external_id=found.external_id[:120], external_url=found.url[:500])
    return found


def _attach(job: ExportJob, item: ExportJobItem, port: Port, sent: Sent, name: str, receipt_id: UUID) -> None:
    receipt = Receipt.objects.get(pk=receipt_id)
    if receipt.erased_at is not None:
        # There is nothing to send any more; the entry goes without it.
        _keep(job, item, receipts_sent=item.receipts_sent + 1)
        return
    try:
        with default_storage.open(receipt.key) as file:
            content = file.read()
    except FileNotFoundError:
        raise ItemRefused(FailureType.RECEIPT_DOWNLOAD, name) from None
    port.attach(
        sent, name=name.rpartition("/")[2], content=content, media_type=receipt.media_type, key=f"{item.pk.hex}-{receipt_id.hex}"
    )  # fmt: skip
    _keep(job, item, receipts_sent=item.receipts_sent + 1)


def _keep(job: ExportJob, item: ExportJobItem, **fields: object) -> None:
    """Remember something of an item, and hold the lease for longer, at once. Raises LeaseLost."""
    with transaction.atomic():
        mine = ExportJob.objects.filter(pk=job.pk, status=ExportJob.WORK.running, attempts=job.attempts)
        if not mine.update(lease_until=timezone.now() + ExportJob.LEASE):
            raise LeaseLost(job.pk)
        ExportJobItem.objects.filter(pk=item.pk).update(**fields)
    for name, value in fields.items():
        setattr(item, name, value)
