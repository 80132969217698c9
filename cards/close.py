"""End a card for good: nothing new is approved with it. What is reserved still settles, refunds still arrive."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cards.freeze import CardClosed
from cards.models import OPEN_STATES, Card, CardState, CloseReason
from cards.tell_issuer import tell_soon
from events.record import record


@transaction.atomic
def close(*, card: Card, reason: str, by: Membership | None, now: datetime) -> Card:
    """Close a card; who may is for the caller to know. Raises CardClosed when somebody was first.

    The issuer is told after the commit. The freezes stay as they were: a closed card is not thawed.
    """
    assert reason in CloseReason.values, f"{reason} is not a reason"
    changed = Card.objects.filter(pk=card.pk, state__in=OPEN_STATES).update(
        state=CardState.CLOSED, closed_at=now, closed_by=by, close_reason=reason
    )
    if not changed:
        raise CardClosed
    card.refresh_from_db()
    record(company=card.company, verb="card.closed", subject=card, by=by, changes={"because": reason}, now=now)
    tell_soon(card)
    return card


def retire_before(*, card: Card, by: Membership | None, now: datetime) -> None:
    """Close the cards that a card replaces, the whole chain before it, now that it works."""
    old = card.replaces
    while old is not None:
        if old.is_open:
            close(card=old, reason=CloseReason.REPLACED, by=by, now=now)
        old = old.replaces
