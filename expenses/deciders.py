"""For whom expenses wait: conditions for lists, and who decides about one of them now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership
from expenses import next_step
from expenses.models import ReviewOutcome, Route, RouteSeat, RouteStage, RouteState, StageDecision, StageState
from expenses.review_facts import FINANCE_ROLES
from expenses.stand_ins import covered_by


def waits_for(person: Membership, *, now: datetime, instead: bool | None = None) -> Q:
    """Return the condition that an expense waits for this person's decision.

    `instead` keeps what they decide in their own name (False) or in the place of somebody away (True); None keeps both.
    """
    mine, covered = _own(person), _covered(covered_by(person, now))
    whose = mine | covered if instead is None else (covered & ~mine if instead else mine)
    said = StageDecision.objects.filter(by=person, outcome=ReviewOutcome.OKAY, withdrawn_at=None)
    done_mine = Exists(
        said.filter(
            stage__route__expense=OuterRef("pk"), stage__state=StageState.OPEN, stage__route__state=RouteState.OPEN
        )
    )
    return next_step.at_steps(("to_review",)) & ~Q(owner=person) & whose & ~Q(done_mine)


def open_stages() -> QuerySet[RouteStage]:
    """Return the open stage of the expense of an outer query."""
    return RouteStage.objects.filter(state=StageState.OPEN, route__state=RouteState.OPEN, route__expense=OuterRef("pk"))


def _seats(condition: Q) -> Q:
    seats = RouteSeat.objects.filter(
        condition, is_filled=False, stage__state=StageState.OPEN, stage__route__state=RouteState.OPEN,
        stage__route__expense=OuterRef("pk"),
    )  # fmt: skip
    return Q(Exists(seats))


def _unrouted() -> Q:
    """No workflow names anybody for the expense."""
    return ~Q(Exists(open_stages()))


def _own(person: Membership) -> Q:
    if person.role in FINANCE_ROLES:
        return _unrouted() | _seats(Q(approver=None) | Q(approver=person))
    led = Q(owner__team__in=person.led_teams.values("pk")) if person.leads_a_team else Q(pk__in=[])
    return (_unrouted() & led) | _seats(Q(approver=person))


def _covered(ids: set[Any]) -> Q:
    if not ids:
        return Q(pk__in=[])
    away = Membership.objects.filter(pk__in=ids)
    finance = away.filter(role__in=FINANCE_ROLES)
    has_finance = Q(Exists(finance))
    led = Q(owner__team__in=away.exclude(led_teams=None).values("led_teams"))
    usual = _unrouted() & (led | has_finance)
    return usual | _seats(Q(approver__in=ids)) | (has_finance & _seats(Q(approver=None)))


def touched_by(person: Membership, *, now: datetime) -> Q:
    """Return the condition that an expense was or is this person's to decide, for those who see nothing else of others."""
    ids = {person.pk, *covered_by(person, now)}
    away = Membership.objects.filter(pk__in=ids)
    seated = RouteSeat.objects.filter(approver__in=ids, stage__route__expense=OuterRef("pk")).exclude(
        stage__route__state=RouteState.DROPPED
    )
    said = StageDecision.objects.filter(by=person, stage__route__expense=OuterRef("pk"))
    led = Q(owner__team__in=away.exclude(led_teams=None).values("led_teams"))
    finance = Q(Exists(away.exclude(pk=person.pk).filter(role__in=FINANCE_ROLES))) & next_step.at_steps(("to_review",))
    return Q(Exists(seated)) | Q(Exists(said)) | led | finance


def stage_of(route: Route | None) -> RouteStage | None:
    """Return the stage at which a way is now, its seats fetched; None where it is not on its way."""
    if route is None or route.state != RouteState.OPEN:
        return None
    rows = RouteStage.objects.filter(route=route, state=StageState.OPEN).select_related("route__owner__company")
    return rows.prefetch_related("seats__approver").first()
