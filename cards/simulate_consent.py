"""A shop of the simulator asks the holder, as an issuer does on its behalf: through the signed door."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from cards import simulate
from cards.issuers.simulator import merchant_fields
from cards.models import Card, ConsentKind, MessageKind
from pleo.lib.ids import uuid7
from pleo.lib.money import Money


def ask(
    *,
    card: Card,
    asks: str = ConsentKind.PAYING,
    amount: Money | None = None,
    seconds: int = 300,
    now: datetime | None = None,
) -> str:
    """Ask "are you paying this?" or "was this you?" about a purchase at the subscription shop. Returns the reference.

    Raises NotSimulated, DoorClosed, DoorRefused.
    """
    if card.issuer != simulate.NAME:
        raise simulate.NotSimulated(issuer=card.issuer)
    now = now or timezone.now()
    shop, reference = simulate.SHOPS["subscription"], f"ask_{uuid7().hex}"
    wanted = amount or simulate.usual(shop, card.account.currency)
    simulate.tell(
        MessageKind.CONSENT,
        now,
        card=card.issuer_reference,
        reference=reference,
        amount=wanted.amount,
        currency=wanted.currency,
        merchant=merchant_fields(shop.merchant),
        asks=str(asks),
        deadline=(now + timedelta(seconds=seconds)).isoformat(),
    )
    return reference
