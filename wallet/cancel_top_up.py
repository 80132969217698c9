"""An announced bank transfer was not sent after all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import TopUp, TopUpSource, TopUpStatus


@transaction.atomic
def cancel_top_up(*, top_up: TopUp, by: Membership, now: datetime) -> TopUp:
    """Strike an announcement out. If the money comes all the same, its reference books it. Raises WrongState."""
    rows = TopUp.objects.for_company(by.company).filter(pk=top_up.pk, source=TopUpSource.BANK)
    if not rows.filter(status=TopUpStatus.PENDING).update(status=TopUpStatus.CANCELLED, ended_at=now):
        raise WrongState
    top_up.refresh_from_db()
    record(company=by.company, verb="top_up.cancelled", subject=top_up, by=by, now=now)
    return top_up
