"""What the rules of an expense policy say about an expense: a pure function of its facts and of the rules in force.

Amounts are minor units of the company's currency: what was paid in another currency counts at the rate that stands on the
expense. The order of the rules, and that of the facts, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from expenses.next_step import WITH_RECEIPT

CLAIMED = ("out_of_pocket", "cash_purchase", "mileage", "per_diem")
# What rules look at unless they name kinds themselves: money that came back and our own fees are nobody's spending.
SPENDING = (*WITH_RECEIPT, "mileage", "per_diem")
HUNDRED = 100
# From the mildest effect on; "require" asks for a field and is no flag.
LEVELS = ("warn", "note", "review", "block")


@dataclass(frozen=True)
class Scope:
    """Which expenses a rule is about. Empty means all; the band is above `above` and up to and with `upto`."""

    kinds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    above: int | None = None
    upto: int | None = None
    except_merchants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A version of a rule that is in force."""

    rule: UUID
    version: UUID
    check: str
    effect: str
    scope: Scope = Scope()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What rules look at. `amount` is the company's part, `by_category` what of it stands on the lines of each category.

    `tip` and `bill`, what was to pay before it, are in the currency that was paid. `twins` are earlier expenses of the same
    person that look alike, with their numbers and the days between.
    """

    kind: str
    direction: str
    amount: int
    currency: str
    merchant: str
    purchased_on: date
    paid_currency: str
    by_category: Mapping[str, int] = field(default_factory=dict)
    team: str = ""
    receipts: int = 0
    note: str = ""
    attendees: int = 0
    lines: int = 1
    tip: int = 0
    bill: int = 0
    submitted_on: date | None = None
    distance: Decimal | None = None
    unit: str = ""
    days: int = 0
    twins: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Found:
    """A rule that an expense meets, and the values that made it so."""

    rule: Rule
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What the rules say: whether a receipt is wanted, and what was met, by the rule's id."""

    receipt_wanted: bool
    found: Mapping[UUID, Found]

    def missing(self) -> frozenset[str]:
        """Return the fields that are asked for and empty."""
        return frozenset(one.rule.check for one in self.found.values() if one.rule.effect == "require")


def considered(scope: Scope, facts: Facts) -> int | None:
    """Return the amount that a rule weighs, or None when the expense is none of its business.

    A rule about categories weighs what stands on lines of those categories only.
    """
    if facts.direction != "spend" or facts.amount <= 0 or facts.kind not in (scope.kinds or SPENDING):
        return None
    if scope.teams and facts.team not in scope.teams:
        return None
    if any(word and word in facts.merchant.casefold() for word in scope.except_merchants):
        return None
    amount = facts.amount
    if scope.categories:
        amount = sum(value for category, value in facts.by_category.items() if category in scope.categories)
    if amount <= 0 or (scope.above is not None and amount <= scope.above):
        return None
    return None if scope.upto is not None and amount > scope.upto else amount


def evaluate(facts: Facts, rules: Iterable[Rule]) -> Outcome:
    """Return what the rules say about an expense. With no rule about receipts, every purchase wants one."""
    found: dict[UUID, Found] = {}
    about_receipts, wanted = False, False
    for rule in rules:
        about_receipts |= rule.check == "receipt"
        amount = considered(rule.scope, facts)
        if amount is None:
            continue
        if rule.check == "receipt":
            wanted |= facts.kind in WITH_RECEIPT
            continue
        met = CHECKS[rule.check](facts, amount, rule.parameters)
        if met is not None:
            found[rule.rule] = Found(rule, met)
    return Outcome(wanted if about_receipts else True, {key: found[key] for key in sorted(found)})


Met = dict[str, Any] | None


def _note(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    return None if facts.note.strip() else {}


def _attendees(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    return None if facts.attendees else {}


def _over_amount(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    limit = int(parameters["limit"])
    return {"amount": amount, "limit": limit} if amount > limit else None


def _over_per_person(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    """Compare without dividing, so that a third of a cent decides nothing. Nobody named means one person."""
    limit, people = int(parameters["limit"]), max(1, facts.attendees)
    return {"amount": amount, "people": people, "limit": limit} if amount > limit * people else None


def _day_off(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    day = facts.purchased_on
    off = day.weekday() in parameters.get("weekdays", ()) or day.isoformat() in parameters.get("holidays", ())
    return {"date": day.isoformat()} if off else None


def _duplicate(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    near = sorted(number for number, days in facts.twins if days <= int(parameters.get("days", 0)))
    return {"twins": near} if near else None


def _currency(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    return None if facts.paid_currency in parameters["currencies"] else {"currency": facts.paid_currency}


def _merchant(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    name = facts.merchant.casefold()
    word = min((word for word in parameters["merchants"] if word.casefold() in name), default=None)
    return None if word is None else {"merchant": facts.merchant, "word": word}


def _not_itemised(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    return {"amount": amount} if facts.lines < 2 else None


def _tip(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    """The percentage is of the bill before the tip."""
    most = Decimal(str(parameters["percent"]))
    if facts.tip <= 0 or facts.bill <= 0 or facts.tip * HUNDRED <= most * facts.bill:
        return None
    return {"tip": facts.tip, "bill": facts.bill, "currency": facts.paid_currency, "percent": f"{most.normalize():f}"}


def _late(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    if facts.kind not in CLAIMED or facts.submitted_on is None:
        return None
    days, most = (facts.submitted_on - facts.purchased_on).days, int(parameters["days"])
    return {"days": days, "most": most} if days > most else None


def _distance(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    most = Decimal(str(parameters["distance"]))
    if facts.distance is None or facts.distance <= most:
        return None
    return {"distance": f"{facts.distance.normalize():f}", "most": f"{most.normalize():f}", "unit": facts.unit}


def _journey(facts: Facts, amount: int, parameters: Mapping[str, Any]) -> Met:
    most = int(parameters["days"])
    return {"days": facts.days, "most": most} if facts.days > most else None


CHECKS: dict[str, Callable[[Facts, int, Mapping[str, Any]], Met]] = {
    "note": _note,
    "attendees": _attendees,
    "over_amount": _over_amount,
    "over_per_person": _over_per_person,
    "day_off": _day_off,
    "duplicate": _duplicate,
    "currency": _currency,
    "merchant": _merchant,
    "not_itemised": _not_itemised,
    "tip": _tip,
    "late": _late,
    "distance": _distance,
    "journey": _journey,
}
