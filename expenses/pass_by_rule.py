"""Say okay to what no person has to look at, because a workflow says so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from events.models import Actor
from events.record import record
from expenses import balance, next_step
from expenses.follow_route import follow_route
from expenses.models import Expense, Review, ReviewOutcome, Route, RouteState
from expenses.policy_flags import needs_review
from expenses.review import lock_to_decide


@transaction.atomic
def pass_by_rule(*, expense: Expense, now: datetime) -> Review | None:
    """Bring an expense onto its way, and say okay where its workflow asks nobody and it is complete. None where somebody looks.

    What a rule of the policy wants looked at never passes by itself. Calling it twice changes nothing.
    """
    locked = lock_to_decide(expense)
    route = follow_route(locked, now=now)
    if route is None or route.state != RouteState.OPEN or route.stages.exists():
        return None
    if next_step.base_step(locked) != "to_review" or needs_review(locked):
        return None
    row: Review = Review.objects.create(
        company_id=locked.company_id, expense=locked, by=None, rule=route.version, outcome=ReviewOutcome.OKAY,
        amount=locked.amount,
    )  # fmt: skip
    Route.objects.filter(pk=route.pk).update(state=RouteState.DONE, ended_at=now)
    locked.review = ReviewOutcome.OKAY
    locked.save(update_fields=["review"])
    balance.follow(locked, now=now)
    assert route.version is not None, "only a workflow lets pass"
    changes = {"workflow": route.version.name, "amount": locked.amount, "currency": locked.currency}
    record(
        company=locked.company, verb="expense.passed_by_rule", subject=locked, actor=Actor.SYSTEM, changes=changes,
        now=now,
    )  # fmt: skip
    return row
