"""Which rules fit a purchase, and what they fill in. Pure: no database, no clock, same answer whenever asked.

A rule fits when all its conditions do. Rules are asked in their order; for each field the first that fits and says something
of it decides. Several tags may come from several rules: who resolves them keeps the first of each group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

from expenses.merchant_name import plain
from receipts.reading.rows import fold

FIELDS = ("category", "tax_code", "vendor", "template", "note")
IS, BEGINS, CONTAINS = "is", "begins", "contains"
WAYS = (IS, BEGINS, CONTAINS)
MOST_VALUES = 200
_CODES = re.compile(r"^(\d{4})(?:-(\d{4}))?$")


class ConditionWrong(ValueError):
    """A condition that cannot be read; the message names the field."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a purchase. `merchant` as `merchant_name.plain` writes it, `text` folded, `amount` in minor units of the
    company's currency, ids as texts; what is unknown is empty."""

    merchant: str = ""
    mcc: str = ""
    card: str = ""
    person: str = ""
    team: str = ""
    text: str = ""
    amount: int = 0
    country: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Conditions:
    """What must hold, all of it; an empty condition always holds. Of several values of one condition one is enough.

    `mccs` are merchant category codes or ranges ("3000-3299"); amounts are minor units, both ends included.
    """

    merchants: tuple[str, ...] = ()
    merchant_way: str = IS
    mccs: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    text: str = ""
    amount_from: int | None = None
    amount_to: int | None = None

    def __bool__(self) -> bool:
        return bool(self.stored())

    def stored(self) -> dict[str, Any]:
        """Return the conditions as JSON, without those that say nothing."""
        kept = {name: value for name, value in asdict(self).items() if value not in ((), "", None)}
        if "merchants" not in kept:
            kept.pop("merchant_way", None)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    def fits(self, facts: Facts) -> bool:
        """Say whether all conditions hold for a purchase."""
        return (
            self._is_merchant(facts.merchant)
            and (not self.mccs or _in_codes(facts.mcc, self.mccs))
            and (not self.cards or facts.card in self.cards)
            and (not self.people or facts.person in self.people)
            and (not self.teams or facts.team in self.teams)
            and (not self.countries or facts.country in self.countries)
            and (not self.kinds or facts.kind in self.kinds)
            and (not self.text or self.text in facts.text)
            and (self.amount_from is None or facts.amount >= self.amount_from)
            and (self.amount_to is None or facts.amount <= self.amount_to)
        )

    def _is_merchant(self, name: str) -> bool:
        if not self.merchants:
            return True
        if self.merchant_way == IS:
            return name in self.merchants
        if self.merchant_way == BEGINS:
            return name.startswith(self.merchants)
        return any(word in name for word in self.merchants)


def _in_codes(mcc: str, ranges: Iterable[str]) -> bool:
    if not mcc:
        return False
    return any(first <= mcc <= (last or first) for first, _, last in (codes.partition("-") for codes in ranges))


def read(stored: Mapping[str, Any]) -> Conditions:
    """Read conditions from JSON or from what a form collected. Raises ConditionWrong naming the field."""
    unknown = set(stored) - {field.name for field in fields(Conditions)}
    if unknown:
        raise ConditionWrong(sorted(unknown)[0])
    lists = ("merchants", "mccs", "cards", "people", "teams", "countries", "kinds")
    given: dict[str, Any] = {name: _texts(name, stored.get(name) or []) for name in lists}
    given["merchants"] = tuple(word for word in map(plain, given["merchants"]) if word)
    given["countries"] = tuple(code.upper() for code in given["countries"])
    for codes in given["mccs"]:
        found = _CODES.match(codes)
        if not found or (found[2] and found[2] < found[1]):
            raise ConditionWrong("mccs")
    way, text = stored.get("merchant_way") or IS, stored.get("text") or ""
    if way not in WAYS:
        raise ConditionWrong("merchant_way")
    if not isinstance(text, str) or len(text) > 200:
        raise ConditionWrong("text")
    amounts = {name: _amount(name, stored.get(name)) for name in ("amount_from", "amount_to")}
    low, high = amounts["amount_from"], amounts["amount_to"]
    if low is not None and high is not None and low > high:
        raise ConditionWrong("amount_to")
    words = fold(text.replace("\x00", ""))
    return Conditions(**given, amount_from=low, amount_to=high, merchant_way=way, text=words)


def _texts(name: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, (list, tuple)) or len(values) > MOST_VALUES:
        raise ConditionWrong(name)
    if not all(isinstance(value, str) and 0 < len(value) <= 120 and "\x00" not in value for value in values):
        raise ConditionWrong(name)
    return tuple(dict.fromkeys(values))


def _amount(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**15:
        raise ConditionWrong(name)
    return value


class Says(Protocol):
    """What fills in fields: a rule, or a card's own coding."""

    tags: list[str]


@dataclass(frozen=True)
class Answer:
    """What is to be filled in: field -> (value, the rule that said so); `tags` are (id of a tag, rule), the first ones win."""

    values: dict[str, tuple[Any, Any]]
    tags: list[tuple[str, Any]]


def answer(fitting: Sequence[Says]) -> Answer:
    """Return what these say together, the earlier one before the later one for each field. What is archived says nothing."""
    values: dict[str, tuple[Any, Any]] = {}
    tags: list[tuple[str, Any]] = []
    for one in fitting:
        for name in FIELDS:
            value = getattr(one, name, None)
            if value and not getattr(value, "archived_at", None):
                values.setdefault(name, (value, one))
        tags += [(tag, one) for tag in one.tags]
    return Answer(values, tags)


def fitting(rules: Iterable[tuple[Conditions, Any]], facts: Facts) -> list[Any]:
    """Return the rules that fit, in their order."""
    return [rule for conditions, rule in rules if conditions.fits(facts)]
