"""What a control says to a purchase: pure functions of its values and the purchase's facts, and the reading of its values.

category    groups of `cards.categories` and four-digit codes     merchant    names (also the beginning of one) and ids
first_shop  the merchant of the first purchase, once there is one country     ISO 3166 codes
weekday     0 Monday to 6 Sunday, in the company's time zone      hours       ["08:00", "18:30"], may go past midnight
channel     channels of a purchase                                amount      {"min", "max", "whole"} in minor units
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from typing import Any

from babel import Locale
from django.utils.translation import gettext

from cards.categories import GROUPS, group_of
from cards.issuers.base import AuthorizationRequest
from cards.models import Authorization, Channel, ControlKind, ControlMode
from pleo.lib.errors import DomainError

MOST = 60
ONLY_ALLOW = (ControlKind.FIRST_MERCHANT, ControlKind.WEEKDAY, ControlKind.HOURS, ControlKind.AMOUNT)


class RuleUnreadable(DomainError):
    """The values of a control make no sense. `what` is the value, `kind` the control's."""

    code = "rule_unreadable"
    field = "values"

    def message(self) -> str:
        return gettext("“%(what)s” cannot stand in this rule.") % self.params


class RuleEmpty(DomainError):
    """A control without values would refuse everything, or nothing."""

    code = "rule_empty"
    field = "values"

    def message(self) -> str:
        return gettext("Say at least one, or take the rule away.")


class HoursWrong(DomainError):
    """Hours need a beginning and a different end."""

    code = "hours_wrong"
    field = "values"

    def message(self) -> str:
        return gettext("Give a beginning and a different end, such as 08:00 and 18:00.")


class AmountsWrong(DomainError):
    """The smallest amount is above the largest."""

    code = "amounts_wrong"
    field = "values"

    def message(self) -> str:
        return gettext("The smallest amount is above the largest.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a control may look at. `at` is in the company's time zone, `amount` in minor units of the wallet's currency."""

    amount: int
    merchant_name: str
    merchant_id: str
    category_code: str
    country: str
    channel: str
    at: datetime


def facts_of_request(request: AuthorizationRequest, zone: Any) -> Facts:
    shop = request.merchant
    return Facts(
        request.amount.amount, shop.name, shop.id, shop.category_code, shop.country, request.channel,
        request.occurred_at.astimezone(zone),
    )  # fmt: skip


def facts_of(row: Authorization, zone: Any) -> Facts:
    return Facts(
        row.amount, row.merchant_name, row.merchant_id, row.merchant_category_code, row.merchant_country, row.channel,
        row.occurred_at.astimezone(zone),
    )  # fmt: skip


def plain_name(name: str) -> str:
    """Write a merchant's name so that tills that spell it differently agree: small letters and digits, single spaces."""
    flat = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(each for each in flat if not unicodedata.combining(each))))


def is_merchant(entry: Mapping[str, str], facts: Facts) -> bool:
    """Say whether a purchase is at the merchant of an entry: by id where both have one, else by the beginning of its name."""
    known = entry.get("id", "")
    if known and facts.merchant_id:
        return known == facts.merchant_id
    name, seen = plain_name(entry.get("name", "")), plain_name(facts.merchant_name)
    return bool(name) and (seen == name or seen.startswith(f"{name} "))


def _in_category(values: Any, facts: Facts) -> bool:
    return facts.category_code in values or group_of(facts.category_code) in values


def _in_hours(values: Any, facts: Facts) -> bool:
    begin, end = (time.fromisoformat(each) for each in values)
    now = facts.at.time().replace(tzinfo=None)
    return begin <= now < end if begin < end else now >= begin or now < end


def _in_amounts(values: Any, facts: Facts) -> bool:
    if not facts.amount:
        return True  # A verification of the number asks for nothing.
    least, most, whole = values.get("min"), values.get("max"), values.get("whole")
    if (least is not None and facts.amount < least) or (most is not None and facts.amount > most):
        return False
    return not whole or facts.amount % whole != 0


