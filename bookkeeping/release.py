"""Let go of what a failed export held: its items never left the queue and may go into the next one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Company, Membership
from bookkeeping.models import Export, ExportItem, ExportStatus

# What stands as the reason of an export that failed and was replaced; shown as a sentence.
REPLACED = "replaced"


@transaction.atomic
def release_failed(*, company: Company, by: Membership, now: datetime) -> int:
    """Close the failed exports of a company for good, so that nobody can start them again; returns how many."""
    released = 0
    failed = Export.objects.for_company(company).filter(status=ExportStatus.FAILED, withdrawn_at=None)
    for pk in failed.order_by("pk").values_list("pk", flat=True):
        closed = Export.objects.filter(pk=pk, status=ExportStatus.FAILED, withdrawn_at=None).update(
            withdrawn_at=now, withdrawn_by=by, withdrawn_reason=REPLACED
        )
        if closed:
            ExportItem.objects.filter(export=pk, withdrawn_at=None).update(withdrawn_at=now)
            released += 1
    return released
