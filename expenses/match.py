"""How likely a receipt belongs to an expense: points with reasons. Pure functions, no database.

The amount of the purchase standing anywhere on the receipt is the key fact: on readings of 217 unseen receipts the true amount
was there 99 times of 100, a stranger's one time in 200. Points are in tenths. A match is certain with 70 points, 10 ahead of
the next, and only with the amount itself among the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext
from rapidfuzz import fuzz

from pleo.lib import format
from pleo.lib.money import Money
from pleo.lib.search import search_text

CERTAIN = 70
AHEAD = 10
WORTH_SHOWING = 40
SHOWN = 3

AMOUNT_IS_TOTAL, AMOUNT_ON_RECEIPT = 50, 25
# Days between the purchase and the date printed -> points.
DAYS = ((0, 20), (1, 15), (3, 10), (7, 5))
FAR_DAYS, FAR = 14, -20
MERCHANT = 20
MERCHANT_FROM = 55
CARD_SAME, CARD_OTHER = 10, -30
CURRENCY_OTHER = -20
PERSON_SAME, PERSON_OTHER = 5, -5


@dataclass(frozen=True)
class Facts:
    """What is known of a receipt. Amounts in minor units of its currency, which may be unknown (empty)."""

    amounts: frozenset[int]
    total: int | None
    currency: str
    date: date | None
    merchant: str
    last_four: str
    uploader: Any = None


@dataclass(frozen=True)
class Candidate:
    """What is known of an expense: the amounts it may show on paper (booked, foreign, first reserved)."""

    key: Any
    amounts: tuple[Money, ...]
    day: date
    merchant: str
    last_four: str
    owner: Any = None


@dataclass(frozen=True)
class Match:
    """A candidate's points, and why, as codes with parameters."""

    key: Any
    score: int
    reasons: tuple[dict[str, Any], ...]
    has_amount: bool


def score(facts: Facts, candidate: Candidate) -> Match:
    """Return the points of one pair."""
    parts = [
        _amount(facts, candidate),
        _date(facts, candidate),
        _merchant(facts, candidate),
        _card(facts, candidate),
        _person(facts, candidate),
    ]
    found = [part for part in parts if part is not None]
    reasons = tuple(reason for _, reason in found)
    has_amount = any(reason["code"] in ("amount_total", "amount_on_receipt") for reason in reasons)
    return Match(candidate.key, max(0, sum(points for points, _ in found)), reasons, has_amount)


def rank(facts: Facts, candidates: Iterable[Candidate]) -> list[Match]:
    """Return the candidates worth showing, best first; the order of equals is that of their keys."""
    matches = [score(facts, candidate) for candidate in candidates]
    worth = [match for match in matches if match.score >= WORTH_SHOWING]
    return sorted(worth, key=lambda match: (-match.score, str(match.key)))


def certain(ranked: Sequence[Match]) -> Match | None:
    """Return the match that needs no person: enough points, clearly ahead, and the amount is on the receipt."""
    if not ranked or ranked[0].score < CERTAIN or not ranked[0].has_amount:
        return None
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < AHEAD:
        return None
    return ranked[0]


Part = tuple[int, dict[str, Any]] | None


def _amount(facts: Facts, candidate: Candidate) -> Part:
    best: Part = None
    for money in candidate.amounts:
        if not money or money.amount not in facts.amounts | {facts.total}:
            continue
        is_total = money.amount == facts.total
        points = AMOUNT_IS_TOTAL if is_total else AMOUNT_ON_RECEIPT
        if facts.currency and money.currency != facts.currency:
            points += CURRENCY_OTHER
        code = "amount_total" if is_total else "amount_on_receipt"
        if best is None or points > best[0]:
            best = points, {"code": code, "amount": money.amount, "currency": money.currency}
    return best


def _date(facts: Facts, candidate: Candidate) -> Part:
    if facts.date is None:
        return None
    days = abs((candidate.day - facts.date).days)
    for limit, points in DAYS:
        if days <= limit:
            return points, {"code": "date_same"} if days == 0 else {"code": "date_near", "days": days}
    return (FAR, {"code": "date_far", "days": days}) if days > FAR_DAYS else None


def likeness(one: str, other: str) -> int:
    """Return how alike two merchants' names are, 0 to 100: a till's long name contains the short one of the card's line."""
    plain = [search_text(name).split(" ") for name in (one, other)]
    first, second = (" ".join(words) for words in plain)
    if len(first) < 3 or len(second) < 3:
        return 0
    return int(max(fuzz.token_set_ratio(first, second), fuzz.partial_ratio(first, second) - 5))


def _merchant(facts: Facts, candidate: Candidate) -> Part:
    alike = likeness(facts.merchant, candidate.merchant)
    if alike < MERCHANT_FROM:
        return None
    points = MERCHANT * (alike - MERCHANT_FROM) // (100 - MERCHANT_FROM)
    return points, {"code": "merchant_same" if alike >= 85 else "merchant_alike", "merchant": candidate.merchant}


def _card(facts: Facts, candidate: Candidate) -> Part:
    if not facts.last_four or not candidate.last_four:
        return None
    if facts.last_four == candidate.last_four:
        return CARD_SAME, {"code": "card_same", "last_four": candidate.last_four}
    return CARD_OTHER, {"code": "card_other", "last_four": facts.last_four}


def _person(facts: Facts, candidate: Candidate) -> Part:
    if facts.uploader is None or candidate.owner is None:
        return None
    return (
        (PERSON_SAME, {"code": "person_same"})
        if facts.uploader == candidate.owner
        else (PERSON_OTHER, {"code": "person_other"})
    )


def explain(reason: dict[str, Any]) -> str:
    """Return one reason as a few words."""
    words = {
        "amount_total": gettext("%(amount)s is the total"),
        "amount_on_receipt": gettext("%(amount)s stands on it"),
        "date_same": gettext("same day"),
        "date_near": gettext("%(days)s days apart"),
        "date_far": gettext("%(days)s days apart"),
        "merchant_same": gettext("same place"),
        "merchant_alike": gettext("a similar name"),
        "card_same": gettext("card •• %(last_four)s"),
        "card_other": gettext("another card, •• %(last_four)s"),
        "person_same": gettext("same person"),
        "person_other": gettext("sent by someone else"),
    }
    params = dict(reason)
    if "amount" in params:
        params["amount"] = format.amount(Money(params["amount"], params["currency"]))
    return words.get(reason.get("code", ""), "") % params


def explain_all(reasons: Iterable[dict[str, Any]]) -> str:
    """Return the reasons as one sentence: "148,00 kr. is the total, same day, same place"."""
    return ", ".join(filter(None, (explain(reason) for reason in reasons)))
