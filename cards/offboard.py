"""A person leaves, step by step: cards rest, what is reserved settles, cards close, the way in closes. Each step is visible.

Started, the cards rest and can be woken up again by undoing it. Ended, they are closed for good and the person is out. History
stays: cards, purchases and expenses keep their holder.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from accounts.leave import check_leave, leave, may_show_out, rejoin
from accounts.models import Membership, MembershipStatus
from cards.close import close
from cards.freeze import NotYours
from cards.models import (
    LIVE_STATES,
    OPEN_STATES,
    Authorization,
    Card,
    CloseReason,
    Freeze,
    FreezeSource,
    Leaving,
    LeavingStatus,
)
from cards.tell_issuer import tell_soon
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money

logger = logging.getLogger(__name__)


class LeftAlready(WrongState):
    """The person is out already."""

    code = "left_already"

    def message(self) -> str:
        return gettext("%(name)s has left the company.") % self.params


class NotLeaving(WrongState):
    """Nobody has begun to let this person go, or it was ended or undone a moment ago."""

    code = "not_leaving"

    def message(self) -> str:
        return gettext("That was ended or undone a moment ago.")


def reserved(person: Membership) -> Any:
    """Return the purchases of a person that still hold money, those that end first first."""
    rows = Authorization.objects.for_company(person.company).filter(card__cardholder=person, open_amount__gt=0)
    return rows.select_related("card").order_by("expires_at", "id")


def reserved_total(person: Membership) -> Money:
    """Return what all of them hold together."""
    total = reserved(person).order_by().aggregate(total=Sum("open_amount"))["total"]
    return Money(total or 0, person.company.currency)


def current(person: Membership) -> Leaving | None:
    """Return the leaving that is under way."""
    found: Leaving | None = Leaving.objects.filter(membership=person, status=LeavingStatus.STARTED).first()
    return found


@transaction.atomic
def start_leaving(
    *,
    person: Membership,
    by: Membership,
    lead: Membership | None = None,
    waits: bool = False,
    now: datetime | None = None,
) -> Leaving:
    """Begin to let somebody go: every card of theirs rests. Begun before, it only takes the new `lead` and `waits`.

    With `waits` it ends by itself once nothing is reserved. Raises LeftAlready, NotYourself, RoleNotYours, LastOwner, LeadMissing.
    """
    now = now or timezone.now()
    if person.status == MembershipStatus.LEFT:
        raise LeftAlready(name=person.name)
    check_leave(membership=person, lead=lead, by=by)
    known = current(person)
    if known is None:
        try:
            with transaction.atomic():
                known = Leaving.objects.create(
                    company=person.company, membership=person, started_by=by, lead=lead, waits=waits, started_at=now
                )
        except IntegrityError:
            # Two people pressed at the same moment: the second one goes on with the first one's.
            known = current(person)
            if known is None:
                raise
        else:
            record(company=person.company, verb="person.leaving", subject=person, by=by, now=now)
    Leaving.objects.filter(pk=known.pk).update(lead=lead, waits=waits)
    known.refresh_from_db()
    _rest(person, by, now)
    return known


def _rest(person: Membership, by: Membership, now: datetime) -> None:
    """Put every open card to rest. A card that rests for this reason already is left alone."""
    cards = Card.objects.filter(cardholder=person, state__in=OPEN_STATES).exclude(
        freezes__source=FreezeSource.LEAVING, freezes__ended_at=None
    )
    for card in cards.select_related("company").order_by("id"):
        Freeze.objects.create(company=card.company, card=card, source=FreezeSource.LEAVING, by=by, created_at=now)
        changes = {"source": FreezeSource.LEAVING.value, "reason": ""}
        record(company=card.company, verb="card.frozen", subject=card, by=by, changes=changes, now=now)
        tell_soon(card)


def end_leaving(*, leaving: Leaving, by: Membership, now: datetime | None = None) -> Leaving:
    """Close the cards and the way in, now, whatever is still reserved: that settles all the same.

    Card by card and the membership last, each for itself, so that one that was stopped half-way is simply ended again. Raises
    NotLeaving, and what `leave` raises.
    """
    now = now or timezone.now()
    person = leaving.membership
    if Leaving.objects.filter(pk=leaving.pk, status=LeavingStatus.STARTED).first() is None:
        raise NotLeaving
    check_leave(membership=person, lead=leaving.lead, by=by)
    for card in Card.objects.filter(cardholder=person, state__in=OPEN_STATES).select_related("company").order_by("id"):
        close(card=card, reason=CloseReason.LEFT, by=by, now=now)
    with transaction.atomic():
        rows = Leaving.objects.filter(pk=leaving.pk, status=LeavingStatus.STARTED)
        if not rows.update(status=LeavingStatus.DONE, ended_at=now, ended_by=by):
            raise NotLeaving
        leave(membership=person, lead=leaving.lead, by=by, now=now)
    leaving.refresh_from_db()
    return leaving


@transaction.atomic
def undo_leaving(*, leaving: Leaving, by: Membership, now: datetime | None = None) -> Leaving:
    """Let a person stay after all: cards wake up, but for what else keeps them at rest. Raises NotYours, NotLeaving."""
    now = now or timezone.now()
    if not may_show_out(leaving.membership, by):
        raise NotYours
    rows = Leaving.objects.filter(pk=leaving.pk, status=LeavingStatus.STARTED)
    if not rows.update(status=LeavingStatus.UNDONE, ended_at=now, ended_by=by):
        raise NotLeaving
    mine = Freeze.objects.filter(card__cardholder=leaving.membership, source=FreezeSource.LEAVING, ended_at=None)
    for freeze in mine.select_related("card__company"):
        Freeze.objects.filter(pk=freeze.pk).update(ended_at=now, ended_by=by)
        changes = {"sources": [FreezeSource.LEAVING.value]}
        record(company=leaving.company, verb="card.thawed", subject=freeze.card, by=by, changes=changes, now=now)
        tell_soon(freeze.card)
    record(company=leaving.company, verb="person.stays", subject=leaving.membership, by=by, now=now)
    leaving.refresh_from_db()
    return leaving


def let_back_in(*, person: Membership, by: Membership, now: datetime | None = None) -> Membership:
    """Let somebody back in who left. Their cards stay closed. Raises as `rejoin`."""
    return rejoin(membership=person, by=by, now=now or timezone.now())


def end_waiting(*, now: datetime | None = None, limit: int = 50) -> int:
    """End every leaving that waits and has nothing reserved any more. Returns how many."""
    now = now or timezone.now()
    holding = Authorization.objects.filter(open_amount__gt=0).values("card__cardholder")
    due = Leaving.objects.filter(status=LeavingStatus.STARTED, waits=True).exclude(membership__in=holding)
    ended = 0
    for leaving in due.select_related("membership__company", "lead", "started_by")[:limit]:
        try:
            end_leaving(leaving=leaving, by=leaving.started_by, now=now)
        except DomainError as error:
            # Who began it may have left, or the last owner may be meant by now: a person looks at it.
            logger.warning("a leaving did not end: leaving=%s code=%s", leaving.pk, error.code)
            Leaving.objects.filter(pk=leaving.pk).update(waits=False)
        else:
            ended += 1
    return ended


def resting(person: Membership) -> tuple[int, int]:
    """Return how many of a person's open cards rest, and how many there are."""
    cards = Card.objects.filter(cardholder=person, state__in=OPEN_STATES).with_frozen()
    frozen = [card.is_frozen or card.state not in LIVE_STATES for card in cards]
    return sum(frozen), len(frozen)
