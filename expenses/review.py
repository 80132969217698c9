"""Decide about an expense: okay, not okay, or something is missing. Nobody decides about their own money."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from accounts import permissions
from accounts.models import Membership
from events.models import Channel
from events.notify import BOTH, notify
from events.record import record
from expenses import balance
from expenses.comment import write
from expenses.decide_stage import NotYourTurn, decide_stage
from expenses.errors import ExpenseLocked, NotYours
from expenses.follow_route import follow_route
from expenses.models import (
    Expense,
    PaymentState,
    Review,
    ReviewOutcome,
    Route,
    RouteSeat,
    RouteState,
    StageDecision,
    StageState,
    Via,
)
from expenses.refuse_by_policy import refuse_blocked
from expenses.review_facts import facts_of
from expenses.stand_ins import covered_by
from expenses.withdraw_stage import reopen_last
from pleo.lib.errors import DomainError, WrongState


class OwnExpense(DomainError):
    """The reviewer spent the money."""

    code = "own_expense"
    status = 403

    def message(self) -> str:
        return gettext("You paid for this yourself, so someone else decides about it.")


class SecondFactorNeeded(DomainError):
    """Nobody else can decide, so the person shows again that it is them."""

    code = "second_factor_needed"
    status = 403

    def message(self) -> str:
        return gettext("Nobody else here can decide about your expenses. Confirm that it is you, then decide.")


class ReasonMissing(DomainError):
    """A question or a no comes with words for the person who paid."""

    code = "reason_missing"
    field = "reason"

    def message(self) -> str:
        return gettext("Write what is missing, or why not. %(who)s reads it.") % self.params


class AlreadyDecided(WrongState):
    """Somebody made the same decision a moment ago."""

    code = "already_decided"

    def message(self) -> str:
        return gettext("%(who)s decided the same a moment ago.") % self.params


@transaction.atomic
def review(
    *, expense: Expense, by: Membership, outcome: str, now: datetime, reason: str = "", is_confirmed: bool = False,
    via: str = Via.PAGE, stage_id: UUID | None = None,
) -> Review | StageDecision:  # fmt: skip
    """Write a decision. Several may follow each other, the last is in force; a decision is never edited.

    Where a workflow asks several people in turn, an okay before the last is a decision at its stage alone; `stage_id` is the
    stage that the person had in front of them. Where nobody else may decide about the owner's money, the owner does, with
    `is_confirmed` (a fresh second factor), and the row says so. Raises NotYours, NotYourTurn, OwnExpense,
    SecondFactorNeeded, ReasonMissing, ExpenseLocked, AlreadyDecided, BeingPaid, WrongState, and
    PolicyBlocks for an okay on a claim that a rule refuses and nobody let pass.
    """
    locked = lock_to_decide(expense)
    if not by.can("expenses.review"):
        raise NotYours
    nobody_else = locked.owner_id == by.pk
    if nobody_else:
        if others_eligible(locked).exists():
            raise OwnExpense
        if not is_confirmed:
            raise SecondFactorNeeded
    refuse_settled(locked)
    if outcome == ReviewOutcome.OKAY:
        refuse_blocked(locked)
    else:
        balance.refuse_being_paid(locked)
    reason = reason.replace("\x00", "").strip()[:500]
    if outcome != ReviewOutcome.OKAY and not reason:
        raise ReasonMissing(who=locked.owner.first_name)
    if locked.review == outcome and outcome == ReviewOutcome.OKAY:
        raise AlreadyDecided(who=_last_name(locked))
    said = None if nobody_else else _at_stage(locked, by, outcome, reason, via, stage_id, now)
    if said is not None and outcome == ReviewOutcome.OKAY and said.stage.route.state != RouteState.DONE:
        _after_stage(locked, by, said, now)
        return said
    row = Review.objects.create(
        company_id=locked.company_id, expense=locked, by=by, outcome=outcome, reason=reason,
        no_one_else_eligible=nobody_else, amount=locked.amount,
    )  # fmt: skip
    if outcome != ReviewOutcome.OKAY:
        write(expense=locked, by=by, text=reason, now=now, outcome=outcome)
    decide(locked, outcome, by=by, now=now)
    changes = {"outcome": outcome, "amount": locked.amount, "currency": locked.currency, **_how(said, reason, via)}
    changes |= {"no_one_else_eligible": True} if nobody_else else {}
    event = record(company=locked.company, verb="expense.reviewed", subject=locked, by=by, changes=changes, now=now)
    is_question = outcome != ReviewOutcome.OKAY
    notify(event=event, memberships=[locked.owner], channels=BOTH if is_question else [Channel.IN_APP])
    return row


def _at_stage(
    locked: Expense, by: Membership, outcome: str, reason: str, via: str, stage_id: UUID | None, now: datetime
) -> StageDecision | None:
    """Decide at the open stage of a workflow; None where the usual rule decides. Raises NotYours, NotYourTurn, WrongState."""
    route = follow_route(locked, now=now)
    if route is None or not route.stages.exists():
        if stage_id is not None:
            raise WrongState
        if not may_decide(locked, by, now=now):
            raise NotYours
        if route is not None and outcome == ReviewOutcome.OKAY:
            Route.objects.filter(pk=route.pk).update(state=RouteState.DONE, ended_at=now)
        return None
    if route.state == RouteState.DONE:
        if outcome == ReviewOutcome.OKAY or not _took_part(route, by):
            raise NotYourTurn
        reopen_last(route, now=now)
        return None
    return decide_stage(
        route=route, by=by, outcome=outcome, amount=locked.amount, facts=facts_of(locked), subject=locked, now=now,
        reason=reason, via=via, stage_id=stage_id,
    )  # fmt: skip


def _took_part(route: Route, by: Membership) -> bool:
    """Who decided, and finance, can object to an okay afterwards."""
    is_finance = by.role in permissions.CAPABILITIES["expenses.review"]
    return is_finance or StageDecision.objects.filter(stage__route=route, by=by).exists()


def _after_stage(locked: Expense, by: Membership, said: StageDecision, now: datetime) -> None:
    """Say that one stage is okay. A question that stood is answered by it; who comes next is told."""
    if locked.review:
        decide(locked, "", by=by, now=now)
    changes = {"amount": locked.amount, "currency": locked.currency, **_how(said, said.reason, said.via)}
    event = record(company=locked.company, verb="expense.stage_okayed", subject=locked, by=by, changes=changes, now=now)
    rows = RouteSeat.objects.filter(stage__route=said.stage.route_id, stage__state=StageState.OPEN, is_filled=False)
    asked = Membership.objects.filter(pk__in=rows.exclude(stage=said.stage).values("approver"))
    notify(event=event, memberships=asked, channels=[Channel.IN_APP])


def _how(said: StageDecision | None, reason: str, via: str) -> dict[str, Any]:
    """Return what an event says beside the outcome: the reason, the way it came, in whose place."""
    found: dict[str, Any] = {"reason": reason} if reason else {}
    found |= {"via": via} if via in (Via.MAIL, Via.BULK) else {}
    return found | ({"for_whom": str(said.for_whom_id)} if said and said.for_whom_id else {})


def may_decide(expense: Expense, by: Membership, *, now: datetime) -> bool:
    """Say whether somebody may decide where no workflow applies: finance, the lead of the owner's team, or who stands in for them."""
    finance = permissions.CAPABILITIES["expenses.review"]
    if by.role in finance:
        return True
    team = expense.owner.team_id
    if team and by.led_teams.filter(pk=team).exists():
        return True
    covers = covered_by(by, now) - {expense.owner_id}
    may = Q(role__in=finance) | (Q(led_teams=team) if team else Q(pk__in=[]))
    return bool(covers) and Membership.objects.active().filter(may, pk__in=covers).exists()


