"""Messages of a processor in our words.

A purchase is known by what its reversal repeats of it (field 90): time, trace number, acquirer and forwarder, here with a
piece of the card's token, so that the two find each other whichever comes first.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from cards.issuers.base import AuthorizationRequest, Malformed, Merchant, Message
from cards.issuers.iso8583 import fields
from cards.issuers.iso8583.fields import Document, text
from cards.models import Channel, DecidedBy, MessageKind, Outcome
from pleo.lib.money import MAX_AMOUNT, Money

NAME = "iso8583"
PURCHASE, CASH, REFUND, BALANCE = "00", "01", "20", "30"
APPROVED = frozenset({"00", "08", "10", "11", "85"})
ENTRY = {"05": Channel.CHIP, "07": Channel.CONTACTLESS, "81": Channel.ONLINE, "91": Channel.CONTACTLESS}


def known_by(document: Document) -> str:
    """Return by what a message is known to its sender and to us. Raises Malformed."""
    when = fields.moment(document)
    return _name(document, when, text(document, 11), text(document, 32), document.get("33", ""))


def original(document: Document) -> str:
    """Return by what the message is known that this one speaks of, or nothing. Raises Malformed."""
    value = document.get("90", "")
    if not value.strip("0 "):
        return ""
    if len(value) != 42:
        raise Malformed("not_an_original", "90")
    when = fields.moment({**document, "7": value[10:20]})
    return _name(document, when, value[4:10], value[20:31], value[31:42])


def _name(document: Document, when: datetime, trace: str, acquirer: str, forwarder: str) -> str:
    token = _token(document)[:12]
    return f"{when:%Y%m%d%H%M%S}t{trace.zfill(6)}a{acquirer.lstrip('0')}f{forwarder.lstrip('0')}c{token}"


def _token(document: Document) -> str:
    card = document.get(fields.CARD)
    if not isinstance(card, dict):
        raise Malformed("missing", "2")
    return str(card["token"])


def message_id(document: Document) -> str:
    """Return what makes a message unique: a repeat (x1) has the same. Raises Malformed.

    A reversal that nobody confirmed comes again as an advice with a number of its own, and is still the same reversal.
    """
    kind = document[fields.TYPE]
    if kind in ("0400", "0420") and (first := original(document)):
        return f"reversal:{first}:{document.get('95', '')[:12]}"
    return f"{kind}:{known_by(document)}"


def parse_request(document: Document) -> AuthorizationRequest:
    """Read a question of a till or a cash machine. Raises Malformed."""
    billed, asked = _amounts(document)
    processing = text(document, 3)[:2]
    if processing not in (PURCHASE, CASH, BALANCE):
        raise Malformed("not_supported", "3")
    merchant = _merchant(document)
    # A question that names a purchase asks for more on top of it.
    first = original(document) if document[fields.TYPE] == "0100" and processing == PURCHASE else ""
    return AuthorizationRequest(
        issuer=NAME,
        request_id=message_id(document),
        reference=first or known_by(document),
        card_reference=_token(document),
        amount=billed,
        merchant_amount=asked,
        merchant=merchant,
        channel=_channel(document, processing),
        occurred_at=fields.moment(document),
        is_balance_inquiry=processing == BALANCE,
        is_increment=bool(first),
        can_be_partial=fields.PARTIAL in document and not first,
        takes_at_once=document[fields.TYPE] == "0200",
        fee=_fee(document, billed, asked),
    )


def parse_message(document: Document) -> Message:
    """Read what a processor tells. Raises Malformed."""
    kind, processing = document[fields.TYPE], text(document, 3)[:2]
    billed, asked = _amounts(document)
    values: dict[str, Any] = {
        "issuer": NAME,
        "message_id": message_id(document),
        "occurred_at": fields.moment(document),
        "card_reference": _token(document),
        "reference": known_by(document),
        "amount": billed,
        "merchant_amount": asked,
        "merchant": _merchant(document),
        "channel": _channel(document, processing),
        "rate": _rate(document),
    }
    first = original(document)
    if kind in ("0400", "0420"):
        if not first:
            raise Malformed("missing", "90")
        given_back = {"amount": _given_back(document, billed, asked), "merchant_amount": None}
        return Message(**(values | given_back), kind=MessageKind.REVERSAL, authorization_reference=first)
    if processing == REFUND:
        return Message(**values, kind=MessageKind.REFUND if kind.startswith("02") else MessageKind.REFUND_AUTHORIZATION)
    values["fee"] = _fee(document, billed, asked)
    values["authorization_reference"] = first or known_by(document)
    if kind == "0220" and first:
        return Message(**values, kind=MessageKind.CLEARING, is_final=True)
    # Alone it was asked for and taken at once, or approved, by somebody in our place.
    values |= _decided(document)
    if kind == "0220":
        return Message(**values, kind=MessageKind.SINGLE_MESSAGE)
    if kind == "0120":
        return Message(**values, kind=MessageKind.ADVICE if first else MessageKind.AUTHORIZATION)
    return Message(**values, kind=MessageKind.UNKNOWN)


def _decided(document: Document) -> dict[str, Any]:
    is_yes = document.get("39", "00") in APPROVED
    return {"outcome": Outcome.APPROVED if is_yes else Outcome.DECLINED, "decided_by": DecidedBy.STAND_IN}


def _amounts(document: Document) -> tuple[Money, Money]:
    """Read what is billed and what the shop asked for. Without a billing amount the two are the same."""
    asked = _money(document, 4, 49)
    return (_money(document, 6, 51) if "6" in document else asked), asked


def _money(document: Document, amount: int, currency: int) -> Money:
    minor = int(text(document, amount))
    if minor > MAX_AMOUNT:
        raise Malformed("out_of_range", str(amount))
    return Money(minor, fields.currency(document, currency))


def _given_back(document: Document, billed: Money, asked: Money) -> Money | None:
    """Read how much a reversal gives back: all of it, or what is above the amount that stays (field 95), as it is billed."""
    stays = document.get("95", "")[:12]
    if not stays.strip("0 "):
        return None
    if not (stays.isascii() and stays.isdigit()) or int(stays) > asked.amount:
        raise Malformed("not_an_amount", "95")
    if not asked.amount:
        return None
    # The rate is the original's, so the billed amount shrinks by the same part, half a unit rounded up.
    kept = (2 * billed.amount * int(stays) + asked.amount) // (2 * asked.amount)
    return Money(billed.amount - kept, billed.currency)


def part_of(document: Document, approved: Money) -> dict[str, str]:
    """Return the amounts of a response to a yes that is smaller than what was asked: fields 4 and, where there is one, 6.

    What the shop gets shrinks by the part that the billed amount shrank by, rounded down.
    """
    billed, asked = _amounts(document)
    shop = asked.amount * approved.amount // billed.amount if billed.amount else 0
    return {"4": f"{shop:012}"} | ({"6": f"{approved.amount:012}"} if "6" in document else {})


def _fee(document: Document, billed: Money, asked: Money) -> Money | None:
    """Read what the machine's owner charges, where it is billed in the currency it was asked for."""
    value = document.get("28", "")
    digits = value[1:]
    if not value.startswith("D") or not digits.isdigit() or not digits.isascii() or billed.currency != asked.currency:
        return None
    fee = Money(int(digits), billed.currency)
    return fee if 0 < fee.amount <= billed.amount else None


def _rate(document: Document) -> Decimal | None:
    """Read a rate: the first digit says how many of the other seven are decimals."""
    value = document.get("10", "")
    if len(value) != 8 or not int(value[1:]):
        return None
    return Decimal(int(value[1:])).scaleb(-int(value[0])) if int(value[0]) <= 7 else None


def _channel(document: Document, processing: str) -> str:
    if processing == CASH:
        return Channel.CASH
    return ENTRY.get(document.get("22", "")[:2], Channel.OTHER)


def _merchant(document: Document) -> Merchant:
    """Read the shop. Its line of forty letters has one of two layouts, told apart by how long the country at its end is."""
    line = str(document.get("43", "")).ljust(40)
    if line[37:40].isalpha():
        name, city, country = line[:22], line[23:36], fields.country(line[37:40])
    else:
        name, city, country = line[:25], line[25:38], fields.country(line[38:40])
    return Merchant(
        name=name.strip(),
        id=str(document.get("42", "")).strip(),
        category_code=document.get("18", ""),
        city=city.strip(),
        country=country or fields.country(document.get("19", "")),
    )
