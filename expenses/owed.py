"""Money that a person asks back for, or spent from cash they hold: one movement, on the day it was spent.

What a claim asks for may change until it stands in a batch for the books; an okay falls with every change.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses import lines, merchant_name
from expenses.balance import OWED, refuse_being_paid
from expenses.errors import ExpenseLocked
from expenses.evaluate_policies import evaluate_policies
from expenses.exchange import Quote, quote
from expenses.lock_period import note_override, refuse_locked
from expenses.models import Direction, Expense, ExpenseKind, LockKind, Movement, PaymentState, RateSource
from expenses.new_expense import insert_expense, refresh_search
from expenses.refuse_by_policy import refuse_blocked
from expenses.reopen_review import reopen_review
from expenses.signals import movement_changed, movement_recorded
from pleo.lib.errors import DomainError
from pleo.lib.money import MAX_AMOUNT, Money

# What the company owes for, once somebody said okay, and what takes cash off the person that holds it.
CLAIMED = (*OWED, ExpenseKind.CASH_PURCHASE)


class DateInFuture(DomainError):
    """Nothing is paid back before it was paid."""

    code = "date_in_future"
    field = "date"

    def message(self) -> str:
        return gettext("This day has not come yet.")


class RateNeedsReason(DomainError):
    """A rate of one's own says where it comes from."""

    code = "rate_needs_reason"
    field = "rate_reason"

    def message(self) -> str:
        return gettext("Say where this rate comes from, as your bank or the receipt.")


class AmountOutOfRange(DomainError):
    """In the company's currency it would be nothing, or more than an amount can be."""

    code = "amount_out_of_range"
    field = "amount"

    def message(self) -> str:
        return gettext("In %(currency)s this is not an amount that can be paid back.") % self.params


class NotAClaim(DomainError):
    """What a card was charged is not for a person to change."""

    code = "not_a_claim"
    status = 409

    def message(self) -> str:
        return gettext("The card network says what this cost. Only what you paid yourself can be changed.")


def valued(amount: Money, *, currency: str, day: date, rate: Decimal | None, reason: str) -> tuple[Money, Quote | None]:
    """Return an amount in the company's currency, and the rate it was valued at (none in its own currency).

    A typed rate wins over the published one. Raises NoRate, RateNeedsReason, AmountOutOfRange.
    """
    if amount.currency == currency:
        if not 0 < amount.amount <= MAX_AMOUNT:
            raise AmountOutOfRange(currency=currency)
        return amount, None
    if rate is not None and not reason.strip():
        raise RateNeedsReason
    found = Quote(rate, day, RateSource.TYPED) if rate else quote(currency=amount.currency, to=currency, day=day)
    booked = found.of(amount, currency)
    if not 0 < booked.amount <= MAX_AMOUNT:
        raise AmountOutOfRange(currency=currency)
    return booked, found


def begin(
    *, by: Membership, kind: str, merchant: str, day: date, amount: Money, now: datetime, rate: Decimal | None = None,
    rate_reason: str = "", purchased_at: datetime | None = None,
) -> Expense:  # fmt: skip
    """Insert an expense with its one movement, in the caller's transaction.

    Raises DateInFuture, NoRate, RateNeedsReason, AmountOutOfRange.
    """
    company = by.company
    if day > company.day_of(now):
        raise DateInFuture
    lock = refuse_locked(company=company, kind=LockKind.CLAIMS, day=day, by=by)
    booked, found = valued(amount, currency=company.currency, day=day, rate=rate, reason=rate_reason)
    noon = datetime.combine(day, time(12), tzinfo=company.zone)
    expense = insert_expense(
        owner=by, kind=kind, merchant=merchant, purchased_at=purchased_at or min(noon, now), currency=company.currency,
        foreign=amount, rate=found.rate if found else None, by=by, now=now,
    )  # fmt: skip
    _say_rate(expense, found, rate_reason)
    movement = Movement.objects.create(
        company_id=by.company_id, expense=expense, direction=Direction.SPEND, amount=booked.amount,
        currency=booked.currency, booked_date=day,
    )  # fmt: skip
    lines.follow_money(expense, new=movement)
    movement_recorded.send(sender=Movement, movement=movement)
    note_override(lock, subject=expense, by=by, now=now)
    return expense


def revalue(
    expense: Expense, *, by: Membership, merchant: str, day: date, amount: Money, now: datetime,
    rate: Decimal | None = None, rate_reason: str = "", purchased_at: datetime | None = None,
) -> Expense:  # fmt: skip
    """Change what a claim asks for, in the caller's transaction; the caller has opened it by `open_for`.

    Raises NotAClaim, BeingPaid, DateInFuture, NoRate, RateNeedsReason, AmountOutOfRange, PolicyBlocks.
    """
    if expense.kind not in CLAIMED:
        raise NotAClaim
    if expense.payment == PaymentState.REVERSED:
        raise ExpenseLocked(lane="")
    refuse_being_paid(expense)
    company = expense.company
    if day > company.day_of(now):
        raise DateInFuture
    lock = refuse_locked(company=company, kind=LockKind.CLAIMS, day=day, by=by)
    booked, found = valued(amount, currency=expense.currency, day=day, rate=rate, reason=rate_reason)
    before = {"amount": expense.amount, "merchant": expense.merchant, "date": _day(expense)}
    movement = expense.movements.get()
    Movement.objects.filter(pk=movement.pk).update(amount=booked.amount, booked_date=day)
    movement.refresh_from_db()
    expense.merchant, expense.document_date = merchant[:120], day
    expense.merchant_key = merchant_name.plain(merchant)
    expense.purchased_at = purchased_at or min(datetime.combine(day, time(12), tzinfo=company.zone), now)
    is_foreign = amount.currency != expense.currency
    expense.foreign_amount = amount.amount if is_foreign else None  # type: ignore[assignment]
    expense.foreign_currency = amount.currency if is_foreign else ""
    expense.rate = found.rate if found else None
    _say_rate(expense, found, rate_reason)
    written = ["merchant", "merchant_key", "document_date", "purchased_at", "foreign_amount", "foreign_currency"]
    expense.save(update_fields=written)
    lines.follow_money(expense)
    refresh_search(expense)
    movement_changed.send(sender=Movement, movement=movement)
    after = {"amount": expense.amount, "merchant": expense.merchant, "date": day.isoformat()}
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changes:
        changes["currency"] = expense.currency  # type: ignore[assignment]
        record(company=company, verb="expense.claim_changed", subject=expense, by=by, changes=changes, now=now)
        reopen_review(expense=expense, why="claim_changed", by=by, now=now)
        note_override(lock, subject=expense, by=by, now=now)
    evaluate_policies(expense, now=now, compare=True)
    refuse_blocked(expense)
    return expense


def _day(expense: Expense) -> str:
    return str(expense.movements.get().booked_date.isoformat())


def _say_rate(expense: Expense, found: Quote | None, reason: str) -> None:
    """Keep where the rate of a foreign amount comes from."""
    expense.rate_source = found.source if found else ""
    expense.rate_date = found.published if found else None
    expense.rate_reason = reason.strip()[:200] if found and found.source == RateSource.TYPED else ""
    expense.save(update_fields=["rate", "rate_source", "rate_date", "rate_reason"])
