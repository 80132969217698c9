"""Cards for a list: limits, use and last purchase of a whole page of cards in a handful of queries."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from cards.limits import CARD, PERSON, Room, Used, in_force, least, rooms_of, windows_of
from cards.models import Authorization, Card, CardState, Limit, LimitUse
from pleo.lib.money import Money


@dataclass(frozen=True)
class CardRow:
    """A card as a list shows it: its fullest limit, what the next purchase may cost at most, when it was last used."""

    card: Card
    rooms: list[Room]
    left: Money
    last_used: datetime | None

    @property
    def fullest(self) -> Room | None:
        """The limit with the least room, of those that count."""
        counting = [room for room in self.rooms if room.used is not None and not room.is_cash]
        return max(counting, key=lambda room: room.percent, default=None)

    @property
    def state(self) -> str:
        """One word for the list: issuing, closed, frozen or active."""
        if self.card.state != CardState.ACTIVE:
            return str(self.card.state)
        return "frozen" if self.card.is_frozen else "active"  # type: ignore[attr-defined]


def overview(cards: Sequence[Card], now: datetime) -> list[CardRow]:
    """Return a row for each card, in the order given. Cards come `with_frozen()` and with account, holder and company."""
    if not cards:
        return []
    limits, uses, last = _limits(cards), _uses(cards, now), _last_used(cards)
    return [_row(card, limits, uses, last, now) for card in cards]


def _owners(cards: Sequence[Card]) -> Q:
    heads = {card.head_id or card.pk for card in cards}
    return Q(card__in=heads) | Q(membership__in={card.cardholder_id for card in cards})


def _limits(cards: Sequence[Card]) -> dict[UUID, list[Limit]]:
    found: dict[UUID, list[Limit]] = {}
    owned = _owners(cards) | Q(template__in={card.template_owner_id for card in cards if card.template_owner_id})
    for limit in Limit.objects.filter(owned, ended_at=None, shadow=False):
        owner = limit.card_id or limit.membership_id or limit.template_id
        assert owner is not None, "a limit has an owner"
        found.setdefault(owner, []).append(limit)
    return found


def _uses(cards: Sequence[Card], now: datetime) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for use in LimitUse.objects.filter(windows_of(cards[0].company.day_of(now)), _owners(cards)):
        owner = use.card_id or use.membership_id
        assert owner is not None, "a use has an owner"
        found.setdefault(owner, {})[use.interval] = use.used
    return found


def _last_used(cards: Sequence[Card]) -> dict[UUID, datetime]:
    rows: Any = Authorization.objects.filter(card__in=[card.pk for card in cards], outcome="approved").order_by()
    return dict(rows.values_list("card").annotate(last=Max("occurred_at")))


def _row(
    card: Card,
    limits: dict[UUID, list[Limit]],
    uses: dict[UUID, dict[str, int]],
    last: dict[UUID, datetime],
    now: datetime,
) -> CardRow:
    head = card.head_id or card.pk
    counted: Used = {(CARD, interval): used for interval, used in uses.get(head, {}).items()}
    counted |= {(PERSON, interval): used for interval, used in uses.get(card.cardholder_id, {}).items()}
    # Rows are shared by many cards of the page, and each card may see another raise: copies, never the rows themselves.
    rows = [*limits.get(head, []), *limits.get(card.cardholder_id, [])]
    if card.template_owner_id:
        rows += limits.get(card.template_owner_id, [])
    live = in_force([copy(row) for row in rows], now)
    found = rooms_of(live, counted, card.company.day_of(now))
    left = least(card.account.available, found)
    return CardRow(card, found, left, last.get(card.pk))
