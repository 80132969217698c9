"""Say okay, no or a question at the open stage of a way: for an expense, or for any other subject that takes one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.models import (
    Absence,
    ReviewOutcome,
    Route,
    RouteSeat,
    RouteStage,
    RouteState,
    StageDecision,
    StageState,
    Via,
)
from expenses.review_facts import FINANCE_ROLES
from expenses.route import open_stage, stages_of
from expenses.stand_ins import covered_by
from expenses.workflow import ALL, Facts
from pleo.lib.errors import DomainError, WrongState


class NotYourTurn(DomainError):
    """Somebody else decides now."""

    code = "not_your_turn"
    status = 403

    def message(self) -> str:
        who = self.params.get("who")
        if who:
            return gettext("%(who)s decides about this now.") % {"who": who}
        return gettext("Somebody else decides about this now.")


@dataclass(frozen=True)
class Chair:
    """For which group of a stage a person speaks, and in whose place."""

    group: int
    for_whom: UUID | None = None


@transaction.atomic
def decide_stage(
    *, route: Route, by: Membership, outcome: str, amount: int, facts: Facts, subject: models.Model, now: datetime,
    reason: str = "", via: str = Via.PAGE, stage_id: UUID | None = None,
) -> StageDecision:  # fmt: skip
    """Decide at the open stage, in the caller's transaction and under the subject's row lock.

    An okay fills one group; the stage is done when one is filled (any) or all are, and the next opens; after the last the
    route is done. A question or a no leaves the stage open. `amount` is what the subject is now, in minor units; `stage_id` is
    what the person had in front of them. Raises NotYourTurn, WrongState.
    """
    locked = Route.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=route.pk)
    stage = RouteStage.objects.filter(route=locked, state=StageState.OPEN).first()
    if locked.state != RouteState.OPEN or stage is None or (stage_id and stage.pk != stage_id):
        raise WrongState
    stage.route = locked
    assert by.company_id == locked.company_id, "a person of another company"
    chair = chair_of(stage, by, now=now)
    if chair is None:
        raise NotYourTurn(who=waits_for_names(stage))
    is_okay = outcome == ReviewOutcome.OKAY
    try:
        with transaction.atomic():
            decision: StageDecision = StageDecision.objects.create(
                company_id=locked.company_id, stage=stage, group=chair.group if is_okay else None, by=by,
                for_whom_id=chair.for_whom, owner_id=locked.owner_id, outcome=outcome, reason=reason, via=via,
                amount=amount, decided_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise WrongState from error
    if is_okay:
        stage.seats.filter(group=chair.group).update(is_filled=True)
        if _is_done(stage, now=now):
            _go_on(locked, stage, facts=facts, subject=subject, now=now)
    route.state, route.ended_at = locked.state, locked.ended_at
    return decision


def chair_of(stage: RouteStage, by: Membership, *, now: datetime) -> Chair | None:
    """Return for which open group of a stage a person speaks: their own seat first, then that of somebody away, then finance."""
    if by.pk == stage.route.owner_id or by.company_id != stage.company_id:
        return None
    if stage.decisions.filter(by=by, outcome=ReviewOutcome.OKAY, withdrawn_at=None).exists():
        return None
    seats = list(stage.seats.filter(is_filled=False).order_by("group", "id"))
    covers = covered_by(by, now) - {stage.route.owner_id}
    for seat in seats:
        if seat.approver_id == by.pk:
            return Chair(seat.group)
    for seat in seats:
        if seat.approver_id in covers:
            return Chair(seat.group, seat.approver_id)
    finance = next((seat.group for seat in seats if seat.approver_id is None), None)
    if finance is None:
        return None
    if by.role in FINANCE_ROLES:
        return Chair(finance)
    rows = Membership.objects.filter(pk__in=covers, role__in=FINANCE_ROLES).order_by("id")
    instead = rows.values_list("pk", flat=True).first() if covers else None
    return Chair(finance, instead) if instead else None


def waits_for_names(stage: RouteStage) -> str:
    """Return who decides a stage now, in words."""
    seats = stage.seats.filter(is_filled=False).select_related("approver").order_by("group", "id")
    names = [seat.approver.name if seat.approver else gettext("Finance") for seat in seats]
    return ", ".join(dict.fromkeys(names))


def would_end(stage: RouteStage, by: Membership, *, now: datetime) -> bool:
    """Say whether an okay of this person would be the last of the whole way."""
    chair = chair_of(stage, by, now=now)
    if chair is None or stage.position < len(stages_of(stage.route)):
        return False
    return _is_done(stage, now=now, besides=(chair.group, by.pk))


def _is_done(stage: RouteStage, *, now: datetime, besides: tuple[int, UUID] | None = None) -> bool:
    """Say whether enough was said: one group, or all of them. A group that nobody is left for counts as filled.

    `besides` is a group, and who would fill it, as if that had happened.
    """
    if stage.mode != ALL:
        return True
    filled, sayer = besides or (None, None)
    groups: dict[int, list[RouteSeat]] = defaultdict(list)
    for seat in stage.seats.all():
        groups[seat.group].append(seat)
    open_groups = [seats for number, seats in groups.items() if not seats[0].is_filled and number != filled]
    return not any(_has_somebody(stage, seats, now, without=sayer) for seats in open_groups)


def _has_somebody(stage: RouteStage, seats: list[RouteSeat], now: datetime, *, without: UUID | None = None) -> bool:
    """Say whether anybody who said nothing here yet can fill a group: one person is asked once, however many they speak for."""
    said = stage.decisions.filter(outcome=ReviewOutcome.OKAY, withdrawn_at=None).values("by")
    out = {stage.route.owner_id, without, *said.values_list("by", flat=True)} - {None}
    people = Membership.objects.active().filter(company_id=stage.company_id).exclude(pk__in=out)
    named = [seat.approver_id for seat in seats if seat.approver_id]
    if people.filter(pk__in=named).exists():
        return True
    if any(seat.approver_id is None for seat in seats) and people.filter(role__in=FINANCE_ROLES).exists():
        return True
    day = stage.route.owner.company.day_of(now)
    covered = Absence.objects.filter(person__in=named, ended_at=None, starts_on__lte=day, ends_on__gte=day)
    return covered.filter(substitute__in=people).exists()


def _go_on(route: Route, stage: RouteStage, *, facts: Facts, subject: models.Model, now: datetime) -> None:
    stage.state, stage.decided_at = StageState.DONE, now
    stage.save(update_fields=["state", "decided_at"])
    following = RouteStage.objects.filter(route=route, position=stage.position + 1).first()
    if following is not None:
        open_stage(following, facts=facts, now=now, subject=subject)
        return
    assert stage.position == len(stages_of(route)), "the last stage ends the way"
    route.state, route.ended_at = RouteState.DONE, now
    route.save(update_fields=["state", "ended_at"])
