"""Tell the owner of a budget that a share of it is gone: once for each share and period."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Company
from events.notify import is_news, notify
from events.record import record
from expenses import budget_use
from expenses.models import Budget, BudgetAlert


def watch_budgets(*, now: datetime, company: Company | None = None) -> int:
    """Look at every budget of the period of today and tell what was crossed; returns how many owners were told.

    Safe to run at any time and by many at once: an alert is a row that stands once.
    """
    rows = Budget.objects.live().exclude(warn_at=[]).select_related("company", "owner", "team", "category", "tag")
    if company is not None:
        rows = rows.for_company(company)
    of_company: dict[UUID, list[Budget]] = defaultdict(list)
    for budget in rows.order_by("company_id", "id"):
        of_company[budget.company_id].append(budget)
    told = 0
    for budgets in of_company.values():
        today = budgets[0].company.day_of(now)
        begun = [
            each for each in budgets if each.starts_on <= today and (each.ends_on is None or today <= each.ends_on)
        ]
        for pk, use in budget_use.current(begun, today=today).items():
            budget = next(each for each in begun if each.pk == pk)
            told += _tell(budget, use, now)
    return told


@transaction.atomic
def _tell(budget: Budget, use: budget_use.Use, now: datetime) -> bool:
    """Write the shares that were crossed since the last look, and tell the owner of the highest of them."""
    # Serialises two watchers; SQLite has one writer anyway.
    Budget.objects.select_for_update(no_key=True).get(pk=budget.pk)
    crossed = [percent for percent in budget.warn_at if use.used.amount * 100 >= use.cap.amount * percent]
    known = set(
        BudgetAlert.objects.filter(budget=budget, period_start=use.period.first).values_list("percent", flat=True)
    )
    new = [percent for percent in crossed if percent not in known]
    for percent in new:
        BudgetAlert.objects.create(
            company_id=budget.company_id, budget=budget, period_start=use.period.first, percent=percent
        )
    if not new or (known and max(new) < max(known)):
        return False
    changes = {"percent": max(new), "amount": use.used.amount, "currency": use.currency}
    event = record(company=budget.company, verb="budget.crossed", subject=budget, changes=changes, now=now)
    if is_news(event):
        notify(event=event, memberships=[budget.owner])
    return True
