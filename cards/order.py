"""Write what we want made, in the words of the port."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from cards.issuers import issuer_named
from cards.issuers.base import Address, CardOrder, Holder, Reason
from cards.models import Card, CardKind, CloseReason, IssuerCopy, IssuerHolder, Plastic
from events.models import Actor
from events.notify import notify
from events.record import record

# A card is renewed about a month before it ends.
SOON = timedelta(days=62)
# Why the card before was closed, as far as issuers ask when a new one follows it.
BECAUSE: dict[str, Reason] = {
    CloseReason.LOST: Reason.LOST,
    CloseReason.STOLEN: Reason.STOLEN,
    CloseReason.EXPIRED: Reason.EXPIRED,
    CloseReason.REPLACED: Reason.DAMAGED,
}


def order_of(card: Card, *, today: date) -> CardOrder:
    """Return the order for a card that is wanted. Its id is the key, so that asking twice makes one card."""
    replaced = card.replaces
    is_physical = card.kind == CardKind.PHYSICAL
    plastic = Plastic.objects.filter(card=card).first() if is_physical else None
    return CardOrder(
        key=card.pk,
        holder=_holder(card),
        currency=card.account.currency,
        today=today,
        is_physical=is_physical,
        ship_to=_address(plastic) if plastic else None,
        replaces=replaced.issuer_reference if replaced else "",
        because=_because(replaced, today) if replaced else Reason.NONE,
    )


def _because(replaced: Card, today: date) -> Reason:
    """Say why a card is replaced: as it was closed, else because it ends soon, else because it broke."""
    if known := BECAUSE.get(replaced.close_reason):
        return known
    ends_soon = replaced.expires_month is not None and replaced.expires_month <= today + SOON
    return Reason.EXPIRED if ends_soon else Reason.DAMAGED


def keep_holder(card: Card, reference: str) -> None:
    """Write by what reference an issuer far away knows a cardholder, so that their next card is made for the same."""
    if reference and issuer_named(card.issuer).is_remote:
        IssuerHolder.objects.get_or_create(
            membership=card.cardholder, issuer=card.issuer, defaults={"company": card.company, "reference": reference}
        )


def note_refused(card: Card, code: str, now: datetime) -> None:
    """Write that an issuer does not make a card, and tell whoever wanted it the first time it says so."""
    copy, _ = IssuerCopy.objects.get_or_create(card=card, defaults={"company": card.company})
    before = copy.refused
    copy.refused, copy.sent_at = code[:80], now
    copy.save(update_fields=["refused", "sent_at"])
    if before != copy.refused:
        event = record(
            company=card.company,
            verb="card.refused",
            subject=card,
            actor=Actor.ISSUER,
            changes={"code": copy.refused},
            now=now,
        )
        notify(event=event, memberships=[card.issued_by] if card.issued_by else [])


def _holder(card: Card) -> Holder:
    person = card.cardholder
    known = None
    if issuer_named(card.issuer).is_remote:
        known = IssuerHolder.objects.filter(membership=person, issuer=card.issuer).first()
    return Holder(
        key=person.pk,
        name=person.name,
        email=person.email or (person.user.email if person.user else ""),
        reference=known.reference if known else "",
    )


def _address(plastic: Plastic) -> Address:
    return Address(
        name=plastic.recipient,
        line1=plastic.line1,
        line2=plastic.line2,
        postal_code=plastic.postal_code,
        city=plastic.city,
        country=plastic.country,
    )
