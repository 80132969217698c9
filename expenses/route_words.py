"""Where an expense is on its way through the people, in words: who said okay, who decides now, who comes later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models import ReviewOutcome, Route, RouteSeat, RouteStage, StageDecision, StageState
from expenses.route import stages_of
from expenses.workflow import ALL, FINANCE, MANAGER, MANAGERS_MANAGER, PERSON, TAG_OWNER, Stage
from pleo.lib import format

KINDS: dict[str, Promise | str] = {
    MANAGER: _("manager"),
    MANAGERS_MANAGER: _("manager’s manager"),
    TAG_OWNER: _("who answers for the tag"),
    FINANCE: _("finance"),
    PERSON: _("a person"),
}


@dataclass(frozen=True)
class StageWords:
    """One stage as the timeline says it. `state` is that of the stage; `note` has when, in whose place, or the reason."""

    state: str
    what: str
    note: str = ""


def words_of(route: Route, viewer: Membership) -> Iterator[StageWords]:
    """Yield the stages of a way in their order, in two queries for decisions and seats."""
    stages = list(
        RouteStage.objects.filter(route=route)
        .order_by("position")
        .prefetch_related("seats__approver", "decisions__by", "decisions__for_whom")
    )
    planned = stages_of(route)
    for stage in stages:
        okays = [one for one in stage.decisions.all() if one.outcome == ReviewOutcome.OKAY and one.withdrawn_at is None]
        for one in sorted(okays, key=lambda one: one.pk):
            yield StageWords(StageState.DONE, _okayed(one, viewer), _how(one))
        if stage.state == StageState.OPEN:
            yield StageWords(StageState.OPEN, waiting_words(stage, viewer), _since(stage))
        elif stage.state == StageState.WAITING:
            who = names_of(planned[stage.position - 1])
            yield StageWords(StageState.WAITING, gettext("Then %(who)s") % {"who": who})


def names_of(stage: Stage, people: dict[object, str] | None = None) -> str:
    """Return the approvers of a stage in words: "manager or finance"."""
    names = dict.fromkeys(
        (people or {}).get(one.person, str(KINDS[PERSON])) if one.kind == PERSON else str(KINDS[one.kind])
        for one in stage.approvers
    )
    joined = gettext(" and ") if stage.mode == ALL else gettext(" or ")
    return joined.join(names)


def waiting_words(stage: RouteStage, viewer: Membership) -> str:
    """Return who decides now: "Waits for you", or for whom by name."""
    seats = [seat for seat in stage.seats.all() if not seat.is_filled]
    if not seats:
        return gettext("Nobody here may decide. An admin has to add somebody.")
    if any(seat.approver_id == viewer.pk for seat in seats):
        return gettext("Waits for you")
    return gettext("Waits for %(who)s") % {"who": ", ".join(dict.fromkeys(map(_seat_name, seats)))}


def _seat_name(seat: RouteSeat) -> str:
    return seat.approver.name if seat.approver else str(KINDS[FINANCE])


def _okayed(one: StageDecision, viewer: Membership) -> str:
    if one.by_id == viewer.pk:
        return gettext("Okay from you")
    return gettext("Okay from %(name)s") % {"name": one.by.name}


def _how(one: StageDecision) -> str:
    note = format.moment(one.decided_at)
    if one.for_whom:
        note = gettext("%(when)s, in place of %(name)s") % {"when": note, "name": one.for_whom.name}
    return gettext("%(when)s, by e-mail link") % {"when": note} if one.via == "mail" else note


def _since(stage: RouteStage) -> str:
    since = gettext("Since %(when)s") % {"when": format.moment(stage.opened_at)} if stage.opened_at else ""
    return since
