"""Which way an expense takes, seen anew whenever it changed: the money, what it was for, whose it is."""

from __future__ import annotations

from datetime import datetime

from expenses import next_step
from expenses.models import (
    Expense,
    ReviewOutcome,
    Route,
    RouteState,
    SampleDraw,
    StageDecision,
    WorkflowVersion,
)
from expenses.policy_flags import needs_review
from expenses.reopen_review import TOLERATED
from expenses.review_facts import drawn, facts_of, live_versions, people_of
from expenses.route import begin_route, drop_route, live_route, seat_anew
from expenses.workflow import USUAL, Facts, Plan, fitting, steps_of

# Nothing is asked of what is in the books, or of money that never went.
CLOSED = ("queued", "exported", "reversed")


def follow_route(expense: Expense, *, now: datetime) -> Route | None:
    """Return the way of an expense, made or made anew where need be; None where the company has no workflows.

    The caller holds the expense's row lock. What is on its way stays with the version it began with, unless its facts changed
    so that another workflow applies, or it grew by more than a tenth of what was said okay to: then it begins anew.
    """
    route = live_route(expense)
    if next_step.base_step(expense) in CLOSED:
        return route
    if route is not None and route.state == RouteState.DONE and expense.review == ReviewOutcome.OKAY:
        return route
    if route is not None and _is_same(route, expense):
        return route
    versions = list(live_versions(expense.company))
    if route is None and not versions:
        return None
    facts = facts_of(expense)
    plan = fitting((version.plan for version in versions), facts)
    if route is not None and _stays(route, plan, facts):
        return _kept(route, expense, facts, now)
    if route is not None:
        drop_route(route, now=now)
    return _begin(expense, plan or USUAL, facts, now)


def fits_no_more(expense: Expense, route: Route) -> bool:
    """Say whether an expense that went to its end would take another workflow by now."""
    if route.seen_version == expense.version:
        return False
    plan = fitting((version.plan for version in live_versions(expense.company)), facts_of(expense))
    return plan is not None and (route.version is None or plan.key.workflow_id != route.version.workflow_id)


def _is_same(route: Route, expense: Expense) -> bool:
    """Say, without asking anything, that nothing can have changed since the way was last looked at."""
    return (
        route.state == RouteState.OPEN
        and route.seen_version == expense.version
        and route.amount == expense.amount
        and route.facts.get("team") == (str(expense.owner.team_id) if expense.owner.team_id else None)
        and route.facts.get("flags") == ([expense.flag_level] if expense.flag_level else [])
    )


def _stays(route: Route, plan: Plan | None, facts: Facts) -> bool:
    """Say whether an expense stays on its way. Before anything was said, every change counts; afterwards, only what matters."""
    if route.state != RouteState.OPEN:
        return False
    said = StageDecision.objects.filter(stage__route=route, outcome=ReviewOutcome.OKAY, withdrawn_at=None)
    least = min(said.values_list("amount", flat=True), default=None)
    if least is not None and facts.amount * 100 > least * (100 + TOLERATED):
        return False
    known = {**route.facts, "amount": facts.amount}
    if least is not None and known == facts.dump():
        return True
    version: WorkflowVersion | None = plan.key if plan else None
    return (version.workflow_id if version else None) == (route.version.workflow_id if route.version else None)


def _kept(route: Route, expense: Expense, facts: Facts, now: datetime) -> Route:
    """Note what an expense on its way is by now. Other people may be asked where its team or its tags changed."""
    before, after = route.facts, facts.dump()
    route.facts, route.seen_version, route.amount = after, expense.version, expense.amount
    route.save(update_fields=["facts", "seen_version", "amount"])
    if any(before.get(name) != after[name] for name in ("team", "tags", "owner")):
        seat_anew(route, facts=facts, now=now)
    return route


def _begin(expense: Expense, plan: Plan, facts: Facts, now: datetime) -> Route:
    people = people_of(expense.company)
    number = None if plan.stages else _draw(expense)
    must_look = needs_review(expense)
    steps = steps_of(plan, facts, people, draw=number, must_look=must_look)
    return begin_route(
        subject=expense, owner=expense.owner, facts=facts, currency=expense.currency, version=plan.key, now=now,
        is_sample=steps.is_sample, people=people,
    )  # fmt: skip


def _draw(expense: Expense) -> int:
    """Return the number of an expense for the samples, drawn once and kept."""
    row, _ = SampleDraw.objects.get_or_create(
        expense=expense, defaults={"company_id": expense.company_id, "number": drawn(expense.pk)}
    )
    return int(row.number)
