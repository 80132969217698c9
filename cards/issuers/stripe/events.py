"""Stripe's events in our words: what each of them says about a purchase, a card, a dispute or our funds.

Stripe tells what an authorization *is*, not what was done to it, so its updates become advices: totals that replace what was
said before, in the order of Stripe's clock. What a closed one had left is released by a clearing of nothing that is final.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from cards.issuers.base import AuthorizationRequest, Malformed, Merchant, Message
from cards.issuers.reading import Reader
from cards.models import Channel, DecidedBy, IssuerStatus, MessageKind, Outcome, Shipping
from pleo.lib.money import MAX_AMOUNT, Money, is_currency

NAME = "stripe"
REQUEST = "issuing_authorization.request"
# How a decision came about, of `request_history[].reason`; every other reason is Stripe's own.
DECIDED_BY = {
    "webhook_approved": DecidedBy.US,
    "webhook_declined": DecidedBy.US,
    "webhook_timeout": DecidedBy.FALLBACK,
    "webhook_error": DecidedBy.FALLBACK,
    "network_fallback": DecidedBy.STAND_IN,
}
METHODS = {"chip": Channel.CHIP, "contactless": Channel.CONTACTLESS, "online": Channel.ONLINE}
STATUSES = {"active": IssuerStatus.ACTIVE, "inactive": IssuerStatus.FROZEN, "canceled": IssuerStatus.CLOSED}
# Why Stripe declines after three wrong PINs.
PIN_BLOCKED = "pin_blocked"
SHIPPING = {
    "pending": Shipping.ORDERED,
    "submitted": Shipping.ORDERED,
    "shipped": Shipping.SHIPPED,
    "delivered": Shipping.DELIVERED,
    "returned": Shipping.RETURNED,
    "failure": Shipping.FAILED,
    "canceled": Shipping.FAILED,
}
DISPUTES = {"unsubmitted": "opened", "submitted": "submitted", "won": "won", "lost": "lost", "expired": "lost"}
# How the idempotency keys of our own calls begin.
OUR_KEYS = "pleo-"
# Cash over a counter and from a machine.
CASH_CODES = frozenset({"6010", "6011"})
Values = dict[str, Any]


def moment(reader: Reader, name: str) -> datetime:
    """Read Stripe's seconds since 1970, between 2000 and 2200. Raises Malformed."""
    seconds = reader.whole(name)
    if not 946_684_800 <= seconds < 7_258_118_400:
        raise Malformed("not_a_time", f"{reader.path}{name}")
    return datetime.fromtimestamp(seconds, UTC)


def parse_request(document: Values) -> AuthorizationRequest:
    """Read a question of a till. On an authorization that holds money already the question is for more. Raises Malformed."""
    top = Reader(document)
    if top.text("type", longest=80) != REQUEST:
        raise Malformed("not_a_request", "type")
    asked = top.within("data").within("object")
    pending = asked.within("pending_request")
    amount, merchant = pending.money("amount", "currency"), _merchant(asked)
    return AuthorizationRequest(
        issuer=NAME,
        request_id=message_id(document),
        reference=asked.text("id", longest=80),
        card_reference=_reference(asked, "card"),
        amount=amount,
        merchant_amount=pending.money_or_none("merchant_amount", "merchant_currency") or amount,
        merchant=merchant,
        channel=_channel(asked, merchant),
        occurred_at=moment(top, "created"),
        is_increment=asked.whole("amount", default=0) > 0,
        can_be_partial=pending.flag("is_amount_controllable"),
    )


def message_id(document: Values) -> str:
    """Return Stripe's id of an event. Raises Malformed."""
    return Reader(document).text("id", longest=120)


def parse_message(document: Values) -> Message:
    """Read an event; one of a type that says nothing to us becomes the kind "unknown". Raises Malformed."""
    top = Reader(document)
    kind = top.text("type", longest=80)
    values: Values = {"issuer": NAME, "message_id": message_id(document), "occurred_at": moment(top, "created")}
    values["reference"] = values["message_id"][:80]
    read = _reader_of(kind)
    if read is None:
        return Message(kind=MessageKind.UNKNOWN, **values)
    said = read(kind, top.within("data").within("object"))
    if said["kind"] == MessageKind.CARD and _is_echo(top):
        said["facts"] |= {"ours": "yes"}
    return Message(**(values | said))


def _is_echo(top: Reader) -> bool:
    """Say whether Stripe only repeats what we asked it to do: its event carries the key that we gave our call."""
    asked = top.within("request", optional=True)
    return asked.text("idempotency_key", longest=300, optional=True, clip=True).startswith(OUR_KEYS)


