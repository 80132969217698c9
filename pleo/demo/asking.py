"""Budgets and requests of the demo: what was planned fits what was spent, one wish waits, one was granted, one was not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from accounts.models import Membership, Role, Team
from expenses.ask import Wanted, ask
from expenses.budget_use import uses
from expenses.decide_ask import Yes, approve_ask, decline_ask
from expenses.keep_budget import Terms, change_budget, make_budget
from expenses.models import Budget, BudgetInterval, Category, Deed
from pleo.demo.found import Founded
from pleo.lib.money import Money

# Name, period, months back that it began, in percent of what was used at most, hard, rolls over.
PLANS = (
    ("Everything", BudgetInterval.MONTH, 6, 115, False, False), ("Travel", BudgetInterval.QUARTER, 6, 105, True, False),
    ("Team money", BudgetInterval.MONTH, 4, 95, False, True),
)  # fmt: skip
FAIR_AGO, FAIR_DAYS = timedelta(days=12), timedelta(days=30)


def plan_and_ask(made: Founded, now: datetime) -> None:
    """Make four budgets and three requests, with the verbs of the pages."""
    boss, company = made.who(Role.ADMIN), made.company
    today = company.day_of(now)
    travel = Category.objects.for_company(company).filter(code="travel").first()
    team = Team.objects.for_company(company).filter(members__isnull=False).order_by("name", "id").first()
    for name, interval, months, percent, is_hard, rolls_over in PLANS:
        whose = {"Travel": {"category": travel}, "Team money": {"team": team}}.get(name, {})
        title = team.name if name == "Team money" and team else name
        begun = _months_before(today, months)
        terms = Terms(title, boss, Money(100, company.currency), is_hard=is_hard, rolls_over=rolls_over, **whose)  # type: ignore[arg-type]
        budget = make_budget(by=boss, terms=terms, interval=interval, starts_on=begun, now=_noon(now, begun))
        _fit(budget, boss, terms, percent, today, _noon(now, begun))
    fair = Terms("Trade fair", boss, Money(2_500_000, company.currency), category=travel)
    first = today - FAIR_AGO
    make_budget(
        by=boss,
        terms=fair,
        interval=BudgetInterval.ONCE,
        starts_on=first,
        ends_on=first + FAIR_DAYS,
        now=now - FAIR_AGO,
    )
    _ask(made, boss, today, now, travel)


def _months_before(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


def _noon(now: datetime, day: date) -> datetime:
    return now.replace(year=day.year, month=day.month, day=day.day)


def _fit(budget: Budget, by: Membership, terms: Terms, percent: int, today: date, now: datetime) -> None:
    """Set a budget to a round amount near the most that one of its periods used."""
    most = max(use.used.amount for use in uses([budget], today=today)[budget.pk])
    step = 50_000
    amount = max(most * percent // 100 // step, 1) * step
    fitting = Terms(
        terms.name, terms.owner, Money(amount, budget.currency), terms.team, terms.category, None, terms.is_hard,
        terms.rolls_over,
    )  # fmt: skip
    change_budget(budget=budget, by=by, terms=fitting, now=now)


def _ask(made: Founded, boss: Membership, today: date, now: datetime, travel: Category | None) -> None:
    currency = made.company.currency
    people = [one for one in made.people.values() if one.role == Role.EMPLOYEE and one.user_id]
    if not people:
        return
    first, last = people[0], people[-1]
    until = today + timedelta(days=21)
    ask(
        by=first, wanted=Wanted("Standing desk for the studio", Money(640_000, currency), until, "My back asks for it"),
        client_key="demo-desk", now=now - timedelta(hours=5),
    )  # fmt: skip
    train = Wanted(
        "Train and hotel, customer day", Money(520_000, currency), until, "Two days with the new customer", "", travel
    )
    granted = ask(by=last, wanted=train, client_key="demo-train", now=now - timedelta(days=2))
    approve_ask(
        request=granted, by=boss, now=now - timedelta(hours=20), yes=Yes(deed=Deed.NOTE, over_reason="The customer pays half"),
        comment="Book early",
    )  # fmt: skip
    drone = ask(
        by=first, wanted=Wanted("Camera drone", Money(1_190_000, currency), until, "For the harbour pictures"),
        client_key="demo-drone", now=now - timedelta(days=6),
    )  # fmt: skip
    decline_ask(request=drone, by=boss, now=now - timedelta(days=5), comment="Let us rent one for the day instead")
