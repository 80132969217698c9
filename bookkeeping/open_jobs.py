"""Jobs for the destinations of a company: made with the export, in the transaction that makes it count."""

from __future__ import annotations

from datetime import datetime

from bookkeeping import tasks
from bookkeeping.models import Export, JournalEntry
from bookkeeping.models.destinations import Destination, DestinationKind, ExportJob, ExportJobItem
from events.record import record
from pleo.lib import work

EXPIRES = 3600


def open_jobs(*, export: Export, now: datetime) -> list[ExportJob]:
    """Make a job with an item for each entry, for every destination that is connected; once for each."""
    made = []
    for destination in Destination.objects.for_company(export.company).filter(disconnected_at=None):
        job, is_new = ExportJob.objects.get_or_create(
            destination=destination, export=export, defaults={"company": export.company, "created_at": now}
        )
        if not is_new:
            continue
        entries = JournalEntry.objects.filter(export=export).order_by("series", "voucher_number")
        ExportJobItem.objects.bulk_create(
            (
                ExportJobItem(company_id=job.company_id, job=job, entry_id=pk, voucher_number=number)
                for pk, number in entries.values_list("pk", "voucher_number").iterator(chunk_size=2000)
            ),
            batch_size=500,
        )
        record(
            company=export.company, verb="export_job.created", subject=job, label=f"#{export.number}", now=now,
            changes={"destination": destination.kind, "entries": export.item_count, "expires_in": EXPIRES},
        )  # fmt: skip
        if destination.kind != DestinationKind.CONNECTOR:
            work.enqueue(tasks.push, job_id=job.pk)
        made.append(job)
    return made
