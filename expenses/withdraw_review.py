"""Take a decision about an expense back: undo for a reviewer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.balance import refuse_being_paid
from expenses.errors import NotYours
from expenses.models import Expense, Review
from expenses.review import decide, lock_to_decide, refuse_settled
from pleo.lib.errors import WrongState

WITHDRAWN = "withdrawn"


@transaction.atomic
def withdraw_review(*, expense: Expense, by: Membership, now: datetime) -> Review:
    """Take the decision in force back: a new row, nothing is deleted. Raises NotYours, ExpenseLocked, WrongState, BeingPaid."""
    locked = lock_to_decide(expense)
    if not by.can("expenses.review"):
        raise NotYours
    refuse_settled(locked)
    if not locked.review:
        raise WrongState
    refuse_being_paid(locked)
    before = locked.review
    row = Review.objects.create(company_id=locked.company_id, expense=locked, by=by, outcome=WITHDRAWN)
    decide(locked, "", by=by, now=now)
    record(
        company=locked.company, verb="expense.review_withdrawn", subject=locked, by=by, changes={"outcome": [before, ""]},
        now=now,
    )  # fmt: skip
    return row
