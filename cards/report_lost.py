"""A card is lost or stolen: it is closed at once, whoever has it now."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from cards.close import close
from cards.freeze import NotYours, may_manage
from cards.models import Card, CloseReason
from events.models import Event
from events.notify import is_news, notify

LOST, STOLEN = CloseReason.LOST, CloseReason.STOLEN


def report_lost(*, card: Card, because: str, by: Membership, now: datetime | None = None) -> Card:
    """Close a card that was lost or stolen, and tell its holder and finance. `replace` makes the new one.

    Raises NotYours, CardClosed.
    """
    assert because in (LOST, STOLEN), because
    if not may_manage(by, card):
        raise NotYours
    closed = close(card=card, reason=because, by=by, now=now or timezone.now())
    event = Event.objects.for_company(card.company).filter(verb="card.closed", subject_id=card.pk).latest("happened_at")
    managers = card.company.memberships.active().filter(role__in=CAPABILITIES["cards.manage"])
    if is_news(event):
        notify(event=event, memberships=[card.cardholder, *managers], channels=("in_app",))
    return closed
