"""Start a failed export over because a person asked."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Membership
from bookkeeping import tasks
from bookkeeping.models import Export
from events.record import record
from pleo.lib import work
from pleo.lib.errors import WrongState


@transaction.atomic
def try_again(*, export: Export, by: Membership) -> Export:
    """Let a worker build it once more, with the same items and numbers. Raises WrongState unless it failed and still holds."""
    if not Export.retry(export.pk, withdrawn_at=None):
        raise WrongState
    record(company=export.company, verb="export.tried_again", subject=export, by=by, label=f"#{export.number}")
    work.enqueue(tasks.build, export_id=export.pk)
    export.refresh_from_db()
    return export
