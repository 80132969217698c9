"""A new card in place of another: same holder, limits, rules and account. The chain keeps what was used of the limits."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus
from cards.close import close
from cards.freeze import CardClosed, NotYours, may_manage
from cards.issue import Wish, issue
from cards.issuers.base import Address
from cards.models import (
    LIVE_STATES,
    OPEN_STATES,
    Card,
    CardKind,
    CardState,
    CloseReason,
    LeavingStatus,
    Plastic,
    Shipping,
)
from pleo.lib.errors import DomainError, WrongState

logger = logging.getLogger(__name__)

# Why somebody wants a new card. Lost and stolen ones are ended first, by `report_lost`.
DAMAGED = "damaged"
RENEWED = (CardKind.VIRTUAL, CardKind.PHYSICAL, CardKind.VENDOR)


class AlreadyReplaced(WrongState):
    """There is a newer card in place of this one."""

    code = "already_replaced"

    def message(self) -> str:
        return gettext("This card has been replaced already. The new one is %(card)s.") % self.params


class StillPosted(WrongState):
    """The plastic is on its way; a holder who orders again and again would have a pile of it."""

    code = "still_posted"

    def message(self) -> str:
        return gettext("This card is on its way. If it does not come, say that it is lost, or ask finance.")


def address_of(card: Card) -> Address | None:
    """Return where the card before was sent."""
    plastic = Plastic.objects.filter(card=card).first()
    if plastic is None:
        return None
    return Address(
        name=plastic.recipient,
        line1=plastic.line1,
        line2=plastic.line2,
        postal_code=plastic.postal_code,
        city=plastic.city,
        country=plastic.country,
    )


def is_on_its_way(card: Card) -> bool:
    """Say whether a plastic card is in the post and did not come back."""
    ends = (Shipping.RETURNED, Shipping.FAILED)
    return card.state == CardState.PENDING and Plastic.objects.filter(card=card).exclude(shipping__in=ends).exists()


def replace(
    *,
    card: Card,
    by: Membership | None,
    because: str = DAMAGED,
    ship_to: Address | None = None,
    card_id: UUID | None = None,
    now: datetime | None = None,
) -> Card:
    """Make the card that takes this one's place, sent to `ship_to` or to the last address, and return it.

    The old card works until the new one does: at once for a number, at its activation for plastic. A card that was lost or
    stolen is closed already and can be replaced; one that was ended otherwise cannot. Raises NotYours, AlreadyReplaced,
    CardClosed, StillPosted, and what `issue` raises.
    """
    now = now or timezone.now()
    if by is not None and not may_manage(by, card):
        raise NotYours
    newer = Card.objects.filter(replaces=card).first()
    if newer is not None:
        raise AlreadyReplaced(card=str(newer))
    if not card.is_live and card.close_reason not in (CloseReason.LOST, CloseReason.STOLEN):
        raise CardClosed
    if is_on_its_way(card) and by is not None and not by.can("cards.manage"):
        raise StillPosted
    wish = Wish(
        kind=card.kind,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        ship_to=ship_to or address_of(card),
        replaces=card,
        because=because,
    )
    return issue(cardholder=card.cardholder, name=card.name, by=by, wish=wish, card_id=card_id, now=now)


def renew_expiring(*, now: datetime | None = None, limit: int = 200) -> int:
    """Replace the cards whose last month has begun, a month before they end. Returns how many new ones were made.

    The old one works to the end of its month, or until the new one is activated. Who left gets none, and what was replaced
    already is left alone.
    """
    now = now or timezone.now()
    month = (now + timedelta(days=1)).date().replace(day=1)
    due = Card.objects.filter(
        state__in=LIVE_STATES,
        kind__in=RENEWED,
        expires_month__lte=month,
        replaced_by=None,
        cardholder__status=MembershipStatus.ACTIVE,
    ).exclude(cardholder__leavings__status=LeavingStatus.STARTED)
    due = due.select_related("company", "cardholder", "account", "head")
    made = 0
    for card in due.order_by("expires_month", "id")[:limit]:
        if card.company.day_of(now) < card.expires_month:
            continue
        try:
            replace(card=card, by=None, because=CloseReason.EXPIRED, now=now)
        except DomainError as error:
            # Somebody replaced it a moment ago, or its holder may have no card any more: the others go on.
            logger.warning("not renewed: card=%s error=%s", card.pk, error.code)
        else:
            made += 1
    return made


def end_expired(*, now: datetime | None = None, limit: int = 500) -> int:
    """Close cards whose month is over, and temporary ones whose time is. Returns how many."""
    now = now or timezone.now()
    over = Q(kind=CardKind.TEMPORARY, ends_at__lte=now)
    month = (now + timedelta(days=1)).date().replace(day=1)
    rows = Card.objects.filter(over | Q(expires_month__lt=month), state__in=OPEN_STATES).select_related("company")
    ended = 0
    for card in rows.order_by("id")[:limit]:
        today = card.company.day_of(now)
        if card.ends_at and card.ends_at <= now:
            reason = CloseReason.ENDED
        elif card.state != CardState.ISSUING and card.expires_month < today.replace(day=1):
            reason = CloseReason.EXPIRED
        else:
            continue
        close(card=card, reason=reason, by=None, now=now)
        ended += 1
    return ended
