"""An employee paid with their own money: the expense that asks for it back."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses import lines
from expenses.attach import attach
from expenses.code_expense import code_expense
from expenses.errors import NotYours
from expenses.models import Category, Direction, Expense, ExpenseKind, Movement
from expenses.new_expense import insert_expense
from expenses.signals import movement_recorded
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from receipts.models import Receipt


class DateInFuture(DomainError):
    """Nothing is paid back before it was paid."""

    code = "date_in_future"
    field = "date"

    def message(self) -> str:
        return gettext("This day has not come yet.")


class CurrencyOther(DomainError):
    """A claim is made in the company's own currency."""

    code = "currency_other"
    field = "amount"

    def message(self) -> str:
        return gettext("Write what it cost you in %(currency)s.") % self.params


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
    note: str, now: datetime,
) -> Expense:  # fmt: skip
    """Make an expense paid by the employee, with its receipt and one movement on the day of purchase.

    Raises NotYours, DateInFuture, CurrencyOther, ReceiptTaken, MasterArchived.
    """
    if not by.can("expenses.claim") or receipt.uploaded_by_id != by.pk:
        raise NotYours
    if purchased_on > by.company.day_of(now):
        raise DateInFuture
    if amount.currency != by.company.currency:
        raise CurrencyOther(currency=by.company.currency)
    assert amount.amount > 0, "the form refuses an empty claim"
    Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    other = receipt.attachments.filter(detached_at=None).select_related("expense").first()
    if other is not None:
        raise ReceiptTaken(number=other.expense.number)
    noon = datetime.combine(purchased_on, time(12), tzinfo=by.company.zone)
    expense = insert_expense(
        owner=by, kind=ExpenseKind.OUT_OF_POCKET, merchant=merchant, purchased_at=min(noon, now),
        currency=amount.currency, by=by,
    )  # fmt: skip
    movement = Movement.objects.create(
        company_id=by.company_id, expense=expense, direction=Direction.SPEND, amount=amount.amount,
        currency=amount.currency, booked_date=purchased_on,
    )  # fmt: skip
    lines.follow_money(expense, new=movement)
    attach(expense=expense, receipt=receipt, by=by, now=now)
    expense = code_expense(expense=expense, by=by, now=now, category=category, note=note)
    # What the receipt says was just typed or confirmed by the person who holds it.
    expense.reading_open, expense.document_date = False, purchased_on
    expense.confirmed = ["category", "date", "total"]
    expense.save(update_fields=["reading_open", "document_date", "confirmed"])
    changes = {"amount": amount.amount, "currency": amount.currency, "date": purchased_on.isoformat()}
    record(company=by.company, verb="expense.claimed", subject=expense, by=by, changes=changes, now=now)
    movement_recorded.send(sender=Movement, movement=movement)
    return expense
