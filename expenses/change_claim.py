"""Change what one asked back for: amount, currency, day, rate, place."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import Membership
from expenses.code_expense import open_for
from expenses.models import Expense, ExpenseKind
from expenses.owed import NotAClaim, revalue
from pleo.lib.money import Money


@transaction.atomic
def change_claim(
    *, expense: Expense, by: Membership, merchant: str, purchased_on: date, amount: Money, now: datetime,
    version: int | None = None, rate: Decimal | None = None, rate_reason: str = "",
) -> Expense:  # fmt: skip
    """Change a claim that no batch holds. An okay falls with it.

    Raises NotYours, ExpenseLocked, ExpenseChanged, NotAClaim, DateInFuture, NoRate, RateNeedsReason, AmountOutOfRange.
    """
    locked = open_for(expense=expense, by=by, version=version)
    if locked.kind not in (ExpenseKind.OUT_OF_POCKET, ExpenseKind.CASH_PURCHASE):
        raise NotAClaim
    return revalue(
        locked, by=by, merchant=merchant, day=purchased_on, amount=amount, rate=rate, rate_reason=rate_reason, now=now
    )
