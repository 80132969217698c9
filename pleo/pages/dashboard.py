"""What finance's home gathers: the wallet, what needs somebody, this month against the last, declines, limits nearly used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate

from accounts.models import Membership
from cards.explain import Explanation, explain_all
from cards.limits import window_end, window_start
from cards.models import Authorization, Interval, Limit, LimitUse, Outcome
from expenses.models import Direction, Expense, Lane, PaymentState
from expenses.next_step import at_steps
from pleo.lib.money import Money
from pleo.pages.charts import Lines
from wallet.models import Hold, LedgerAccount
from wallet.movements import Purse, together

NEAR = 85
DECLINES_SHOWN = 3


@dataclass(frozen=True)
class Lead:
    """A number that leads to a list: how many expenses wait at a step, since when, how much money."""

    step: str
    count: int
    oldest: datetime | None
    amount: Money


def leads(me: Membership) -> list[Lead]:
    """Return what waits for finance, the steps with nothing in them left out. One query."""
    steps = ("to_review", "receipt_missing", "category_missing", "ready", "queued")
    rows = Expense.objects.visible_to(me)
    sums: dict[str, Any] = {}
    for step in steps:
        at = at_steps([step])
        sums |= {
            f"{step}_count": Count("id", filter=at),
            f"{step}_oldest": Min("purchased_at", filter=at),
            f"{step}_amount": Sum("amount", filter=at & Q(direction=Direction.SPEND), default=0),
        }
    found = rows.filter(books_lane__in=[Lane.NONE, Lane.UNEXPORTED, Lane.QUEUE]).aggregate(**sums)
    made = (
        Lead(step, found[f"{step}_count"], found[f"{step}_oldest"], Money(found[f"{step}_amount"], me.company.currency))
        for step in steps
    )
    return [lead for lead in made if lead.count]


@dataclass(frozen=True)
class Spend:
    """This month's spending against the last one's, in the company's currency."""

    first: date
    past_first: date
    today: date
    lines: Lines
    currency: str

    @property
    def so_far(self) -> Money:
        return Money(self.lines.this[-1] if self.lines.this else 0, self.currency)

    @property
    def past_by_now(self) -> Money:
        index = min(len(self.lines.this), len(self.lines.past)) - 1
        return Money(self.lines.past[index] if index >= 0 else 0, self.currency)

    @property
    def past_whole(self) -> Money:
        return Money(self.lines.past[-1] if self.lines.past else 0, self.currency)

    @property
    def difference(self) -> Money:
        return abs(self.so_far - self.past_by_now)

    @property
    def is_more(self) -> bool:
        return self.so_far > self.past_by_now

    @property
    def grid(self) -> list[tuple[int, Money]]:
        return [(y, Money(value, self.currency)) for y, value in self.lines.grid]

    @property
    def table(self) -> list[tuple[int, Money | None, Money | None]]:
        """Day, this month's sum, last month's sum, every fifth day and today."""
        days = sorted({*range(5, self.lines.days + 1, 5), len(self.lines.this)})
        return [(day, self._at(self.lines.this, day), self._at(self.lines.past, day)) for day in days]

    def _at(self, values: Any, day: int) -> Money | None:
        return Money(values[day - 1], self.currency) if day <= len(values) else None


def spend(me: Membership, today: date) -> Spend:
    """Return the running sums of this month and the one before; refunds count against, released money not at all."""
    first = today.replace(day=1)
    past_first = (first - timedelta(days=1)).replace(day=1)
    start = datetime.combine(past_first, time.min, me.company.zone)
    end = datetime.combine(today + timedelta(days=1), time.min, me.company.zone)
    rows = Expense.objects.visible_to(me).filter(purchased_at__gte=start, purchased_at__lt=end)
    by_day: dict[date, int] = {}
    grouped = (
        rows.exclude(payment=PaymentState.REVERSED)
        .order_by()
        .annotate(day=TruncDate("purchased_at", tzinfo=me.company.zone))
    )
    for day, direction, amount in grouped.values_list("day", "direction").annotate(sum=Sum("amount")):
        by_day[day] = by_day.get(day, 0) + (amount if direction == Direction.SPEND else -amount)
    lines = Lines(_running(by_day, first, today), _running(by_day, past_first, first - timedelta(days=1)))
    return Spend(first, past_first, today, lines, me.company.currency)


def _running(by_day: dict[date, int], first: date, last: date) -> list[int]:
    found, so_far = [], 0
    for offset in range((last - first).days + 1):
        so_far += by_day.get(first + timedelta(days=offset), 0)
        found.append(so_far)
    return found


@dataclass(frozen=True)
class NearLimit:
    """A card whose limit is nearly used, or quite."""

    limit: Limit
    used: Money
    starts_over: date | None

    @property
    def left(self) -> Money:
        return max(self.limit.cap - self.used, Money(0, self.limit.currency))


def near_limits(me: Membership, today: date, shown: int = 4) -> list[NearLimit]:
    """Return the cards that used most of a limit of theirs, fullest first."""
    live = Limit.objects.for_company(me.company).standing().filter(card__isnull=False, amount__gt=0)
    limits = {
        (limit.card_id, limit.interval): limit
        for limit in live.exclude(interval=Interval.PURCHASE)
        .exclude(card__state="closed")
        .select_related("card__cardholder")
    }
    windows = Q(pk__in=[])
    for interval in {interval for _, interval in limits}:
        windows |= Q(interval=interval, window_start=window_start(interval, today))
    uses = LimitUse.objects.for_company(me.company).filter(windows, card__isnull=False)
    found = []
    for use in uses:
        limit = limits.get((use.card_id, use.interval))
        if limit and use.used * 100 >= limit.amount * NEAR:
            found.append(NearLimit(limit, Money(use.used, limit.currency), window_end(use.interval, today)))
    return sorted(found, key=lambda near: near.used.amount * -1000 // near.limit.amount)[:shown]


def declines(me: Membership, now: datetime) -> tuple[list[Explanation], int]:
    """Return the latest declines of seven days, and how many there were in thirty."""
    rows = Authorization.objects.visible_to(me).filter(outcome=Outcome.DECLINED)
    month = rows.filter(occurred_at__gte=now - timedelta(days=30)).count()
    week = rows.filter(occurred_at__gte=now - timedelta(days=7)).select_related("card__cardholder", "card__account")
    return explain_all(list(week.order_by("-occurred_at", "-id")[:DECLINES_SHOWN]), me), month


def wallet(me: Membership) -> tuple[Purse, int]:
    """Return what all wallets hold together, and how many purchases hold money of them."""
    accounts = list(LedgerAccount.objects.for_company(me.company).wallets().open())
    return together(accounts), Hold.objects.filter(account__in=accounts, amount__gt=0).count()


def receipts_in(me: Membership, today: date) -> int | None:
    """Return how many percent of this month's purchases have their receipt; None without purchases."""
    first = datetime.combine(today.replace(day=1), time.min, me.company.zone)
    rows = Expense.objects.visible_to(me).filter(purchased_at__gte=first, kind__in=["card", "cash", "out_of_pocket"])
    found = rows.exclude(payment=PaymentState.REVERSED).aggregate(
        all=Count("id"), documented=Count("id", filter=Q(receipt_count__gt=0))
    )
    return found["documented"] * 100 // found["all"] if found["all"] else None