def _reader_of(kind: str) -> Callable[[str, Reader], Values] | None:
    family, _, happened = kind.rpartition(".")
    if family == "issuing_authorization" and happened == "created":
        return _decided
    if family == "issuing_authorization" and happened == "updated":
        return _changed
    # Anything else about a transaction only describes what is booked already.
    if family == "issuing_transaction" and happened == "created":
        return _moved
    return {
        "issuing_dispute": _disputed,
        "issuing_card": _card,
        "issuing_cardholder": _holder,
        "topup": _topped_up,
    }.get(family)


def _decided(kind: str, asked: Reader) -> Values:
    """Somebody decided about a purchase: we, Stripe in our place, or the network in Stripe's."""
    history = _history(asked)
    if not history:
        raise Malformed("not_decided", f"{asked.path}request_history")
    first, merchant = history[0], _merchant(asked)
    facts = {"reason": first.text("reason", longest=60, optional=True, clip=True)}
    if facts["reason"] == PIN_BLOCKED:
        facts["pin"] = "blocked"
    return {
        "kind": MessageKind.AUTHORIZATION,
        "card_reference": _reference(asked, "card"),
        "authorization_reference": asked.text("id", longest=80),
        "amount": first.money("amount", "currency"),
        "merchant_amount": first.money_or_none("merchant_amount", "merchant_currency"),
        "merchant": merchant,
        "channel": _channel(asked, merchant),
        "outcome": Outcome.APPROVED if asked.flag("approved") else Outcome.DECLINED,
        "decided_by": _decided_by(first),
        "facts": facts,
    }


def _changed(kind: str, asked: Reader) -> Values:
    """An authorization has grown, shrunk or ended. One that was refused has nothing to change."""
    history, merchant = _history(asked), _merchant(asked)
    values: Values = {
        "card_reference": _reference(asked, "card"),
        "authorization_reference": asked.text("id", longest=80),
        "merchant": merchant,
        "channel": _channel(asked, merchant),
        "sequence": len(history),
    }
    status = asked.text("status", longest=40)
    if status == "expired":
        return values | {"kind": MessageKind.EXPIRY}
    if status == "reversed":
        return values | {"kind": MessageKind.REVERSAL}
    if not asked.flag("approved") or status not in ("pending", "closed"):
        return values | {"kind": MessageKind.UNKNOWN}
    held = asked.money("amount", "currency")
    if status == "closed":
        return values | {"kind": MessageKind.CLEARING, "amount": Money(0, held.currency), "is_final": True}
    # What was taken already is no longer held, and still belongs to the total.
    return values | {
        "kind": MessageKind.ADVICE,
        "amount": held + Money(_taken(asked), held.currency),
        "merchant_amount": asked.money_or_none("merchant_amount", "merchant_currency"),
        "outcome": Outcome.APPROVED,
        "decided_by": _decided_by(history[0]) if history else "",
    }


def _moved(kind: str, moved: Reader) -> Values:
    """Money has moved. What leaves the account is below zero here; a refund below zero is one that is taken back."""
    what = moved.text("type", longest=40)
    amount, merchant = _signed(moved, "amount", "currency"), _merchant(moved)
    kinds = {
        ("capture", True): MessageKind.CLEARING,
        ("capture", False): MessageKind.CORRECTION_CREDIT,
        ("refund", True): MessageKind.REFUND_REVERSAL,
        ("refund", False): MessageKind.REFUND,
    }
    shop = _signed(moved, "merchant_amount", "merchant_currency")
    return {
        "kind": kinds.get((what, amount[1]), MessageKind.UNKNOWN),
        "card_reference": _reference(moved, "card"),
        "authorization_reference": _reference(moved, "authorization", optional=True),
        "reference": moved.text("id", longest=80),
        "amount": amount[0],
        "merchant_amount": shop[0],
        "merchant": merchant,
        "channel": Channel.CASH if merchant.category_code in CASH_CODES else Channel.OTHER,
    }


def _disputed(kind: str, dispute: Reader) -> Values:
    """A contested purchase: where it stands, or money that was lent for it and taken back."""
    amount = dispute.money("amount", "currency")
    reference, moved = dispute.text("id", longest=80), _reference(dispute, "transaction")
    facts = {"dispute": reference}
    money = {
        ".funds_reinstated": (MessageKind.CHARGEBACK, f"{reference}:reinstated"),
        ".funds_rescinded": (MessageKind.SECOND_PRESENTMENT, f"{reference}:rescinded"),
    }
    for ending, (kind_of_money, known_by) in money.items():
        if kind.endswith(ending):
            return {"kind": kind_of_money, "reference": known_by, "amount": amount, "original_reference": moved}
    word = DISPUTES.get(dispute.text("status", longest=40), "")
    return {"kind": MessageKind.DISPUTE, "reference": reference, "amount": amount, "facts": facts | {"state": word}}


