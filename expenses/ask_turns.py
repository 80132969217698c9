"""Whose turn it is to decide about a request to spend. The only place that knows the order.

A workflow of the company that names spend requests says who decides, by the same rules as for expenses. Without one it is the
manager first, then finance: a manager is whoever stands as the person's manager or leads their team; where there is none it
is finance's turn at once, and a manager who is of finance speaks for both. Nobody decides about their own wish.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from expenses.decide_stage import chair_of, decide_stage, would_end
from expenses.deciders import stage_of
from expenses.models import (
    AskStage,
    ReviewOutcome,
    Route,
    RouteSeat,
    RouteStage,
    RouteState,
    SpendRequest,
    StageDecision,
    StageState,
)
from expenses.review_facts import live_versions, people_of
from expenses.route import begin_route, drop_route, live_route
from expenses.stand_ins import covered_by, stand_ins
from expenses.workflow import SPEND_REQUEST, Facts, fitting, steps_of
from pleo.lib.money import Money

LABEL = SpendRequest._meta.label_lower


def facts_of(request: SpendRequest) -> Facts:
    """Return what workflows ask about a request: its worth in minor units of the company's currency, and what it is for."""
    return Facts(
        kind=SPEND_REQUEST,
        amount=request.value,
        owner=request.asked_by_id,
        team=request.team_id,
        categories=frozenset({request.category_id} if request.category_id else ()),
        tags=frozenset({request.tag_id} if request.tag_id else ()),
    )


def set_out(request: SpendRequest, *, now: datetime) -> None:
    """Send an open request on the way of the first workflow that names requests and fits; none leaves the usual order.

    In the caller's transaction and under the row's lock; the caller saves. Where a workflow wants nobody to look, finance does:
    somebody has to say how it is paid.
    """
    facts = facts_of(request)
    plans = [version.plan for version in live_versions(request.company)]
    plan = fitting([one for one in plans if SPEND_REQUEST in one.conditions.kinds], facts)
    if plan is None:
        return
    people = people_of(request.company)
    steps = steps_of(plan, facts, people, must_look=True)
    begin_route(
        subject=request, owner=request.asked_by, facts=facts, currency=request.value_currency, version=plan.key, now=now,
        is_sample=steps.is_sample, people=people,
    )  # fmt: skip
    request.stage = _word(request)


def stop(request: SpendRequest, *, now: datetime) -> None:
    """End the way of a request that is no longer open, or begins anew; the caller holds its row lock."""
    route = live_route(request)
    if route is not None:
        drop_route(route, now=now)


def open_stage_of(request: SpendRequest) -> RouteStage | None:
    """Return the stage of a workflow at which a request is now; None where it takes the usual order."""
    return stage_of(live_route(request)) if request.stage else None


def say_yes(request: SpendRequest, by: Membership, amount: Money, *, now: datetime) -> str:
    """Note a yes and return whose turn it is then; empty when it was the last. Raises NotYourTurn, WrongState."""
    stage = open_stage_of(request)
    if stage is None:
        return next_turn(request, by, now=now)
    route = stage.route
    decide_stage(
        route=route, by=by, outcome=ReviewOutcome.OKAY, amount=amount.amount, facts=facts_of(request), subject=request, now=now
    )  # fmt: skip
    return "" if route.state == RouteState.DONE else _word(request)


def _word(request: SpendRequest) -> str:
    """Return the open stage of a workflow in the words of a request: finance where finance is asked or nobody, else the manager."""
    stage = stage_of(live_route(request))
    seats = [seat for seat in stage.seats.all() if not seat.is_filled] if stage else []
    return AskStage.MANAGER if seats and all(seat.approver_id for seat in seats) else AskStage.FINANCE


def approvers(asker: Membership, stage: str) -> QuerySet[Membership]:
    """Return the active people who may decide at a stage of the usual order about what somebody asks for."""
    people = Membership.objects.active().filter(company_id=asker.company_id, user__isnull=False).exclude(pk=asker.pk)
    if stage == AskStage.FINANCE:
        return people.filter(role__in=CAPABILITIES["requests.decide"])
    above = Q(pk=asker.manager_id)
    if asker.team_id:
        above |= Q(led_teams=asker.team_id)
    return people.filter(above).distinct()


