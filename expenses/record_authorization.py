"""A purchase was approved, or what is still held for it changed: the expense that documents it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cards.models import Authorization, AuthorizationStatus, Channel, Outcome
from events.record import record as record_event
from expenses import lines
from expenses.evaluate_policies import evaluate_policies
from expenses.fill_in import fill_in
from expenses.models import Expense, ExpenseKind, PaymentState
from expenses.new_expense import insert_expense
from expenses.tasks import match_expense
from pleo.lib import work


@transaction.atomic
def record(*, authorization: Authorization) -> Expense | None:
    """Make the expense of an approved authorization, or bring its reserved amount up to date. Repeating changes nothing.

    Declined requests, and checks of a card that ask for no money, make none. Once money was booked the movements decide,
    whatever the hold still says.
    """
    # The lock makes two tasks for one purchase take turns; the unique column is what guarantees one expense.
    locked = (
        Authorization.objects.select_for_update(no_key=True, of=("self",))
        .select_related("card__cardholder__company")
        .get(pk=authorization.pk)
    )
    expense = Expense.objects.select_for_update(no_key=True).filter(authorization=locked).first()
    if expense is None:
        if locked.outcome != Outcome.APPROVED or not max(locked.amount, locked.authorized_total, locked.open_amount):
            return None
        expense = expense_of(locked)
        work.enqueue(match_expense, expense_id=expense.pk)
    before = expense.amount
    if lines.follow_money(expense, held=locked.reserved) and before:
        _say_what_changed(expense, locked, before)
    fill_in(expense)
    evaluate_policies(expense, now=timezone.now(), compare=before != expense.amount)
    return expense


def expense_of(authorization: Authorization) -> Expense:
    """Return the expense of an authorization, made now if need be. The caller holds the authorization's row lock."""
    expense = Expense.objects.select_for_update(no_key=True).filter(authorization=authorization).first()
    if expense is not None:
        return expense
    return insert_expense(
        owner=authorization.card.cardholder,
        kind=ExpenseKind.CASH if authorization.channel == Channel.CASH else ExpenseKind.CARD,
        merchant=authorization.merchant_name,
        merchant_category_code=authorization.merchant_category_code,
        purchased_at=authorization.occurred_at,
        currency=authorization.currency,
        foreign=authorization.merchant_money,
        authorization=authorization,
    )


def _say_what_changed(expense: Expense, authorization: Authorization, before: int) -> None:
    released = expense.payment == PaymentState.REVERSED
    changes: dict[str, object] = {"amount": [before, expense.amount], "currency": expense.currency}
    if released:
        changes["how"] = "expired" if authorization.status == AuthorizationStatus.EXPIRED else "reversed"
    record_event(
        company=expense.company, verb="expense.released" if released else "expense.reserved_changed",
        subject=expense, changes=changes,
    )  # fmt: skip
