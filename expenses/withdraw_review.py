"""Take a decision about an expense back: undo for a reviewer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.balance import refuse_being_paid
from expenses.errors import NotYours
from expenses.models import Expense, Review, RouteState, StageDecision
from expenses.review import OwnExpense, decide, lock_to_decide, may_decide, others_eligible, refuse_settled
from expenses.review_facts import facts_of
from expenses.route import begin_route, drop_route, live_route
from expenses.withdraw_stage import withdraw_stage
from pleo.lib.errors import WrongState

WITHDRAWN = "withdrawn"


@transaction.atomic
def withdraw_review(*, expense: Expense, by: Membership, now: datetime) -> Review | StageDecision:
    """Take the decision in force back: a new row, nothing is deleted.

    Where a workflow asks several people in turn it is the latest decision of a stage, one's own or, for finance, anybody's.
    Raises NotYours, NotYourTurn, OwnExpense, ExpenseLocked, WrongState, BeingPaid.
    """
    locked = lock_to_decide(expense)
    if not by.can("expenses.review"):
        raise NotYours
    refuse_settled(locked)
    if locked.owner_id == by.pk and others_eligible(locked).exists():
        raise OwnExpense
    said = _at_stage(locked, by, now)
    if not locked.review:
        if said is None:
            raise WrongState
        changes = {"amount": locked.amount, "currency": locked.currency}
        record(company=locked.company, verb="expense.stage_withdrawn", subject=locked, by=by, changes=changes, now=now)
        return said
    refuse_being_paid(locked)
    before = locked.review
    row = Review.objects.create(company_id=locked.company_id, expense=locked, by=by, outcome=WITHDRAWN)
    decide(locked, "", by=by, now=now)
    record(
        company=locked.company, verb="expense.review_withdrawn", subject=locked, by=by, changes={"outcome": [before, ""]},
        now=now,
    )  # fmt: skip
    return row


def _at_stage(locked: Expense, by: Membership, now: datetime) -> StageDecision | None:
    """Take back what was said at a stage; None where the usual rule decided. Raises NotYours, NotYourTurn, WrongState."""
    route = live_route(locked)
    if route is not None and route.stages.filter(decisions__withdrawn_at=None, decisions__isnull=False).exists():
        return withdraw_stage(route=route, by=by, now=now)
    if locked.owner_id != by.pk and not may_decide(locked, by, now=now):
        raise NotYours
    if route is not None and route.state == RouteState.DONE:
        # What a workflow let pass is looked at by a person from now on.
        drop_route(route, now=now)
        begin_route(
            subject=locked, owner=locked.owner, facts=facts_of(locked), currency=locked.currency,
            version=route.version, now=now, is_sample=True,
        )  # fmt: skip
    return None