def turn_of(request: SpendRequest, *, now: datetime) -> list[Membership]:
    """Return the people whose turn it is, those who stand in for somebody among them."""
    stage = open_stage_of(request)
    if stage is None:
        return list(approvers(request.asked_by, request.stage)) if request.stage else []
    seats = [seat for seat in stage.seats.all() if not seat.is_filled]
    named = {seat.approver_id for seat in seats if seat.approver_id}
    away = stand_ins(request.company, request.company.day_of(now)) if named else {}
    named |= {here for person, here in away.items() if person in named}
    people = Membership.objects.active().filter(company_id=request.company_id, pk__in=named)
    found = {one.pk: one for one in people.exclude(pk=request.asked_by_id)}
    if any(seat.approver_id is None for seat in seats):
        found |= {one.pk: one for one in approvers(request.asked_by, AskStage.FINANCE)}
    return list(found.values())


def first_turn(asker: Membership) -> str:
    """Return the stage that a new request begins with in the usual order."""
    return AskStage.MANAGER if approvers(asker, AskStage.MANAGER).exists() else AskStage.FINANCE


def next_turn(request: SpendRequest, by: Membership, *, now: datetime) -> str:
    """Return the stage after a yes of this person; empty when it would be the last."""
    stage = open_stage_of(request)
    if stage is not None:
        return "" if would_end(stage, by, now=now) else request.stage
    return AskStage.FINANCE if request.stage == AskStage.MANAGER and not by.can("requests.decide") else ""


def may_decide(request: SpendRequest, by: Membership, *, now: datetime) -> bool:
    """Say whether it is a person's turn. In the usual order finance may answer early, for a manager who is away.

    What a workflow leaves to finance is for those of finance who decide about requests.
    """
    if request.asked_by_id == by.pk or request.company_id != by.company_id or not request.stage:
        return False
    stage = open_stage_of(request)
    if stage is None:
        return by.can("requests.decide") or approvers(request.asked_by, request.stage).filter(pk=by.pk).exists()
    chair = chair_of(stage, by, now=now)
    if chair is None:
        return False
    seats = [seat for seat in stage.seats.all() if seat.group == chair.group]
    is_named = any(seat.approver_id in (by.pk, chair.for_whom) for seat in seats if seat.approver_id)
    return is_named or by.can("requests.decide")


def is_alone(request: SpendRequest, by: Membership, *, now: datetime) -> bool:
    """Say whether a person asks themselves because nobody else in the company could answer."""
    if request.asked_by_id != by.pk or not by.can("requests.decide"):
        return False
    if open_stage_of(request) is not None and turn_of(request, now=now):
        return False
    return not any(approvers(request.asked_by, stage).exists() for stage in AskStage.values)


def waits_for(by: Membership, *, now: datetime) -> Q:
    """Return the condition of open requests that it is a person's turn to answer."""
    decides = by.can("requests.decide")
    mine = Q(stage=AskStage.FINANCE) if decides else Q(pk__in=[])
    mine |= Q(stage=AskStage.MANAGER) & (Q(asked_by__manager=by) | Q(asked_by__team__in=by.led_teams.values("pk")))
    routed = Route.objects.filter(subject_type=LABEL, subject_id=OuterRef("pk"), state=RouteState.OPEN)
    here = {
        "stage__state": StageState.OPEN, "stage__route__state": RouteState.OPEN, "stage__route__subject_type": LABEL,
        "stage__route__subject_id": OuterRef("pk"),
    }  # fmt: skip
    whose = Q(approver__in={by.pk, *covered_by(by, now)}) | (Q(approver=None) if decides else Q(pk__in=[]))
    seats = RouteSeat.objects.filter(whose, is_filled=False, **here)
    said = StageDecision.objects.filter(by=by, outcome=ReviewOutcome.OKAY, withdrawn_at=None, **here)
    usual = ~Q(Exists(routed)) & mine
    return (usual | Q(Exists(seats)) & ~Q(Exists(said))) & Q(status="open") & ~Q(asked_by=by)
