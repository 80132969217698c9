"""Release what no shop came for: our own end of an authorization at its `expires_at`."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from cards.intake import OWN, deliver
from cards.issuers.base import Message
from cards.models import Authorization, MessageKind


def expire(*, now: datetime | None = None, limit: int = 500) -> int:
    """Release every authorization whose time is over, once each. Returns how many.

    The release is a message like any other and takes the card's lock: a clearing at the same moment is booked before or
    after it, and both orders end the same. A clearing that comes later is still booked.
    """
    now = now or timezone.now()
    due = (
        Authorization.objects.filter(open_amount__gt=0, expires_at__lte=now)
        .select_related("card")
        .order_by("expires_at", "id")[:limit]
    )
    for authorization in due:
        release(authorization=authorization, now=now)
    return len(due)


def release(*, authorization: Authorization, now: datetime) -> None:
    """Release one authorization whole."""
    assert authorization.expires_at is not None, "what holds money has an end"
    deliver(
        message=Message(
            issuer=authorization.issuer,
            message_id=f"{OWN}expiry:{authorization.pk}",
            kind=MessageKind.EXPIRY,
            occurred_at=authorization.expires_at,
            card_reference=authorization.card.issuer_reference,
            authorization_reference=authorization.issuer_reference,
        ),
        now=now,
    )
