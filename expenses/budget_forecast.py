"""Where a budget ends if spending goes on as it did: by the day so far, and the subscriptions that will renew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from accounts.models import Company, Membership
from expenses.budget_use import ASKED, Use
from expenses.models import Budget, Expense, ExpenseLine, LineTag
from expenses.spend import Period
from expenses.subscriptions import Subscription, find_among
from pleo.lib.money import Money

# Before a tenth of the period is over, one purchase would decide everything.
SOONEST = 10


@dataclass(frozen=True)
class Regular:
    """A subscription, with whose budget it counts in: that of its person's team and of its last charge's category."""

    subscription: Subscription
    team: UUID | None
    category: UUID | None
    tags: frozenset[UUID] = frozenset()

    def counts_for(self, budget: Budget) -> bool:
        if budget.tag_id is not None and budget.tag_id not in self.tags:
            return False
        return budget.team_id in (None, self.team) and budget.category_id in (None, self.category)

    def charged(self, period: Period, today: date) -> int:
        """Return what it was charged in a period up to today, in minor units."""
        charges = self.subscription.charges
        return sum(each.amount.amount for each in charges if period.first <= each.on <= min(period.last, today))

    def due(self, period: Period, today: date) -> int:
        """Return what it will still be charged in a period. A charge that is late is expected tomorrow."""
        pace = self.subscription.pace
        step = timedelta(days=(pace.least_days + pace.most_days) // 2)
        day, count = max(self.subscription.next_on, today + timedelta(days=1)), 0
        while day <= period.last:
            count += day >= period.first
            day += step
        return count * self.subscription.last.amount.amount


def regulars(company: Company, today: date) -> list[Regular]:
    """Return the subscriptions of a company. Five queries, whatever their number."""
    found = find_among(Expense.objects.for_company(company), company, today)
    people = [each.person_id for each in found]
    teams = dict(Membership.objects.filter(pk__in=people).values_list("pk", "team"))
    last = [each.last.expense for each in found]
    lines = ExpenseLine.objects.filter(expense__in=last).order_by("-position")
    categories = dict(lines.values_list("expense", "category"))
    tags: dict[UUID, set[UUID]] = defaultdict(set)
    for expense, tag in LineTag.objects.filter(line__expense__in=last).values_list("line__expense", "tag"):
        tags[expense].add(tag)
    return [
        Regular(each, teams.get(each.person_id), categories.get(each.last.expense), frozenset(tags[each.last.expense]))
        for each in found
    ]


@dataclass(frozen=True)
class Forecast:
    """Where a period ends, and what that is reckoned from: `once` was bought in the `gone` of `length` days and goes on
    by the day to `paced`; `charged` are subscriptions so far, `due` what they still cost, `granted` what was allowed and is not spent."""

    once: Money
    gone: int
    length: int
    paced: Money
    charged: Money
    due: Money
    granted: Money

    @property
    def ends_at(self) -> Money:
        return self.paced + self.charged + self.due + self.granted


def reckon(budget: Budget, use: Use, known: Sequence[Regular], today: date) -> Forecast | None:
    """Return what will be used when the period ends; None when it has hardly begun, or is over.

    What was bought once goes on by the day; subscriptions are charged when they are due; what was granted is added as it is.
    """
    period = use.period
    if not period.first <= today <= period.last:
        return None
    length, gone = (period.last - period.first).days + 1, (today - period.first).days + 1
    if gone * SOONEST < length:
        return None
    mine = [each for each in known if each.counts_for(budget)]
    regular = sum(each.charged(period, today) for each in mine)
    granted = use.parts.get(ASKED, 0)
    other = max(use.used.amount - granted - regular, 0)
    due = sum(each.due(period, today) for each in mine)

    def money(amount: int) -> Money:
        return Money(amount, use.currency)

    paced = money(other * length // gone)
    return Forecast(money(other), gone, length, paced, money(regular), money(due), money(granted))


def forecast(budget: Budget, use: Use, known: Sequence[Regular], today: date) -> Money | None:
    """Return only where the period ends, see `reckon`."""
    found = reckon(budget, use, known, today)
    return found.ends_at if found else None
