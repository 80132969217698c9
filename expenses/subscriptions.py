"""Subscriptions found in what was paid: the same shop, the same person, at a steady pace for about the same amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from expenses.models import Direction, Expense, ExpenseKind, PaymentState
from pleo.lib.money import Money

LOOK_BACK = timedelta(days=800)
MOST_CHARGES = 130
# A price that moved by less is rounding, or the exchange rate.
CHANGE_SHARE = 3
LATE = 2


@dataclass(frozen=True)
class Pace:
    """How often: the days between charges, the fewest charges that show it, how far a charge may be off the usual one in
    percent, and how many make a year."""

    code: str
    least_days: int
    most_days: int
    least_charges: int
    near_share: int
    a_year: int
    word: Promise | str


PACES = (
    Pace("week", 6, 8, 5, 40, 52, _("a week")),
    Pace("month", 26, 35, 3, 40, 12, _("a month")),
    Pace("quarter", 84, 98, 3, 40, 4, _("a quarter")),
    # Two charges a year apart are little to go by, so they must be nearly the same.
    Pace("year", 350, 380, 2, 20, 1, _("a year")),
)


@dataclass(frozen=True)
class Charge:
    """One payment, in the company's currency; `price` is what the shop asked for, where that was another currency."""

    expense: UUID
    on: date
    amount: Money
    price: Money


@dataclass(frozen=True)
class Subscription:
    """A series of charges. `changed_from` is the price before the last change, when the last charge brought it."""

    merchant: str
    person: str
    person_id: UUID
    pace: Pace
    charges: Sequence[Charge]
    changed_from: Money | None

    @property
    def last(self) -> Charge:
        return self.charges[-1]

    @property
    def next_on(self) -> date:
        return self.last.on + timedelta(days=(self.pace.least_days + self.pace.most_days) // 2)

    @property
    def a_year(self) -> Money:
        """What a year of it costs at the last price."""
        return self.last.amount.share(Decimal(self.pace.a_year))

    @property
    def change(self) -> int:
        """How much dearer the last charge was, in percent; negative when cheaper."""
        before = self.changed_from
        return (self.last.price.amount - before.amount) * 100 // before.amount if before else 0


def recognise(merchant: str, person: str, person_id: UUID, charges: Sequence[Charge]) -> Subscription | None:
    """Return the subscription that charges of one shop to one person, oldest first, make; None when they follow no pace."""
    if len(charges) < 2:
        return None
    usual = median_low(charge.price.amount for charge in charges)
    for pace in PACES:
        # A charge further off is another thing bought in the same shop.
        steady = [charge for charge in charges if abs(charge.price.amount - usual) * 100 <= usual * pace.near_share]
        gaps = [(after.on - before.on).days for before, after in pairwise(steady)]
        fitting = sum(1 for gap in gaps if pace.least_days <= gap <= pace.most_days)
        # One gap in five may be off: a card was renewed, a month was paused.
        if len(steady) >= pace.least_charges and fitting * 5 >= len(gaps) * 4:
            return Subscription(merchant, person, person_id, pace, steady, _changed(steady))
    return None


def _changed(charges: Sequence[Charge]) -> Money | None:
    before, last = charges[-2].price, charges[-1].price
    if before.currency != last.currency or abs(last.amount - before.amount) * 100 < before.amount * CHANGE_SHARE:
        return None
    return before


def is_alive(subscription: Subscription, today: date) -> bool:
    """Say whether the next charge is not long overdue."""
    return today <= subscription.last.on + timedelta(days=subscription.pace.most_days * LATE)


def find(viewer: Membership, today: date) -> list[Subscription]:
    """Return the subscriptions that go on among the purchases a person may see, the dearest by the year first."""
    return find_among(Expense.objects.visible_to(viewer), viewer.company, today)


def find_among(expenses: Any, company: Company, today: date) -> list[Subscription]:
    """Return the subscriptions that go on among some expenses of a company, the dearest by the year first."""
    since = datetime.combine(today - LOOK_BACK, time.min, tzinfo=company.zone)
    rows = expenses.filter(
        kind=ExpenseKind.CARD, direction=Direction.SPEND, payment=PaymentState.CLEARED, amount__gt=0,
        purchased_at__gte=since,
    ).order_by()  # fmt: skip
    pairs = rows.values_list("merchant", "owner").annotate(count=Count("pk")).filter(count__range=(2, MOST_CHARGES))
    steady = {(merchant, owner) for merchant, owner, _ in pairs}
    found = [
        subscription
        for (merchant, owner), (name, charges) in _charges(company, rows, steady).items()
        if (subscription := recognise(merchant, name, owner, charges)) and is_alive(subscription, today)
    ]
    return sorted(found, key=lambda each: (-each.a_year.amount, each.merchant))


def _charges(company: Company, rows: Any, steady: set[tuple[str, UUID]]) -> dict[Any, tuple[str, list[Charge]]]:
    merchants = {merchant for merchant, _ in steady}
    found: dict[Any, tuple[str, list[Charge]]] = {}
    columns = (
        "pk", "merchant", "owner", "owner__name", "purchased_at", "amount", "currency", "foreign_amount",
        "foreign_currency",
    )  # fmt: skip
    chosen = rows.filter(merchant__in=merchants).order_by("purchased_at", "pk").values_list(*columns)
    for pk, merchant, owner, name, at, amount, currency, foreign, foreign_currency in chosen.iterator(2_000):
        if (merchant, owner) not in steady:
            continue
        paid = Money(amount, currency)
        price = Money(foreign, foreign_currency) if foreign else paid
        charges = found.setdefault((merchant, owner), (name, []))[1]
        charges.append(Charge(pk, company.day_of(at), paid, price))
    return found


def paid_twice(subscriptions: Iterable[Subscription]) -> dict[str, list[str]]:
    """Return the shops that several people pay, with their names."""
    people: dict[str, list[str]] = defaultdict(list)
    for subscription in subscriptions:
        people[subscription.merchant].append(subscription.person)
    return {merchant: sorted(names) for merchant, names in people.items() if len(names) > 1}