def others_eligible(expense: Expense) -> QuerySet[Membership]:
    """Return the active people, other than the owner, who may decide about this expense."""
    people = Membership.objects.active().filter(company_id=expense.company_id).exclude(pk=expense.owner_id)
    may = Q(role__in=permissions.CAPABILITIES["expenses.review"])
    if expense.owner.team_id:
        may |= Q(led_teams=expense.owner.team_id)
    return people.filter(may)


def lock_to_decide(expense: Expense) -> Expense:
    """Lock an expense that is about to be decided on."""
    return (
        Expense.objects.select_for_update(no_key=True, of=("self",))
        .select_related("owner", "company")
        .get(pk=expense.pk)
    )


def refuse_settled(expense: Expense) -> None:
    """Raise ExpenseLocked when there is nothing left to decide."""
    if expense.is_frozen:
        raise ExpenseLocked(lane=expense.books_lane)
    if expense.payment == PaymentState.REVERSED:
        raise ExpenseLocked(lane="")


def decide(expense: Expense, outcome: str, *, by: Membership, now: datetime) -> None:
    """Repeat the decision in force on the expense, for lists and for the person's account. The caller holds the row lock."""
    expense.review = outcome
    expense.save(update_fields=["review"])
    balance.follow(expense, now=now, by=by)


def _last_name(expense: Expense) -> str:
    last = expense.reviews.select_related("by").order_by("-id").first()
    return last.by.name if last and last.by else ""
