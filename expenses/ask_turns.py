"""Whose turn it is to decide about a request to spend: the manager first, then finance. The only place that knows the order.

A manager is whoever stands as the person's manager or leads their team. Where there is none it is finance's turn at once, and
a manager who is of finance speaks for both. Nobody decides about their own wish.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from expenses.models import AskStage, SpendRequest


def approvers(asker: Membership, stage: str) -> QuerySet[Membership]:
    """Return the active people who may decide at a stage about what somebody asks for."""
    people = Membership.objects.active().filter(company_id=asker.company_id, user__isnull=False).exclude(pk=asker.pk)
    if stage == AskStage.FINANCE:
        return people.filter(role__in=CAPABILITIES["requests.decide"])
    above = Q(pk=asker.manager_id)
    if asker.team_id:
        above |= Q(led_teams=asker.team_id)
    return people.filter(above).distinct()


def first_turn(asker: Membership) -> str:
    """Return the stage that a new request begins with."""
    return AskStage.MANAGER if approvers(asker, AskStage.MANAGER).exists() else AskStage.FINANCE


def next_turn(request: SpendRequest, by: Membership) -> str:
    """Return the stage after a yes; empty when it was the last."""
    return AskStage.FINANCE if request.stage == AskStage.MANAGER and not by.can("requests.decide") else ""


def may_decide(request: SpendRequest, by: Membership) -> bool:
    """Say whether it is a person's turn. Finance may answer early, for a manager who is away."""
    if request.asked_by_id == by.pk or request.company_id != by.company_id or not request.stage:
        return False
    return by.can("requests.decide") or approvers(request.asked_by, request.stage).filter(pk=by.pk).exists()


def is_alone(request: SpendRequest, by: Membership) -> bool:
    """Say whether a person asks themselves because nobody else in the company could answer."""
    if request.asked_by_id != by.pk or not by.can("requests.decide"):
        return False
    return not any(approvers(request.asked_by, stage).exists() for stage in AskStage.values)


def waits_for(by: Membership) -> Q:
    """Return the condition of open requests that it is a person's turn to answer."""
    mine = Q(stage=AskStage.FINANCE) if by.can("requests.decide") else Q(pk__in=[])
    led = by.led_teams.values("pk")
    mine |= Q(stage=AskStage.MANAGER) & (Q(asked_by__manager=by) | Q(asked_by__team__in=led))
    return mine & Q(status="open") & ~Q(asked_by=by)
