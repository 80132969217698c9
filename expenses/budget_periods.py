"""The periods of a budget: whole months, quarters or years from its first month on, or one stretch of days. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from expenses.models import Budget, BudgetInterval
from expenses.spend import Period

MONTHS = {BudgetInterval.MONTH: 1, BudgetInterval.QUARTER: 3, BudgetInterval.YEAR: 12}


def add_months(first: date, months: int) -> date:
    """Return the first day of the month so many months later."""
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def period_at(budget: Budget, number: int) -> Period:
    """Return the period of a budget by its number, counted from 0."""
    if budget.interval == BudgetInterval.ONCE:
        assert budget.ends_on is not None and number == 0, "such a budget has one period with an end"
        return Period(budget.starts_on, budget.ends_on)
    step = MONTHS[BudgetInterval(budget.interval)]
    first = add_months(budget.starts_on, step * number)
    return Period(first, add_months(first, step) - timedelta(days=1))


def number_at(budget: Budget, day: date) -> int:
    """Return the number of the period that a day falls into; the first one's before it began, the last one's after its end."""
    if budget.interval == BudgetInterval.ONCE or day < budget.starts_on:
        return 0
    months = (day.year - budget.starts_on.year) * 12 + day.month - budget.starts_on.month
    return months // MONTHS[BudgetInterval(budget.interval)]


def period_of(budget: Budget, day: date) -> Period:
    """Return the period that a day falls into; see `number_at` for days outside."""
    return period_at(budget, number_at(budget, day))


def periods_upto(budget: Budget, day: date) -> list[Period]:
    """Return all periods from the first to that of a day."""
    return [period_at(budget, number) for number in range(number_at(budget, day) + 1)]