MATCHES: dict[str, Callable[[Any, Facts], bool]] = {
    ControlKind.CATEGORY: _in_category,
    ControlKind.MERCHANT: lambda values, facts: any(is_merchant(each, facts) for each in values),
    ControlKind.FIRST_MERCHANT: lambda values, facts: not values or any(is_merchant(each, facts) for each in values),
    ControlKind.COUNTRY: lambda values, facts: facts.country in values,
    ControlKind.WEEKDAY: lambda values, facts: facts.at.weekday() in values,
    ControlKind.HOURS: _in_hours,
    ControlKind.CHANNEL: lambda values, facts: facts.channel in values,
    ControlKind.AMOUNT: _in_amounts,
}


def passes(kind: str, mode: str, values: Any, facts: Facts) -> bool:
    """Say whether a control lets a purchase through. What the till does not say (a country, a category) is on no list."""
    return MATCHES[kind](values, facts) == (mode == ControlMode.ALLOW)


@cache
def countries() -> frozenset[str]:
    """Return the ISO codes of countries."""
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY)


_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})


def read_values(kind: str, mode: str, values: Any) -> Any:
    """Return the values of a control as they are stored: checked, in one form, without repeats.

    Raises RuleUnreadable, RuleEmpty, HoursWrong, AmountsWrong.
    """
    if kind == ControlKind.AMOUNT:
        return _read_amounts(values)
    if not isinstance(values, list) or len(values) > MOST:
        raise RuleUnreadable(what=str(values)[:40])
    if kind == ControlKind.FIRST_MERCHANT:
        return [_read_merchant(each) for each in values[:1]]
    if kind == ControlKind.HOURS:
        return _read_hours(values)
    if not values:
        raise RuleEmpty
    read = [_READERS[kind](each) for each in values]
    found = [each for number, each in enumerate(read) if each not in read[:number]]
    return sorted(found) if kind != ControlKind.MERCHANT else found


def _one_of(known: Callable[[], Any], value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value not in known():
        raise RuleUnreadable(what=str(value)[:40])
    return value


def _read_category(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}", value, re.ASCII):
        return value
    return _one_of(lambda: GROUPS, value)


def _read_merchant(value: Any) -> dict[str, str]:
    entry = {"name": value} if isinstance(value, str) else value
    if not isinstance(entry, dict):
        raise RuleUnreadable(what=str(value)[:40])
    name, known = str(entry.get("name", "")).strip()[:120], str(entry.get("id", "")).strip()[:60]
    if not plain_name(name) or "\x00" in name + known:
        raise RuleUnreadable(what=str(value).replace("\x00", "")[:40])
    return {"name": name, "id": known} if known else {"name": name}


def _read_hours(values: list[Any]) -> list[str]:
    try:
        begin, end = (time.fromisoformat(each) for each in values)
    except (ValueError, TypeError):
        raise HoursWrong from None
    if begin == end or begin.tzinfo or end.tzinfo:
        raise HoursWrong
    return [begin.strftime("%H:%M"), end.strftime("%H:%M")]


def _read_amounts(values: Any) -> dict[str, int]:
    if not isinstance(values, dict) or not values.keys() <= {"min", "max", "whole"}:
        raise RuleUnreadable(what=str(values)[:40])
    given = {name: value for name, value in values.items() if value is not None}
    for value in given.values():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**62:
            raise RuleUnreadable(what=str(value)[:40])
    if not given:
        raise RuleEmpty
    if given.get("min", 0) > given.get("max", 2**62):
        raise AmountsWrong
    return given


_READERS: dict[str, Callable[[Any], Any]] = {
    ControlKind.CATEGORY: _read_category,
    ControlKind.MERCHANT: _read_merchant,
    ControlKind.COUNTRY: lambda value: _one_of(countries, value),
    ControlKind.WEEKDAY: lambda value: _one_of(lambda: range(7), value),
    ControlKind.CHANNEL: lambda value: _one_of(lambda: set(Channel.values), value),
}
