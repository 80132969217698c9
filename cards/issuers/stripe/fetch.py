"""Looking for what we missed: Stripe's own list of events, and the objects themselves in case even that is gone.

Whatever is found has the form of an event, so that it goes through the same intake. An event made here from an object has
an id that says what was seen, so that seeing it again is no news.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, cast

import requests
from django.conf import settings

from cards.issuers.base import CardTold, IssuerUnavailable
from cards.issuers.stripe.client import ask, pages
from cards.issuers.stripe.events import SHIPPING, STATUSES
from cards.models import IssuerStatus
from pleo.lib.money import Money, is_currency

# What we read of what Stripe tells; it keeps events for thirty days.
TYPES = [
    "issuing_authorization.created",
    "issuing_authorization.updated",
    "issuing_transaction.created",
    "issuing_dispute.*",
    "issuing_card.updated",
    "issuing_cardholder.updated",
    "topup.succeeded",
    "topup.failed",
    "topup.reversed",
]
Document = dict[str, Any]
PIN_KEY_SECONDS = 10


def missed(since: datetime, until: datetime) -> Iterator[Document]:
    """Yield what happened in a period, oldest first within each kind: events, then purchases, then money."""
    created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
    told = pages(
        lambda client, params: client.v1.events.list(cast("Any", params)), {"created": created, "types": TYPES}
    )
    yield from reversed(list(told))
    asked = pages(
        lambda client, params: client.v1.issuing.authorizations.list(cast("Any", params)), {"created": created}
    )
    for authorization in reversed(list(asked)):
        yield _seen("issuing_authorization.created", authorization)
        yield _seen("issuing_authorization.updated", authorization)
    moved = pages(lambda client, params: client.v1.issuing.transactions.list(cast("Any", params)), {"created": created})
    for transaction in reversed(list(moved)):
        yield _seen("issuing_transaction.created", transaction)


def _seen(kind: str, thing: Document) -> Document:
    happened = kind.rpartition(".")[2]
    known_by = f"seen:{thing['id']}:{happened}:{thing.get('status', '')}:{thing.get('amount', '')}"
    return {"id": known_by, "object": "event", "created": thing["created"], "type": kind, "data": {"object": thing}}


def told(card: Document) -> CardTold:
    """Read a card as Stripe has it."""
    shipping = SHIPPING.get((card.get("shipping") or {}).get("status") or "")
    return CardTold(
        reference=str(card["id"]),
        status=STATUSES.get(str(card.get("status")), IssuerStatus.FROZEN),
        last_four=str(card["last4"]),
        expires_month=date(int(card["exp_year"]), int(card["exp_month"]), 1),
        shipping=shipping,
    )


def cards() -> Iterator[CardTold]:
    """Yield every card that Stripe has for us."""
    for card in pages(lambda client, params: client.v1.issuing.cards.list(cast("Any", params)), {}):
        yield told(card)


def funds() -> list[Money]:
    """Return what lies at Stripe for cards to spend, one amount for each currency."""
    balance = ask(lambda client: client.v1.balance.retrieve())
    lying = (balance.get("issuing") or {}).get("available") or []
    return [Money(int(one["amount"]), code) for one in lying if is_currency(code := str(one["currency"]).upper())]


def pin_key() -> Document:
    """Return Stripe's public key for PINs: `jwk` (RSA, as RFC 7517 writes it) and its `key_id`. Raises IssuerUnavailable."""
    try:
        answer = requests.get(settings.STRIPE_PIN_KEYS, timeout=PIN_KEY_SECONDS)
        answer.raise_for_status()
        found = answer.json()
        key = {"kty": "RSA", "n": str(found["jwk"]["n"]), "e": str(found["jwk"]["e"])}
        return {"jwk": key, "key_id": str(found["key_id"])}
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise IssuerUnavailable(type(error).__name__) from None
