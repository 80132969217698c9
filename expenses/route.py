"""Send one thing through the people, stage by stage. What decides which people is `workflow.py`; this keeps its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from accounts.models import Membership
from events.models import Actor
from events.notify import BOTH, notify
from events.record import record
from expenses.models import (
    Expense,
    Route,
    RouteSeat,
    RouteStage,
    RouteState,
    StageDecision,
    StageState,
    WorkflowVersion,
)
from expenses.review_facts import FINANCE_ROLES, people_of
from expenses.stand_ins import stand_ins
from expenses.workflow import FINANCE, SAMPLE, USUAL, Facts, Group, People, Stage, step_of


def live_route(subject: models.Model) -> Route | None:
    """Return the way that a subject is on, or has gone to its end; None before it set out."""
    rows = Route.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    found: Route | None = rows.exclude(state=RouteState.DROPPED).select_related("version").first()
    return found


def begin_route(
    *, subject: models.Model, owner: Membership, facts: Facts, currency: str, version: WorkflowVersion | None,
    now: datetime, is_sample: bool = False, people: People | None = None,
) -> Route:  # fmt: skip
    """Set a subject out on its way, in the caller's transaction and under its row lock. Its first stage opens.

    `version` is None for the usual way (manager or finance). A version without stages makes a way without any: nobody has to
    look. The database refuses a second live way.
    """
    route = Route.objects.create(
        company_id=owner.company_id, subject_type=subject._meta.label_lower, subject_id=subject.pk, owner=owner,
        expense=subject if isinstance(subject, Expense) else None, version=version, amount=facts.amount,
        currency=currency, facts=facts.dump(), seen_version=getattr(subject, "version", 1), is_sample=is_sample,
    )  # fmt: skip
    stages = RouteStage.objects.bulk_create(
        RouteStage(company_id=owner.company_id, route=route, position=number, mode=stage.mode)
        for number, stage in enumerate(stages_of(route), 1)
    )
    if stages:
        open_stage(stages[0], facts=facts, now=now, subject=subject, people=people)
    return route


def stages_of(route: Route) -> tuple[Stage, ...]:
    """Return the stages that a way began with, whatever its workflow says by now."""
    if route.is_sample:
        return SAMPLE
    return route.version.plan.stages if route.version else USUAL.stages


def open_stage(
    stage: RouteStage, *, facts: Facts, now: datetime, subject: models.Model, people: People | None = None
) -> None:
    """Open a stage: seat those who can decide it now, and say so to the admins when nobody can."""
    stage.state, stage.opened_at = StageState.OPEN, now
    stage.save(update_fields=["state", "opened_at"])
    seat(stage, facts=facts, now=now, people=people or people_of(stage.route.owner.company))
    if not stage.seats.exists():
        _say_stuck(stage, subject, now)


def seat(stage: RouteStage, *, facts: Facts, now: datetime, people: People) -> None:
    """Seat those who can decide a stage. A group of which everybody is away, with nobody but the spender in their place, gets finance."""
    company = stage.route.owner.company
    away = stand_ins(company, company.day_of(now))
    absent = _absent_without(away, facts, stage, now)
    groups = step_of(stages_of(stage.route)[stage.position - 1], facts, people).groups
    rows: list[RouteSeat] = []
    for number, group in enumerate(groups, 1):
        rows += _seats(stage, number, group)
        if group.people and set(group.people) <= absent and people.finance - {facts.owner}:
            rows += _seats(stage, number, Group(FINANCE, (), is_fallback=True))
    RouteSeat.objects.bulk_create(rows)
    named = {row.approver_id for row in rows if row.approver_id}
    mark_reviewers(named)


def seat_anew(route: Route, *, facts: Facts, now: datetime) -> None:
    """Ask the people who fit by now at the open stage, unless somebody said okay there."""
    stage = RouteStage.objects.filter(route=route, state=StageState.OPEN).first()
    if stage is None or stage.seats.filter(is_filled=True).exists():
        return
    stage.seats.all().delete()
    seat(stage, facts=facts, now=now, people=people_of(route.owner.company))


def mark_reviewers(ids: Iterable[Any]) -> None:
    """Let people decide about what waits for them, whatever their role."""
    Membership.objects.filter(pk__in=list(ids), is_reviewer=False).exclude(role__in=FINANCE_ROLES).update(
        is_reviewer=True
    )


def _absent_without(away: dict[Any, Any], facts: Facts, stage: RouteStage, now: datetime) -> set[Any]:
    """Return who is away today and has nobody who may decide in their place."""
    from expenses.models import Absence

    day = stage.route.owner.company.day_of(now)
    rows = Absence.objects.filter(company_id=stage.company_id, ended_at=None, starts_on__lte=day, ends_on__gte=day)
    return {pk for pk in rows.values_list("person_id", flat=True) if away.get(pk) in (None, facts.owner)}


def _seats(stage: RouteStage, number: int, group: Group) -> list[RouteSeat]:
    return [
        RouteSeat(
            company_id=stage.company_id, stage=stage, group=number, kind=group.kind, approver_id=person,
            owner_id=stage.route.owner_id, is_fallback=group.is_fallback,
        )
        for person in (group.people or (None,))
    ]  # fmt: skip


def _say_stuck(stage: RouteStage, subject: models.Model, now: datetime) -> None:
    owner = stage.route.owner
    event = record(company=owner.company, verb="expense.nobody_to_review", subject=subject, actor=Actor.SYSTEM, now=now)
    admins = Membership.objects.active().filter(company_id=owner.company_id, role__in=["owner", "admin"])
    notify(event=event, memberships=admins, channels=BOTH)


def drop_route(route: Route, *, now: datetime) -> None:
    """End a way that no longer fits; what was said on it counts no more."""
    Route.objects.filter(pk=route.pk).update(state=RouteState.DROPPED, ended_at=now)
    RouteStage.objects.filter(route=route, state=StageState.OPEN).update(state=StageState.WAITING)
    StageDecision.objects.filter(stage__route=route, withdrawn_at=None).update(withdrawn_at=now)
