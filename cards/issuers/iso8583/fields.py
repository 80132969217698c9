"""Frames and fields of ISO 8583:1987 in ASCII, and what of them may be kept.

A message leaves this module as a plain object of field numbers with the card's number already a token: track, chip, PIN and
everything private is never looked at, let alone kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import iso8583
from babel.core import get_global
from iso4217 import Currency
from iso8583.specs import default_ascii

from cards.issuers.base import Malformed
from cards.issuers.reading import tokenise
from pleo.lib.money import is_currency

# The whole of what we read; every other field of a message is dropped before anything else happens.
KEPT = (3, 4, 6, 7, 10, 11, 12, 13, 18, 19, 22, 25, 28, 32, 33, 37, 38, 39, 41, 42, 43, 49, 51, 70, 90, 95)
# Named with the fields: the message type, the card, when it came (which tells the year of dates that have none), and whether
# the till takes a smaller yes, which is all that is read of field 48.
TYPE, CARD, RECEIVED, PARTIAL = "mti", "card", "received_at", "partial"
# In field 48: the subelement whose first digit says so, as Mastercard writes it (a letter, then number, length and value of each).
EXTENDED_CONDITION = "61"
NUMERIC = frozenset({3, 4, 6, 7, 10, 11, 12, 13, 18, 19, 22, 25, 32, 33, 49, 51, 70, 90})
# What a response repeats of its request. A response to an advice or a reversal leaves out what only describes.
ECHOED = (2, 3, 4, 6, 7, 10, 11, 12, 13, 14, 18, 19, 22, 25, 32, 33, 37, 41, 42, 43, 49, 51, 70)
DESCRIBING = frozenset({14, 22, 43})
REQUESTS = frozenset({"0100", "0200"})
RESPONSES = {
    "0100": "0110",
    "0120": "0130",
    "0200": "0210",
    "0220": "0230",
    "0400": "0410",
    "0420": "0430",
    "0800": "0810",
}
Document = dict[str, Any]
Decoded = dict[str, str]


class Garbage(Exception):
    """The bytes are no message. Nothing of them is repeated, since nobody knows what they hold."""


def decode(frame: bytes) -> Decoded:
    """Take a message apart. The result still holds the card's number: it lives no longer than the answer. Raises Garbage."""
    try:
        decoded, _ = iso8583.decode(frame, spec=default_ascii)
    except iso8583.DecodeError as error:
        raise Garbage(f"field {error.field} at byte {error.pos}") from None
    fields: Decoded = dict(decoded)
    if base_type(fields) not in RESPONSES:
        raise Garbage("a type that is none of ours")
    return fields


def base_type(fields: Decoded) -> str:
    """Return the type of a message as it was sent first: 0121 is the 0120 once more."""
    kind = fields["t"]
    return f"{kind[:3]}0" if kind[3:] == "1" else kind


def document_of(fields: Decoded, *, now: datetime) -> Document:
    """Return what may be kept of a message. Raises Malformed for a field of the wrong letters."""
    document: Document = {TYPE: base_type(fields), RECEIVED: now.astimezone(UTC).isoformat()}
    number = fields.get("2", "")
    if number:
        if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19:
            raise Malformed("not_a_card", "2")
        document[CARD] = tokenise(number)
    for field in KEPT:
        value = fields.get(str(field))
        if value is None:
            continue
        if field in NUMERIC and not (value.isascii() and value.isdigit()):
            raise Malformed("not_a_number", str(field))
        document[str(field)] = value
    if takes_less(fields.get("48", "")):
        document[PARTIAL] = "1"
    return document


def takes_less(additional: str) -> bool:
    """Say whether a till would take a smaller yes, by field 48. What is not built as it should be says no."""
    place = 1 if additional[:1].isalpha() else 0
    while len(additional) >= place + 4:
        name, length = additional[place : place + 2], additional[place + 2 : place + 4]
        if not (length.isascii() and length.isdigit()):
            return False
        if name == EXTENDED_CONDITION:
            return additional[place + 4 : place + 5] == "1" and int(length) > 0
        place += 4 + int(length)
    return False


def respond(fields: Decoded, code: str, **more: str) -> bytes:
    """Write the response to a message: its echo, a response code, and more fields by number as `f38="A1B2C3"`."""
    kind = RESPONSES[base_type(fields)]
    left_out = frozenset() if kind in ("0110", "0210") else DESCRIBING
    answer = {str(field): fields[str(field)] for field in ECHOED if str(field) in fields and field not in left_out}
    answer |= {"t": kind, "39": code} | {name.removeprefix("f"): value for name, value in more.items()}
    encoded, _ = iso8583.encode(answer, spec=default_ascii)
    return bytes(encoded)


def currency(document: Document, field: int) -> str:
    """Read a currency by its number. Raises Malformed."""
    number = text(document, field)
    code = next((one.code for one in Currency if f"{one.number or 0:03}" == number), "")
    if not is_currency(code):
        raise Malformed("unknown_currency", str(field))
    return code


def currency_number(code: str) -> str:
    """Return the three digits of a currency."""
    return f"{Currency(code).number:03}"


def country(text: str) -> str:
    """Return the two letters of a country, written in digits or in two or three letters; nothing for one that nobody knows."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    found = get_global("territory_aliases").get(text.upper()) or [""]
    return found[0] if len(found[0]) == 2 else ""


def text(document: Document, field: int) -> str:
    """Read a field that must be there. Raises Malformed."""
    value = document.get(str(field))
    if not isinstance(value, str) or not value.strip():
        raise Malformed("missing", str(field))
    return value.strip()


def moment(document: Document, field: int = 7) -> datetime:
    """Read a date of month, day and time as the one that is nearest to when the message came. Raises Malformed."""
    value, came = text(document, field), received(document)
    near: list[datetime] = []
    for year in (came.year - 1, came.year, came.year + 1):
        try:
            near.append(datetime.strptime(f"{year}{value}+0000", "%Y%m%d%H%M%S%z"))
        except ValueError:
            continue
    if not near:
        raise Malformed("not_a_time", str(field))
    return min(near, key=lambda one: abs(one - came))


def received(document: Document) -> datetime:
    """Return when a message came."""
    return datetime.fromisoformat(document[RECEIVED])