def _card(kind: str, card: Reader) -> Values:
    """What Stripe's copy of a card is, and how far a plastic one has come."""
    status = card.text("status", longest=40)
    shipping = card.within("shipping", optional=True)
    facts = {
        "status": STATUSES.get(status, ""),
        "reason": card.text("cancellation_reason", longest=40, optional=True),
        "last_four": card.text("last4", longest=4, optional=True),
        "shipping": SHIPPING.get(shipping.text("status", longest=40, optional=True), ""),
        "tracking": shipping.text("tracking_number", longest=80, optional=True, clip=True),
    }
    reference = card.text("id", longest=80)
    return {"kind": MessageKind.CARD, "card_reference": reference, "reference": reference, "facts": _said(facts)}


def _holder(kind: str, holder: Reader) -> Values:
    """Whether Stripe lets a person spend, and what it still wants to know about them."""
    needs = holder.within("requirements", optional=True)
    missing = needs.document.get("past_due")
    facts = {
        "status": holder.text("status", longest=40, optional=True),
        "blocked": needs.text("disabled_reason", longest=60, optional=True, clip=True),
        "needs": ", ".join(str(name)[:60] for name in missing[:20]) if isinstance(missing, list) else "",
    }
    return {"kind": MessageKind.HOLDER, "reference": holder.text("id", longest=80), "facts": _said(facts)}


def _topped_up(kind: str, topup: Reader) -> Values:
    """Money was asked for, has come, or will not come."""
    metadata = topup.within("metadata", optional=True)
    facts = {
        "state": topup.text("status", longest=40),
        "company": metadata.text("company", longest=60, optional=True, clip=True),
        "why": topup.text("failure_code", longest=60, optional=True, clip=True),
    }
    return {
        "kind": MessageKind.TOP_UP,
        "reference": topup.text("id", longest=80),
        "amount": topup.money("amount", "currency"),
        "facts": _said(facts),
    }


def _said(facts: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _reference(reader: Reader, name: str, *, optional: bool = False) -> str:
    """Read the id of another object, which Stripe writes as the id alone or as the whole object."""
    value = reader.document.get(name)
    if isinstance(value, dict):
        return reader.within(name).text("id", longest=80)
    return reader.text(name, longest=80, optional=optional)


def _each(reader: Reader, name: str) -> Iterable[Reader]:
    value = reader.document.get(name)
    if value is not None and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
        raise Malformed("not_a_list", f"{reader.path}{name}")
    return [Reader(one, f"{reader.path}{name}.") for one in value or []]


def _history(asked: Reader) -> list[Reader]:
    return list(_each(asked, "request_history"))


def _decided_by(entry: Reader) -> str:
    return DECIDED_BY.get(entry.text("reason", longest=60, optional=True, clip=True), DecidedBy.ISSUER)


def _taken(asked: Reader) -> int:
    """Add up what was captured of an authorization, as it lists it itself."""
    moved = [one for one in _each(asked, "transactions") if one.document.get("type") == "capture"]
    return sum(_signed(one, "amount", "currency")[0].amount for one in moved)


def _signed(reader: Reader, amount: str, currency: str) -> tuple[Money, bool]:
    """Read an amount that carries a sign: its size, and whether it was below zero."""
    minor, code = reader.whole(amount), reader.text(currency, longest=3).upper()
    if abs(minor) > MAX_AMOUNT:
        raise Malformed("out_of_range", f"{reader.path}{amount}")
    if not is_currency(code):
        raise Malformed("unknown_currency", f"{reader.path}{currency}")
    return Money(abs(minor), code), minor < 0


def _merchant(reader: Reader) -> Merchant:
    shop = reader.within("merchant_data", optional=True)
    country = shop.text("country", longest=3, optional=True, clip=True).upper()
    code = shop.text("category_code", longest=4, optional=True, clip=True)
    return Merchant(
        name=shop.text("name", longest=120, optional=True, clip=True),
        id=shop.text("network_id", longest=60, optional=True, clip=True),
        category_code=code if code.isascii() and code.isdigit() else "",
        city=shop.text("city", longest=60, optional=True, clip=True),
        country=country if country.isascii() and country.isalpha() and len(country) == 2 else "",
    )


def _channel(asked: Reader, merchant: Merchant) -> str:
    if merchant.category_code in CASH_CODES:
        return Channel.CASH
    return METHODS.get(asked.text("authorization_method", longest=40, optional=True, clip=True), Channel.OTHER)
