"""An okay that no longer fits the money: the expense goes back to review by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Membership
from events.models import Actor
from events.record import record
from expenses import balance
from expenses.models import Expense, Review, ReviewOutcome, Route, RouteState

WITHDRAWN = "withdrawn"
# An okay covers what a shop adds on top within reason, a small tip or the rounding of a rate, in percent of what was okayed.
TOLERATED = 10


def outgrown(expense: Expense) -> bool:
    """Say whether an expense with an okay has grown beyond what the okay covers."""
    if expense.review != ReviewOutcome.OKAY:
        return False
    last = Review.objects.filter(expense=expense, outcome=ReviewOutcome.OKAY).order_by("-id").first()
    if last is None or last.amount is None:
        return False
    return expense.amount * 100 > last.amount * (100 + TOLERATED)


def reopen_review(
    *, expense: Expense, why: str, by: Membership | None = None, now: datetime | None = None
) -> Review | None:
    """Let an okay fall, in the caller's transaction; `why` is a code. None when there is no okay that could fall.

    The caller holds the expense's row lock.
    """
    if expense.review != ReviewOutcome.OKAY:
        return None
    row = Review.objects.create(
        company_id=expense.company_id, expense=expense, by=None, outcome=WITHDRAWN, amount=expense.amount
    )
    expense.review = ""
    expense.save(update_fields=["review"])
    # What said okay to the money as it was begins anew; who is asked then is seen when somebody looks, or by the sweep.
    live = Route.objects.filter(expense=expense, state=RouteState.DONE)
    live.update(state=RouteState.DROPPED, ended_at=now or timezone.now())
    balance.follow(expense, now=now, by=by)
    changes: dict[str, Any] = {"why": why, "amount": expense.amount, "currency": expense.currency}
    record(
        company=expense.company, verb="expense.review_reopened", subject=expense, by=by,
        actor=None if by else Actor.SYSTEM, changes=changes, now=now or timezone.now(),
    )  # fmt: skip
    return row
