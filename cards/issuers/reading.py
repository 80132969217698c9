"""Reading what strangers send: strict JSON, typed fields, and card numbers replaced before anything is stored."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from accounts.models import keyed_hash
from cards.issuers.base import Malformed
from pleo.lib.money import MAX_AMOUNT, Money, is_currency

MAX_DEPTH = 12
# A member by one of these names holds what must never be stored; the number itself becomes a token.
NUMBERS = frozenset({"card_number", "pan", "number", "primary_account_number"})
SECRETS = frozenset(
    {
        *("pin", "pin_block", "cvc", "cvc2", "cvv", "cvv2", "track1", "track2", "track_data"),
        *("chip_data", "emv", "icc_data", "client_secret"),
    }
)
SHORTEST_NUMBER, LONGEST_NUMBER = 13, 19
# A UUID is looked for first: one in a few hundred holds digits that would pass for a card number, and masking it would make the
# card or the authorization that it names unknown.
_UUID = r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
_DIGITS = re.compile(rf"(?P<uuid>{_UUID})|(?<![0-9])[0-9](?:[ -]?[0-9]){{12,}}")


def load(body: bytes) -> dict[str, Any]:
    """Read a body as one JSON object. Raises Malformed for anything a database or a person could stumble over."""
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=Decimal)
    except UnicodeDecodeError:
        raise Malformed("not_utf8", "body") from None
    except (ValueError, RecursionError, InvalidOperation):
        raise Malformed("not_json", "body") from None
    if not isinstance(document, dict):
        raise Malformed("not_an_object", "body")
    _check(document, 0)
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _check(value: Any, depth: int) -> None:
    """Refuse depth, NUL and lone surrogates: no text column takes them."""
    if depth > MAX_DEPTH:
        raise Malformed("too_deep", "body")
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Malformed("bad_text", "body")
    elif isinstance(value, dict):
        for name, part in value.items():
            _check(name, depth)
            _check(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _check(part, depth + 1)


def redact(value: Any, name: str = "") -> Any:
    """Return a copy fit to be stored: card numbers as token and last four, PIN, track and chip data gone."""
    if name in SECRETS:
        return "removed"
    if name in NUMBERS and isinstance(value, (str, int)):
        return tokenise("".join(letter for letter in str(value) if letter.isdigit()))
    if isinstance(value, dict):
        return {_masked(key): redact(part, key.casefold()) for key, part in value.items()}
    if isinstance(value, list):
        return [redact(part, name) for part in value]
    if isinstance(value, str):
        return _masked(value)
    return value


def tokenise(number: str) -> dict[str, str]:
    """Return what may be kept of a card number: its keyed hash and the last four digits."""
    return {"token": keyed_hash(f"card number {number}"), "last_four": number[-4:]}


def _masked(text: str) -> str:
    return _DIGITS.sub(lambda found: found["uuid"] or _mask(found.group()), text)


def _mask(found: str) -> str:
    """Replace card numbers among neighbouring groups of digits: a date or a code may stand right beside a number."""
    groups, kept, place = re.split("([ -])", found), [], 0
    while place < len(groups):
        width, number = _number_from(groups, place)
        kept.append(f"[card {keyed_hash(f'card number {number}')[:16]} {number[-4:]}]" if number else groups[place])
        kept += groups[place + width : place + width + 1]
        place += width + 1
    return "".join(kept)


def _number_from(groups: list[str], place: int) -> tuple[int, str]:
    """Return how many parts the longest card number that starts here has, with its digits; one part and "" for none."""
    number, best = "", (1, "")
    for end in range(place, len(groups), 2):
        number += groups[end]
        if len(number) > LONGEST_NUMBER:
            break
        if len(number) >= SHORTEST_NUMBER and is_card_number(number):
            best = end - place + 1, number
    return best


def is_card_number(number: str) -> bool:
    """Say whether digits pass the check digit of card numbers (ISO/IEC 7812)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


class Reader:
    """Typed access to the members of a JSON object. Every refusal is Malformed with the member's path."""

    def __init__(self, document: dict[str, Any], path: str = "") -> None:
        self.document, self.path = document, path

    def _where(self, name: str) -> str:
        return f"{self.path}{name}"

    def within(self, name: str, *, optional: bool = False) -> Reader:
        value = self.document.get(name)
        if value is None and optional:
            value = {}
        if not isinstance(value, dict):
            raise Malformed("not_an_object", self._where(name))
        return Reader(value, f"{self._where(name)}.")

    def text(self, name: str, *, longest: int, optional: bool = False, clip: bool = False) -> str:
        value = self.document.get(name)
        if value is None and optional:
            return ""
        if not isinstance(value, str) or (not value.strip() and not optional):
            raise Malformed("not_a_text", self._where(name))
        if len(value) > longest and not clip:
            raise Malformed("too_long", self._where(name))
        return value.strip()[:longest]

    def whole(self, name: str, *, default: int | None = None) -> int:
        value = self.document.get(name, default)
        if type(value) is not int:
            raise Malformed("not_a_whole_number", self._where(name))
        if not -(2**53) < value < 2**53:
            raise Malformed("out_of_range", self._where(name))
        return value

    def flag(self, name: str) -> bool:
        value = self.document.get(name, False)
        if not isinstance(value, bool):
            raise Malformed("not_true_or_false", self._where(name))
        return value

    def money(self, amount: str, currency: str) -> Money:
        """Whole minor units, never below zero, in a currency that exists."""
        minor, code = self.whole(amount), self.text(currency, longest=3).upper()
        if minor < 0:
            raise Malformed("negative", self._where(amount))
        if minor > MAX_AMOUNT:
            raise Malformed("out_of_range", self._where(amount))
        if not is_currency(code):
            raise Malformed("unknown_currency", self._where(currency))
        return Money(minor, code)

    def money_or_none(self, amount: str, currency: str) -> Money | None:
        return None if self.document.get(amount) is None else self.money(amount, currency)

    def moment(self, name: str) -> datetime:
        """An ISO 8601 time with its offset, between 2000 and 2200."""
        text = self.text(name, longest=40)
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise Malformed("not_a_time", self._where(name)) from None
        if value.tzinfo is None or not 2000 <= value.year < 2200:
            raise Malformed("not_a_time", self._where(name))
        return value.astimezone(UTC)

    def moment_or_none(self, name: str) -> datetime | None:
        return None if self.document.get(name) is None else self.moment(name)

    def rate_or_none(self, name: str) -> Decimal | None:
        """An exchange rate as text ("7.4604") or number; nine decimals at most are kept."""
        value = self.document.get(name)
        if value is None:
            return None
        try:
            rate = Decimal(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else None
            if rate is None or not rate.is_finite() or not 0 < rate < 10**8:
                raise Malformed("not_a_rate", self._where(name))
            return rate.quantize(Decimal("1e-9"))
        except InvalidOperation:
            raise Malformed("not_a_rate", self._where(name)) from None
