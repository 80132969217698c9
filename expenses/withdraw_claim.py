"""Take a claim back that nobody has paid: it asks for nothing any more, and its receipts wait in the inbox again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses import lines
from expenses.balance import BeingPaid
from expenses.code_expense import open_for
from expenses.detach import detach
from expenses.errors import ExpenseLocked
from expenses.evaluate_policies import evaluate_policies
from expenses.models import Expense, PaymentState, PayoutItem
from expenses.owed import CLAIMED, NotAClaim
from expenses.reopen_review import reopen_review
from expenses.signals import movement_withdrawn


@transaction.atomic
def withdraw_claim(*, expense: Expense, by: Membership, now: datetime, version: int | None = None) -> Expense:
    """Withdraw a claim. It cannot be undone; claiming anew makes another. An okay falls with it.

    Raises NotYours, ExpenseLocked, PeriodLocked, ExpenseChanged, NotAClaim, BeingPaid.
    """
    locked = open_for(expense=expense, by=by, version=version)
    if locked.kind not in CLAIMED:
        raise NotAClaim
    if locked.payment == PaymentState.REVERSED:
        raise ExpenseLocked(lane="")
    item = PayoutItem.objects.filter(entry__expense=locked, released_at=None).select_related("payout__run").first()
    if item is not None:
        raise BeingPaid(number=item.payout.run.number)
    for attachment in locked.attachments.filter(detached_at=None).select_related("expense"):
        detach(attachment=attachment, by=by, now=now)
    locked.refresh_from_db()
    amount = locked.amount
    reopen_review(expense=locked, why="claim_withdrawn", by=by, now=now)
    for movement in locked.movements.all():
        # Whoever repeats a movement elsewhere lets go of it first, in this transaction, or refuses.
        movement_withdrawn.send(sender=type(movement), movement=movement)
        movement.delete()
    lines.follow_money(locked)
    evaluate_policies(locked, now=now, compare=True)
    changes = {"amount": [amount, 0], "currency": locked.currency}
    record(company=locked.company, verb="expense.claim_withdrawn", subject=locked, by=by, changes=changes, now=now)
    return locked
