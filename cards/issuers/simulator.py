"""The simulator's side of the port: an issuer that lives in the product and speaks signed HTTP as a real one would.

A message is one JSON object with `id`, `type` and `created_at`. It is signed in the header `Simulator-Signature`:
`t=<unix seconds>,v1=<hex>`, HMAC-SHA256 of `<t>.<raw body>` under SIMULATOR_SECRET. Several `v1` may stand in it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from cards.issuers.base import Answer, AuthorizationRequest, BadSignature, IssuedCard, Malformed, Merchant, Message
from cards.issuers.reading import Reader
from cards.models import Channel, DecidedBy, MessageKind, Outcome

HEADER = "Simulator-Signature"
TOLERANCE_SECONDS = 300
REQUEST, INQUIRY = "authorization.request", "balance.inquiry"
TYPES = {
    "authorization.reported": MessageKind.AUTHORIZATION,
    "authorization.incremented": MessageKind.INCREMENT,
    "authorization.advised": MessageKind.ADVICE,
    "authorization.reversed": MessageKind.REVERSAL,
    "authorization.expired": MessageKind.EXPIRY,
    "clearing": MessageKind.CLEARING,
    "refund": MessageKind.REFUND,
}
# Only these may come without saying how much: they then mean all that is open.
WHOLE = frozenset({MessageKind.REVERSAL, MessageKind.EXPIRY, MessageKind.UNKNOWN})
# Only these may come without naming a card: the authorization they speak of has one.
CARDLESS = frozenset({MessageKind.REVERSAL, MessageKind.EXPIRY, MessageKind.INCREMENT, MessageKind.UNKNOWN})


def _digest(timestamp: str, body: bytes) -> str:
    return hmac.new(settings.SIMULATOR_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def sign(body: bytes, now: datetime) -> str:
    """Return the header that proves who sent a body, and when."""
    timestamp = str(int(now.timestamp()))
    return f"t={timestamp},v1={_digest(timestamp, body)}"


class Simulator:
    """The adapter. It makes cards on the spot and never keeps a full number: one is never made."""

    name = "simulator"
    is_remote = False

    def create_card(self, *, key: UUID, holder: str, currency: str, today: date) -> IssuedCard:
        seed = hashlib.sha256(key.bytes).hexdigest()
        return IssuedCard(
            reference=f"card_{key.hex}",
            last_four=f"{int(seed[:8], 16) % 10_000:04}",
            expires_month=date(today.year + 3, today.month, 1),
        )

    def verify_signature(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        parts = [part.strip().partition("=") for part in headers.get(HEADER, "")[:1000].split(",")]
        timestamps = [value for name, _, value in parts if name == "t"]
        signatures = [value for name, _, value in parts if name == "v1"]
        if (
            len(timestamps) != 1
            or not timestamps[0].isascii()
            or not timestamps[0].isdigit()
            or len(timestamps[0]) > 12
        ):
            raise BadSignature("no timestamp")
        expected = _digest(timestamps[0], body).encode()
        # Every one is compared, so that the time taken says nothing about which of them was near.
        matches = [hmac.compare_digest(expected, signature.encode()) for signature in signatures]
        if not any(matches):
            raise BadSignature("no signature matches")
        if abs(now.timestamp() - int(timestamps[0])) > TOLERANCE_SECONDS:
            raise BadSignature("too old")

    def message_id(self, document: dict[str, Any]) -> str:
        return Reader(document).text("id", longest=120)

    def parse_request(self, document: dict[str, Any]) -> AuthorizationRequest:
        top = Reader(document)
        kind = top.text("type", longest=60)
        if kind not in (REQUEST, INQUIRY):
            raise Malformed("not_a_request", "type")
        asked = top.within("authorization")
        amount = asked.money("amount", "currency")
        return AuthorizationRequest(
            issuer=self.name,
            request_id=self.message_id(document),
            reference=asked.text("id", longest=80),
            card_reference=asked.text("card", longest=80),
            amount=amount,
            merchant_amount=asked.money_or_none("merchant_amount", "merchant_currency") or amount,
            merchant=_merchant(asked),
            channel=_known(asked, "channel", Channel.values, Channel.OTHER),
            occurred_at=top.moment("created_at"),
            expires_at=asked.moment_or_none("expires_at"),
            is_balance_inquiry=kind == INQUIRY,
        )

    def parse_message(self, document: dict[str, Any]) -> Message:
        top = Reader(document)
        kind = TYPES.get(top.text("type", longest=60), MessageKind.UNKNOWN)
        amount = top.money_or_none("amount", "currency")
        if amount is None and kind not in WHOLE:
            raise Malformed("not_a_whole_number", "amount")
        message_id = self.message_id(document)
        return Message(
            issuer=self.name,
            message_id=message_id,
            kind=kind,
            occurred_at=top.moment("created_at"),
            sequence=top.whole("sequence", default=0),
            card_reference=top.text("card", longest=80, optional=kind in CARDLESS),
            authorization_reference=top.text("authorization", longest=80, optional=True),
            reference=top.text("reference", longest=80, optional=True) or message_id[:80],
            amount=amount,
            merchant_amount=top.money_or_none("merchant_amount", "merchant_currency"),
            merchant=_merchant(top),
            channel=_known(top, "channel", Channel.values, Channel.OTHER),
            is_final=top.flag("final"),
            outcome=_known(top, "outcome", Outcome.values, ""),
            decided_by=_known(top, "decided_by", DecidedBy.values, ""),
            rate=top.rate_or_none("rate"),
            expires_at=top.moment_or_none("expires_at"),
        )

    def answer(self, answer: Answer) -> dict[str, Any]:
        body: dict[str, Any] = {"approved": answer.is_approved, "authorization": answer.reference}
        if answer.reason:
            body["reason"] = answer.reason
        if answer.is_fallback:
            body["fallback"] = True
        if answer.balance is not None:
            body |= {"balance": answer.balance.amount, "currency": answer.balance.currency}
        return body


def _merchant(reader: Reader) -> Merchant:
    shop = reader.within("merchant", optional=True)
    country = shop.text("country", longest=2, optional=True, clip=True).upper()
    code = shop.text("category_code", longest=4, optional=True, clip=True)
    return Merchant(
        name=shop.text("name", longest=120, optional=True, clip=True),
        id=shop.text("id", longest=60, optional=True, clip=True),
        category_code=code if code.isascii() and code.isdigit() else "",
        city=shop.text("city", longest=60, optional=True, clip=True),
        country=country if country.isascii() and country.isalpha() and len(country) == 2 else "",
    )


def _known(reader: Reader, name: str, values: list[str], otherwise: str) -> str:
    """Read a word of ours; one that nobody knows yet is read as `otherwise`, and stands as it came in the stored message."""
    value = reader.text(name, longest=60, optional=True, clip=True)
    return value if value in values else otherwise


def compose(kind: str, *, message_id: str, now: datetime, **fields: Any) -> dict[str, Any]:
    """Write a message as this issuer sends it: by our kind, or a request by REQUEST or INQUIRY."""
    types = {ours: theirs for theirs, ours in TYPES.items()}
    document: dict[str, Any] = {
        "id": message_id,
        "type": types.get(MessageKind(kind), kind) if kind in MessageKind.values else kind,
    }
    document["created_at"] = now.isoformat()
    return document | {name: value for name, value in fields.items() if value is not None}


def merchant_fields(merchant: Merchant) -> dict[str, str]:
    """Write a shop as this issuer sends it."""
    return {
        "name": merchant.name,
        "id": merchant.id,
        "category_code": merchant.category_code,
        "city": merchant.city,
        "country": merchant.country,
    }


adapter = Simulator()
