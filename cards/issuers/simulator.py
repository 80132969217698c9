"""The simulator's side of the port: an issuer that lives in the product and speaks signed HTTP as a real one would.

A message is one JSON object with `id`, `type` and `created_at`. It is signed in the header `Simulator-Signature`:
`t=<unix seconds>,v1=<hex>`, HMAC-SHA256 of `<t>.<raw body>` under SIMULATOR_SECRET. Several `v1` may stand in it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from cards.issuers.base import (
    Answer,
    AuthorizationRequest,
    BadSignature,
    CardOrder,
    CardTold,
    Controls,
    DisputeOrder,
    Feature,
    IssuedCard,
    Malformed,
    Merchant,
    Message,
    Reveal,
    Unsupported,
)
from cards.issuers.reading import Reader, is_card_number
from cards.models import Channel, DecidedBy, MessageKind, Outcome, Shipping
from pleo.lib.money import Money

HEADER = "Simulator-Signature"
TOLERANCE_SECONDS = 300
# The stand-in for an issuer's own element, which shows numbers and takes PINs: what its links are signed with, and for how long.
ELEMENT, ELEMENT_SECONDS = "cards.simulator.element", 60
REQUEST, INQUIRY = "authorization.request", "balance.inquiry"
# What a till waits for: may I take more on top, may I hand out cash now.
INCREMENT, AT_ONCE = "increment.request", "single.request"
REQUESTS = (REQUEST, INQUIRY, INCREMENT, AT_ONCE)
TYPES = {
    "authorization.reported": MessageKind.AUTHORIZATION,
    "authorization.incremented": MessageKind.INCREMENT,
    "authorization.advised": MessageKind.ADVICE,
    "single.reported": MessageKind.SINGLE_MESSAGE,
    "authorization.reversed": MessageKind.REVERSAL,
    "authorization.expired": MessageKind.EXPIRY,
    "clearing": MessageKind.CLEARING,
    "refund.announced": MessageKind.REFUND_AUTHORIZATION,
    "refund": MessageKind.REFUND,
    "refund.reversed": MessageKind.REFUND_REVERSAL,
    "chargeback": MessageKind.CHARGEBACK,
    "second_presentment": MessageKind.SECOND_PRESENTMENT,
    "correction.debit": MessageKind.CORRECTION_DEBIT,
    "correction.credit": MessageKind.CORRECTION_CREDIT,
    "dispute": MessageKind.DISPUTE,
    "card.updated": MessageKind.CARD,
    "holder.updated": MessageKind.HOLDER,
    "consent.requested": MessageKind.CONSENT,
    "top_up": MessageKind.TOP_UP,
}
# What a message about something else than money says, in words of ours.
FACTS = {
    MessageKind.CARD: ("status", "reason", "shipping", "tracking", "pin"),
    MessageKind.HOLDER: ("status", "blocked", "needs"),
    MessageKind.CONSENT: ("asks", "deadline"),
    MessageKind.TOP_UP: ("state", "company"),
}
# Only these may come without saying how much: they then mean all that is open.
WHOLE = frozenset({MessageKind.REVERSAL, MessageKind.EXPIRY, MessageKind.DISPUTE, MessageKind.UNKNOWN, *FACTS})
# Only these may come without naming a card: the authorization they speak of has one.
CARDLESS = frozenset(
    {
        MessageKind.REVERSAL,
        MessageKind.EXPIRY,
        MessageKind.INCREMENT,
        MessageKind.DISPUTE,
        MessageKind.HOLDER,
        MessageKind.TOP_UP,
        MessageKind.UNKNOWN,
    }
)


def _digest(timestamp: str, body: bytes) -> str:
    return hmac.new(settings.SIMULATOR_SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def sign(body: bytes, now: datetime) -> str:
    """Return the header that proves who sent a body, and when."""
    timestamp = str(int(now.timestamp()))
    return f"t={timestamp},v1={_digest(timestamp, body)}"


def _last_four(key: UUID) -> str:
    return f"{int(hashlib.sha256(key.bytes).hexdigest()[:8], 16) % 10_000:04}"


@dataclass(frozen=True)
class Number:
    """What stands on a pretend card. Kept nowhere: worked out from the card's reference each time its holder looks."""

    number: str
    code: str

    @property
    def groups(self) -> str:
        """The number in fours, as it stands on a card."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


def number_of(reference: str) -> Number:
    """Work out the number of a pretend card. It begins with 99, which no network uses, and its check digit is right.

    Raises ValueError when the reference is not one of the simulator's.
    """
    key = UUID(reference.removeprefix("card_"))
    seed = hmac.new(settings.SIMULATOR_SECRET.encode(), key.bytes, hashlib.sha256).hexdigest()
    middle, last = f"{int(seed[:8], 16) % 10**9:09}", _last_four(key)
    fitting = next(digit for digit in "0123456789" if is_card_number(f"99{middle}{digit}{last}"))
    return Number(number=f"99{middle}{fitting}{last}", code=f"{int(seed[8:16], 16) % 1000:03}")


def opened(token: str, now: datetime) -> tuple[str, str]:
    """Return the card and what to show ("number" or "pin") of a token made by `reveal`, for a minute. Raises BadSignature."""
    try:
        sealed = signing.loads(token, salt=ELEMENT)
    except signing.BadSignature:
        raise BadSignature("not ours") from None
    if not 0 <= now.timestamp() - sealed["at"] <= ELEMENT_SECONDS:
        raise BadSignature("too old")
    return sealed["card"], sealed["what"]


class Simulator:
    """The adapter. It makes cards on the spot and keeps no number, no PIN and no copy of a card."""

    name = "simulator"
    is_remote = False
    features = frozenset(
        {
            Feature.PHYSICAL,
            Feature.SHOW_NUMBER,
            Feature.SET_PIN,
            Feature.UNBLOCK_PIN,
            Feature.CONSENT,
            Feature.DISPUTES,
            Feature.CHANGE_DISPUTES,
        }
    )
    answer_headers: Mapping[str, str] = {}

    def create_card(self, order: CardOrder) -> IssuedCard:
        return IssuedCard(
            reference=f"card_{order.key.hex}",
            last_four=_last_four(order.key),
            expires_month=date(order.today.year + 3, order.today.month, 1),
            holder_reference=f"holder_{order.holder.key.hex}",
            shipping=Shipping.ORDERED if order.is_physical else None,
        )

    def set_status(self, *, card: str, status: str, reason: str, key: str) -> None:
        """It keeps no copy of a card: ours is the only one."""

    def set_controls(self, *, card: str, controls: Controls, key: str) -> None:
        """It keeps no copy of rules either."""

    def window(self, *, card: str) -> Reveal | None:
        return None

    def reveal(self, *, card: str, nonce: str, what: str, now: datetime) -> Reveal:
        sealed = signing.dumps({"card": card, "what": what, "at": int(now.timestamp())}, salt=ELEMENT)
        return Reveal(element=self.name, values={"token": sealed})

    def pin_key(self) -> Reveal:
        raise Unsupported

    def change_pin(self, *, card: str, encrypted: str, key: str) -> None:
        raise Unsupported

    def unblock_pin(self, *, card: str, key: str) -> None:
        """No till of the simulator asks for a PIN."""

    def answer_consent(self, *, reference: str, is_approved: bool) -> None:
        """The shop reads the answer from what we store."""

    def open_dispute(self, order: DisputeOrder) -> str:
        return f"dispute_{order.key.hex}"

    def submit_dispute(self, *, reference: str, key: str) -> None:
        """The other side answers when somebody plays it."""

    def withdraw_dispute(self, *, reference: str, key: str) -> None:
        """Nobody on the other side minds."""

    def add_evidence(self, *, reference: str, name: str, file: str, key: str) -> None:
        """Nobody on the other side reads it."""

    def top_up(self, *, key: UUID, amount: Money, company: str) -> str:
        raise Unsupported

    def missed(self, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        raise Unsupported

    def cards(self) -> Iterator[CardTold]:
        raise Unsupported

    def funds(self) -> list[Money]:
        raise Unsupported

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

    def is_request(self, document: dict[str, Any]) -> bool:
        return document.get("type") in REQUESTS

    def message_id(self, document: dict[str, Any]) -> str:
        return Reader(document).text("id", longest=120)

    def parse_request(self, document: dict[str, Any]) -> AuthorizationRequest:
        top = Reader(document)
        kind = top.text("type", longest=60)
        if kind not in REQUESTS:
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
            is_increment=kind == INCREMENT,
            takes_at_once=kind == AT_ONCE,
            can_be_partial=asked.flag("partial"),
            fee=_fee(asked, amount),
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
            original_reference=top.text("original", longest=80, optional=True),
            fee=_fee(top, amount),
            facts=_dispute(top) if kind == MessageKind.DISPUTE else _facts(top, kind),
        )

    def answer(self, answer: Answer) -> dict[str, Any]:
        body: dict[str, Any] = {"approved": answer.is_approved, "authorization": answer.reference}
        if answer.reason:
            body["reason"] = answer.reason
        if answer.is_fallback:
            body["fallback"] = True
        if answer.amount is not None:
            body |= {"amount": answer.amount.amount, "currency": answer.amount.currency}
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


def _fee(reader: Reader, amount: Money | None) -> Money | None:
    """Read what a machine's owner charges; it is part of the amount, so never more."""
    if amount is None or reader.document.get("fee") is None:
        return None
    fee = reader.whole("fee")
    if not 0 <= fee <= amount.amount:
        raise Malformed("out_of_range", "fee")
    return Money(fee, amount.currency)


def _dispute(reader: Reader) -> dict[str, Any]:
    """Read how a contested purchase stands."""
    return {"dispute": reader.text("dispute", longest=80), "state": reader.text("state", longest=30)}


def _facts(reader: Reader, kind: str) -> dict[str, str]:
    names = FACTS.get(MessageKind(kind), ())
    facts = {name: reader.text(name, longest=80, optional=True, clip=True) for name in names}
    return {name: value for name, value in facts.items() if value}


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
