"""Take back what was said at a stage: the way goes back to it, unless somebody went on from there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from expenses.decide_stage import NotYourTurn
from expenses.models import Route, RouteStage, RouteState, StageDecision, StageState
from expenses.review_facts import FINANCE_ROLES
from pleo.lib.errors import WrongState


@transaction.atomic
def withdraw_stage(*, route: Route, by: Membership, now: datetime) -> StageDecision:
    """Take the latest decision of a way back, in the caller's transaction: one's own, or anybody's for finance.

    Its stage opens again with the seats it had. Raises NotYourTurn (it is somebody else's, or about one's own money),
    WrongState (nothing was said).
    """
    locked = Route.objects.select_for_update(no_key=True).get(pk=route.pk)
    said = StageDecision.objects.filter(stage__route=locked, withdrawn_at=None).select_related("stage", "by")
    last: StageDecision | None = said.order_by("-decided_at", "-id").first()
    if locked.state == RouteState.DROPPED or last is None:
        raise WrongState
    if by.pk == locked.owner_id or (last.by_id != by.pk and by.role not in FINANCE_ROLES):
        raise NotYourTurn(who=last.by.name)
    StageDecision.objects.filter(pk=last.pk).update(withdrawn_at=now)
    if last.group is not None:
        last.stage.seats.filter(group=last.group).update(is_filled=False)
        _open_again(locked, last.stage)
    return last


def reopen_last(route: Route, *, now: datetime) -> None:
    """Open the last stage of a finished way, because of a later no or question: its okays count no more."""
    stage = RouteStage.objects.filter(route=route).order_by("-position").first()
    if stage is None:
        return
    StageDecision.objects.filter(stage=stage, withdrawn_at=None).update(withdrawn_at=now)
    stage.seats.update(is_filled=False)
    _open_again(route, stage)


def _open_again(route: Route, stage: RouteStage) -> None:
    """Close what came after a stage and open it. Later seats are made anew when their turn comes."""
    later = RouteStage.objects.filter(route=route, position__gt=stage.position)
    for one in later:
        one.seats.all().delete()
    later.update(state=StageState.WAITING, opened_at=None, fell_back_at=None)
    RouteStage.objects.filter(pk=stage.pk).update(state=StageState.OPEN, decided_at=None)
    Route.objects.filter(pk=route.pk).update(state=RouteState.OPEN, ended_at=None)
