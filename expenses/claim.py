"""An employee paid: with their own money, which they ask back for, or from the company's cash that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.attach import attach
from expenses.code_expense import KEEP, code_expense
from expenses.errors import NotYours
from expenses.evaluate_policies import evaluate_policies, hold_policies
from expenses.keep_attendees import Present, keep_attendees
from expenses.models import Category, Expense, ExpenseKind
from expenses.owed import DateInFuture, begin
from expenses.refuse_by_policy import refuse_by_policy
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from receipts.models import Receipt

__all__ = ["DateInFuture", "ReceiptTaken", "claim"]


class ReceiptTaken(DomainError):
    """The receipt documents another expense already; paying it back twice is the commonest slip."""

    code = "receipt_taken"
    status = 409
    field = "receipt"

    def message(self) -> str:
        return gettext("This receipt is on expense #%(number)s already.") % self.params


@transaction.atomic
def claim(
    *, by: Membership, receipt: Receipt, merchant: str, purchased_on: date, amount: Money, category: Category | None,
    note: str, now: datetime, from_cash: bool = False, rate: Decimal | None = None, rate_reason: str = "",
    attendees: Sequence[Present] = (),
) -> Expense:  # fmt: skip
    """Make an expense paid by the employee, with its receipt and one movement on the day of purchase.

    An amount in another currency is valued at the European Central Bank's rate of that day, or at a typed one with its
    reason. Raises NotYours, DateInFuture, NoRate, RateNeedsReason, AmountOutOfRange, ReceiptTaken, MasterArchived,
    DetailsMissing, PolicyBlocks, TooManyAttendees.
    """
    if not by.can("expenses.claim") or receipt.uploaded_by_id != by.pk:
        raise NotYours
    assert amount.amount > 0, "the form refuses an empty claim"
    Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    other = receipt.attachments.filter(detached_at=None).select_related("expense").first()
    if other is not None:
        raise ReceiptTaken(number=other.expense.number)
    expense = begin(
        by=by, kind=ExpenseKind.CASH_PURCHASE if from_cash else ExpenseKind.OUT_OF_POCKET, merchant=merchant,
        day=purchased_on, amount=amount, rate=rate, rate_reason=rate_reason, now=now,
    )  # fmt: skip
    with hold_policies():
        attach(expense=expense, receipt=receipt, by=by, now=now)
        expense = code_expense(expense=expense, by=by, now=now, category=category or KEEP, note=note)
        if attendees:
            expense = keep_attendees(expense=expense, by=by, people=attendees, now=now)
    # What the receipt says was just typed or confirmed by the person who holds it.
    expense.reading_open, expense.document_date = False, purchased_on
    expense.confirmed = ["category", "date", "total"]
    expense.save(update_fields=["reading_open", "document_date", "confirmed"])
    evaluate_policies(expense, now=now, compare=True)
    refuse_by_policy(expense)
    changes = {"amount": expense.amount, "currency": expense.currency, "date": purchased_on.isoformat()}
    record(company=by.company, verb="expense.claimed", subject=expense, by=by, changes=changes, now=now)
    return expense
