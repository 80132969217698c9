"""What a demo company asks of expenses and what it flags, with guidelines that people read beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Company, Membership
from expenses.evaluate_policies import evaluate_many
from expenses.keep_guideline import keep_guideline, publish_guideline
from expenses.keep_rule import Wording, keep_rule
from expenses.models import Category, Expense, Lane, PolicyVersion

GUIDELINES = """\
We trust you with the company's money. Spend it as if it were your own, and send the receipt the same day.

## Meals
Up to **400 kr. a head** when you travel or meet customers. Say who was there: name and company.
Tips up to 10 percent where they are usual.

## Travel and hotels
- Trains before planes on distances under five hours.
- Hotels up to 1.400 kr. a night. Split the bill: the room, the breakfast, the parking.
- Ask your lead before you book more than 3.000 kr.

## What we do not pay for
1. Fines, gambling, and cash for private use.
2. Upgrades that nobody asked for.

Not sure? Ask finance *before* you buy.
"""
DAYS = 40
LOT = 500


def set_policies(company: Company, boss: Membership, now: datetime) -> None:
    """Publish guidelines, switch rules on for the last weeks, and hold the open expenses against them."""
    then = now - timedelta(days=DAYS)
    draft = keep_guideline(by=boss, text=GUIDELINES)
    publish_guideline(draft=draft, by=boss, now=then)
    for words in _rules(company, then):
        version = keep_rule(by=boss, wording=words, now=then)
        PolicyVersion.objects.filter(pk=version.pk).update(switched_on_at=then, switched_on_by=boss)
    keep_rule(by=boss, wording=_wording("Receipts above 50 kr.", "receipt", "require", now, above=50_00), now=now)
    rows = Expense.objects.for_company(company).filter(
        purchased_at__gte=then, books_lane__in=[Lane.NONE, Lane.UNEXPORTED]
    )
    found = list(rows.select_related("owner", "company").order_by("pk"))
    for first in range(0, len(found), LOT):
        evaluate_many(found[first : first + LOT], now=now, quiet=True)


def _rules(company: Company, then: datetime) -> list[Wording]:
    ids = {row.code: str(row.pk) for row in Category.objects.for_company(company)}
    meals = [ids[code] for code in ("meals", "client_meals") if code in ids]
    flights = [ids[code] for code in ("flights",) if code in ids]
    hotels = [ids[code] for code in ("hotel",) if code in ids]
    return [
        _wording(
            "Who was there, for large meals", "attendees", "require", then, section="meals", categories=meals, above=40_000
        ),
        _wording("Meals a head", "over_per_person", "note", then, {"limit": 40_000}, section="meals", categories=meals),
        _wording("Tips", "tip", "warn", then, {"percent": "15"}, section="meals"),
        _wording("Hotel bills in parts", "not_itemised", "warn", then, section="travel-and-hotels", categories=hotels),
        _wording("The same twice", "duplicate", "review", then, {"days": 1}),
        _wording("Weekends and Christmas", "day_off", "warn", then,
                 {"weekdays": [5, 6], "holidays": [f"{then.year}-12-24", f"{then.year}-12-25"]}),
        _wording("Flights above 2.000 kr.", "over_amount", "review", then, {"limit": 200_000}, section="travel-and-hotels",
                 categories=flights),
        _wording("Model shop: which project?", "merchant", "note", then, {"merchants": ["Modelbutikken"]}),
        _wording("No gambling", "merchant", "block", then, {"merchants": ["casino", "lotto", "bet365"]},
                 section="what-we-do-not-pay-for"),
        _wording("Claims within two months", "late", "note", then, {"days": 60}),
    ]  # fmt: skip


def _wording(
    name: str,
    check: str,
    effect: str,
    at: datetime,
    parameters: dict[str, Any] | None = None,
    *,
    section: str = "",
    **scope: Any,
) -> Wording:
    return Wording(name, check, effect, at.date(), scope=scope, parameters=parameters or {}, section=section)
