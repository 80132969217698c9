"""Lift a legal hold, with a reason. What it kept is erased in its time again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.models import LegalHold
from bookkeeping.place_hold import HoldNotYours
from bookkeeping.retention_lock import lock_retention
from events.record import record
from pleo.lib.errors import DomainError, WrongState


class LiftNeedsReason(DomainError):
    """Nobody lets evidence go without saying why."""

    code = "lift_needs_reason"
    field = "reason"

    def message(self) -> str:
        return gettext("Write why it need not be kept any longer.")


@transaction.atomic
def lift_hold(*, hold: LegalHold, by: Membership, reason: str, now: datetime) -> LegalHold:
    """End a hold; other holds on the same thing stay. Raises HoldNotYours, LiftNeedsReason, WrongState."""
    if not by.can("legal_holds.lift"):
        raise HoldNotYours
    why = " ".join(reason.split())[:500]
    if not why:
        raise LiftNeedsReason
    lock_retention(hold.company)
    lifted = {"lifted_at": now, "lifted_by": by, "lifted_reason": why}
    if not LegalHold.objects.live().filter(pk=hold.pk).update(**lifted):
        raise WrongState
    changes = {"scope": hold.scope, "reason": why}
    record(
        company=hold.company, verb="legal_hold.lifted", subject=hold, by=by, label=hold.what, changes=changes, now=now
    )
    hold.refresh_from_db()
    return hold
