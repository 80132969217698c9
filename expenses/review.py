"""Decide about an expense: okay, not okay, or something is missing. Nobody decides about their own money."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from accounts import permissions
from accounts.models import Membership
from events.models import Channel
from events.notify import BOTH, notify
from events.record import record
from expenses import balance
from expenses.errors import ExpenseLocked, NotYours
from expenses.models import Expense, PaymentState, Review, ReviewOutcome
from expenses.refuse_by_policy import refuse_blocked
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
    *, expense: Expense, by: Membership, outcome: str, now: datetime, reason: str = "", is_confirmed: bool = False
) -> Review:
    """Write a decision. Several may follow each other, the last is in force; a decision is never edited.

    Where nobody else may decide about the owner's money, the owner does, with `is_confirmed` (a fresh second factor), and
    the row says so. Raises NotYours, OwnExpense, SecondFactorNeeded, ReasonMissing, ExpenseLocked, AlreadyDecided,
    BeingPaid, and PolicyBlocks for an okay on a claim that a rule refuses and nobody let pass.
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
    row = Review.objects.create(
        company_id=locked.company_id, expense=locked, by=by, outcome=outcome, reason=reason,
        no_one_else_eligible=nobody_else, amount=locked.amount,
    )  # fmt: skip
    decide(locked, outcome, by=by, now=now)
    changes = {"outcome": outcome, "amount": locked.amount, "currency": locked.currency}
    changes |= {"reason": reason} if reason else {}
    changes |= {"no_one_else_eligible": True} if nobody_else else {}
    event = record(company=locked.company, verb="expense.reviewed", subject=locked, by=by, changes=changes, now=now)
    is_question = outcome != ReviewOutcome.OKAY
    notify(event=event, memberships=[locked.owner], channels=BOTH if is_question else [Channel.IN_APP])
    return row


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
