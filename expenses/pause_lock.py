"""Leave a person's cards alone although receipts are missing: for a while, or for good. And take that back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import LockEnd, LockPause, ReceiptLock
from expenses.receipt_lock import end_lock
from pleo.lib.errors import DomainError, WrongState


class PauseNeedsReason(DomainError):
    """Somebody will ask why."""

    code = "pause_needs_reason"
    field = "reason"

    def message(self) -> str:
        return gettext("Say why this person’s cards are left alone.")


class PauseOver(DomainError):
    """The pause would be over before it begins."""

    code = "pause_over"
    field = "until"

    def message(self) -> str:
        return gettext("Choose a day to come, or none.")


class OwnPause(DomainError):
    """Nobody lets themselves off."""

    code = "own_pause"
    status = 403

    def message(self) -> str:
        return gettext("Somebody else has to do this for you.")


@transaction.atomic
def pause_lock(*, person: Membership, by: Membership, reason: str, until: datetime | None, now: datetime) -> LockPause:
    """Pause the lock; cards that rest for it wake at once. A pause that stands is replaced. Nobody pauses their own.

    Raises NotYours, OwnPause, PauseNeedsReason, PauseOver, WrongState.
    """
    reason = " ".join(reason.replace("\x00", "").split())[:200]
    _refuse(person, by)
    if not reason:
        raise PauseNeedsReason
    if until is not None and until <= now:
        raise PauseOver
    locked = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("company").get(pk=person.pk)
    LockPause.objects.filter(person=locked, ended_at=None).update(ended_at=now)
    try:
        with transaction.atomic():
            row: LockPause = LockPause.objects.create(
                company_id=locked.company_id, person=locked, until=until, reason=reason, by=by, created_at=now
            )
    except IntegrityError:
        raise WrongState from None
    standing = ReceiptLock.objects.open().filter(person=locked).first()
    if standing is not None:
        end_lock(standing, locked, because=LockEnd.PAUSED, by=by, now=now)
    changes = {"reason": reason, "until": until.isoformat() if until else None}
    record(company=locked.company, verb="receipt_lock.paused", subject=locked, by=by, changes=changes, now=now)
    return row


@transaction.atomic
def resume_lock(*, pause: LockPause, by: Membership, now: datetime) -> None:
    """End a pause. Cards do not rest at once: the person is warned first, as ever. Raises NotYours, OwnPause, WrongState."""
    _refuse(pause.person, by)
    if not LockPause.objects.filter(pk=pause.pk, ended_at=None).update(ended_at=now):
        raise WrongState
    record(company=pause.company, verb="receipt_lock.resumed", subject=pause.person, by=by, now=now)


def _refuse(person: Membership, by: Membership) -> None:
    if not by.can("receipts.rules") or person.company_id != by.company_id:
        raise NotYours
    if person.pk == by.pk:
        raise OwnPause
