"""End a card because nobody needs it any more. It cannot come back."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership
from cards.close import close
from cards.freeze import NotYours, may_manage
from cards.models import Authorization, Card, CloseReason


def open_holds(card: Card) -> QuerySet[Authorization]:
    """Return what is still reserved with a card: it settles, or is released, whatever becomes of the card."""
    return card.authorizations.filter(open_amount__gt=0).order_by("-occurred_at", "-id")


def cancel(*, card: Card, by: Membership, now: datetime | None = None) -> Card:
    """Close a card for good, by its holder or by who manages cards. Raises NotYours, CardClosed."""
    if not may_manage(by, card):
        raise NotYours
    return close(card=card, reason=CloseReason.CANCELLED, by=by, now=now or timezone.now())
