"""Take the file of a released run: the first taking is written down, and from then on the run cannot be undone."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import ReimbursementRun, RunStatus
from expenses.seal import unseal
from pleo.lib.errors import WrongState


@transaction.atomic
def fetch_run_file(*, run: ReimbursementRun, by: Membership, now: datetime) -> bytes:
    """Return the bytes made at the release, the same each time. Raises NotYours, WrongState."""
    if not by.can("reimbursements.prepare"):
        raise NotYours
    locked = (
        ReimbursementRun.objects.select_for_update(no_key=True, of=("self",)).select_related("company").get(pk=run.pk)
    )
    if locked.status not in (RunStatus.RELEASED, RunStatus.FINISHED):
        raise WrongState
    content = unseal(locked.sealed_file)
    assert hashlib.sha256(content).hexdigest() == locked.sha256, "a payment file is given out as it was made"
    if locked.fetched_at is None:
        locked.fetched_at, locked.fetched_by = now, by
        locked.save(update_fields=["fetched_at", "fetched_by"])
    record(company=locked.company, verb="run.fetched", subject=locked, by=by, now=now)
    return content
