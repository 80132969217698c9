"""What each kind of card asks of a purchase beyond limits: a code, whether it holds, and what to say about it.

in_person (plastic not yet activated)  card_period (temporary)  single_use
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from cards.issuers.base import AuthorizationRequest
from cards.models import Authorization, Card, CardKind, CardState, Channel, Clearing, ClearingKind

KindCheck = tuple[str, bool, dict[str, Any]]


def kind_checks(card: Card, request: AuthorizationRequest) -> list[KindCheck]:
    """Return the checks of a card's kind. An ordinary virtual card has none, and costs nothing here."""
    match card.kind:
        case CardKind.PHYSICAL:
            # The number of a card in the post works online; whoever holds the plastic is not known yet.
            waits = card.state == CardState.PENDING
            return [("in_person", not waits or request.channel == Channel.ONLINE, {"channel": request.channel})]
        case CardKind.TEMPORARY:
            assert card.starts_at is not None and card.ends_at is not None, "a temporary card has a period"
            period = {"starts_at": card.starts_at.isoformat(), "ends_at": card.ends_at.isoformat()}
            return [("card_period", card.starts_at <= request.occurred_at < card.ends_at, period)]
        case CardKind.SINGLE_USE:
            # A request for nothing only asks whether the number is good.
            return [("single_use", not request.amount or not is_used(card), {})]
    return []


def is_used(card: Card) -> bool:
    """Say whether money was taken or is reserved with a card or the cards that it replaces. A released purchase frees it."""
    chain = Q(card=card.head_id or card.pk) | Q(card__head=card.head_id or card.pk)
    standing = Q(open_amount__gt=0) | Q(cleared_total__gt=0)
    if Authorization.objects.filter(chain & standing).exists():
        return True
    return Clearing.objects.filter(chain, kind__in=[ClearingKind.PURCHASE, ClearingKind.CASH]).exists()
