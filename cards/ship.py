"""What the post and the issuer say about a plastic card: how far it is, and whether its PIN works."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards.freeze import NotYours, may_manage
from cards.issuers import issuer_named
from cards.issuers.base import Unsupported
from cards.models import Card, Pin, Plastic, Shipping
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import WrongState
from pleo.lib.ids import uuid7


class PinNotBlocked(WrongState):
    """The card has no PIN that is blocked, or its issuer cannot unblock it from here."""

    code = "pin_not_blocked"

    def message(self) -> str:
        return gettext("The PIN of this card is not blocked, or only the issuer can unblock it.")


# How far each state is. Only what is further counts: the post's news may come twice and out of order.
STAGES = {
    Shipping.ORDERED: 0,
    Shipping.PRODUCED: 1,
    Shipping.SHIPPED: 2,
    Shipping.DELIVERED: 3,
    Shipping.RETURNED: 4,
    Shipping.FAILED: 4,
}
CLOCKS = {
    Shipping.PRODUCED: "produced_at",
    Shipping.SHIPPED: "shipped_at",
    Shipping.DELIVERED: "delivered_at",
}


@transaction.atomic
def note_shipping(*, card: Card, shipping: str, at: datetime, tracking: str = "") -> bool:
    """Write how far a card in the post is, and tell its holder when it is on its way or came back. False for old news."""
    plastic = Plastic.objects.select_for_update(no_key=True).filter(card=card).first()
    if plastic is None or STAGES[Shipping(shipping)] <= STAGES[Shipping(plastic.shipping)]:
        return False
    before, plastic.shipping = plastic.shipping, Shipping(shipping)
    plastic.tracking = tracking[:80] or plastic.tracking
    if clock := CLOCKS.get(Shipping(shipping)):
        setattr(plastic, clock, at)
    plastic.save(update_fields=["shipping", "tracking", *CLOCKS.values()])
    event = record(
        company=card.company,
        verb="card.shipping_changed",
        subject=card,
        actor=Actor.ISSUER,
        changes={"shipping": [before, shipping]},
        now=at,
    )
    if shipping in (Shipping.SHIPPED, Shipping.RETURNED, Shipping.FAILED) and is_news(event):
        notify(event=event, memberships=[card.cardholder])
    return True


@transaction.atomic
def note_pin(*, card: Card, pin: str, by: Membership | None = None, now: datetime | None = None) -> bool:
    """Write whether a card's PIN is set or blocked. The PIN itself never comes here. False when it is known."""
    if not Plastic.objects.filter(card=card).exclude(pin=pin).update(pin=pin):
        return False
    verb = "card.pin_blocked" if pin == Pin.BLOCKED else "card.pin_set"
    event = record(
        company=card.company,
        verb=verb,
        subject=card,
        by=by,
        actor=None if by else Actor.ISSUER,
        now=now or timezone.now(),
    )
    if pin == Pin.BLOCKED and is_news(event):
        notify(event=event, memberships=[card.cardholder])
    return True


def unblock_pin(*, card: Card, by: Membership, now: datetime | None = None) -> Card:
    """Let a card ask for its PIN again. The issuer is asked first, so this never runs inside a transaction.

    Raises NotYours, PinNotBlocked, and IssuerUnavailable or IssuerRefused when the issuer does not do it.
    """
    if not may_manage(by, card):
        raise NotYours
    plastic = Plastic.objects.filter(card=card, pin=Pin.BLOCKED).first()
    if plastic is None or not card.is_open:
        raise PinNotBlocked
    try:
        issuer_named(card.issuer).unblock_pin(card=card.issuer_reference, key=f"{card.pk}:{uuid7()}")
    except Unsupported:
        raise PinNotBlocked from None
    note_pin(card=card, pin=Pin.SET, by=by, now=now)
    return card
