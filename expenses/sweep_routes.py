"""What brings expenses onto their way, and keeps them from waiting for ever: each round does some, each in its own transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Membership, MembershipStatus
from events.models import Actor
from events.notify import notify
from events.record import record
from expenses import next_step
from expenses.follow_route import fits_no_more
from expenses.models import Expense, Lane, ReviewOutcome, Route, RouteSeat, RouteStage, RouteState, StageState, Workflow
from expenses.pass_by_rule import pass_by_rule
from expenses.reopen_review import reopen_review
from expenses.review import lock_to_decide
from expenses.review_facts import FINANCE_ROLES, people_of
from expenses.route import live_route, seat
from expenses.workflow import FINANCE, Facts

LIMIT = 500
OPEN_LANES = (Lane.NONE, Lane.UNEXPORTED)


def sweep_routes(*, now: datetime) -> int:
    """Set out what waits for review, follow what changed, and ask finance where nobody answered. Returns how many were touched."""
    touched = 0
    for expense in _to_follow()[:LIMIT]:
        pass_by_rule(expense=expense, now=now)
        touched += 1
    for expense in _to_doubt()[:LIMIT]:
        touched += _doubt(expense, now)
    for stage_id in _left_alone(now)[:LIMIT]:
        touched += _ask_finance(stage_id, now)
    return touched


def _to_follow() -> QuerySet[Expense]:
    """Return what waits for review without a way, what changed on its way, and what nobody has to look at."""
    has_workflows = Workflow.objects.filter(company=OuterRef("company"), archived_at=None, is_on=True)
    live = Route.objects.filter(expense=OuterRef("pk")).exclude(state=RouteState.DROPPED)
    staged = RouteStage.objects.filter(route=OuterRef("pk"))
    moved = Route.objects.filter(state=RouteState.OPEN, expense__books_lane__in=OPEN_LANES).exclude(
        expense__payment="reversed"
    )
    moved = moved.annotate(has_stages=Exists(staged)).filter(
        ~Q(seen_version=F("expense__version")) | ~Q(amount=F("expense__amount")) | Q(has_stages=False)
    )
    waiting = Expense.objects.filter(next_step.at_steps(("to_review",)), Exists(has_workflows)).exclude(Exists(live))
    ids = {*waiting.order_by("id").values_list("pk", flat=True)[:LIMIT]}
    ids |= {*moved.order_by("id").values_list("expense_id", flat=True)[:LIMIT]}
    return Expense.objects.filter(pk__in=ids).order_by("id")


def _to_doubt() -> QuerySet[Expense]:
    """Return what went to its end and was changed since, before it is in the books."""
    ended = Route.objects.filter(expense=OuterRef("pk"), state=RouteState.DONE)
    changed = Exists(ended.exclude(seen_version=OuterRef("version")))
    rows = Expense.objects.filter(changed, review=ReviewOutcome.OKAY, books_lane__in=OPEN_LANES)
    return rows.order_by("id")


@transaction.atomic
def _doubt(expense: Expense, now: datetime) -> int:
    """Let an okay fall that another workflow would have asked for; else note that it was looked at."""
    locked = lock_to_decide(expense)
    route = live_route(locked)
    if route is None or route.state != RouteState.DONE or locked.is_frozen:
        return 0
    if fits_no_more(locked, route):
        reopen_review(expense=locked, why="other_workflow", now=now)
        return 1
    Route.objects.filter(pk=route.pk).update(seen_version=locked.version)
    return 1


def _left_alone(now: datetime) -> list[UUID]:
    """Return open stages that were not answered in their days, and those whose people left."""
    stages = RouteStage.objects.filter(state=StageState.OPEN, route__state=RouteState.OPEN)
    asked = Q(route__expense__review__in=[ReviewOutcome.NEEDS_DETAILS, ReviewOutcome.NOT_OKAY])
    slow = stages.filter(fell_back_at=None, route__version__answer_days__gt=0).exclude(asked)
    late = [
        pk
        for pk, opened_at, days in slow.order_by("opened_at").values_list(
            "pk", "opened_at", "route__version__answer_days"
        )[:LIMIT]
        if opened_at and opened_at <= now - timedelta(days=days)
    ]
    here = RouteSeat.objects.filter(stage=OuterRef("pk"), is_filled=False).filter(
        Q(approver=None) | Q(approver__status=MembershipStatus.ACTIVE)
    )
    gone = stages.exclude(Exists(here)).order_by("opened_at").values_list("pk", flat=True)[:LIMIT]
    return [*late, *gone]


@transaction.atomic
def _ask_finance(stage_id: UUID, now: datetime) -> int:
    """Ask finance too, in every group that nobody has filled; seat the stage anew where nobody of it is left."""
    stage = RouteStage.objects.select_for_update(no_key=True, of=("self",)).select_related("route__owner__company")
    locked = stage.get(pk=stage_id)
    if locked.state != StageState.OPEN:
        return 0
    facts = _facts(locked.route)
    people = people_of(locked.route.owner.company)
    if not people.finance - {locked.route.owner_id}:
        return 0
    groups = dict(locked.seats.order_by("group").values_list("group", "is_filled"))
    if not groups:
        seat(locked, facts=facts, now=now, people=people)
    for group, is_filled in groups.items():
        if not is_filled and not locked.seats.filter(group=group, approver=None).exists():
            RouteSeat.objects.create(
                company_id=locked.company_id, stage=locked, group=group, kind=FINANCE, owner_id=locked.route.owner_id,
                is_fallback=True,
            )  # fmt: skip
    RouteStage.objects.filter(pk=locked.pk).update(fell_back_at=now)
    _tell(locked, now)
    return 1


def _facts(route: Route) -> Facts:
    stored = route.facts
    ids = {name: frozenset(UUID(one) for one in stored[name]) for name in ("categories", "tags")}
    team = UUID(stored["team"]) if stored["team"] else None
    return Facts(
        kind=stored["kind"], amount=stored["amount"], owner=route.owner_id, team=team, flags=frozenset(stored["flags"]),
        **ids,
    )  # fmt: skip


def _tell(stage: RouteStage, now: datetime) -> None:
    expense = stage.route.expense
    if expense is None:
        return
    event = record(company=expense.company, verb="expense.asked_finance", subject=expense, actor=Actor.SYSTEM, now=now)
    finance = Membership.objects.active().filter(company_id=stage.company_id, role__in=FINANCE_ROLES)
    notify(event=event, memberships=finance.exclude(pk=expense.owner_id), channels=["in_app"])
