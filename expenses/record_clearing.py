"""Money was booked by the network: the movement that stands for it, on the expense it belongs to."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cards.models import Authorization, Clearing, ClearingKind
from events.record import record as record_event
from expenses import lines
from expenses.evaluate_policies import evaluate_policies
from expenses.fill_in import fill_in
from expenses.models import Direction, Expense, ExpenseKind, Movement
from expenses.new_expense import insert_expense
from expenses.record_authorization import expense_of
from expenses.signals import movement_recorded
from expenses.tasks import match_expense
from pleo.lib import work
from pleo.lib.money import Money

CREDITS = frozenset({ClearingKind.REFUND, ClearingKind.CORRECTION_CREDIT, ClearingKind.CHARGEBACK})
# How far back the purchase that a refund belongs to is looked for, newest first.
CANDIDATES = 200


@transaction.atomic
def record(*, clearing: Clearing, now: datetime | None = None) -> Movement:
    """Make the movement of a clearing; repeating returns the one there is. `now` is when it is done, the present if absent.

    A purchase goes to the expense of its authorization, several clearings to the same one, a force post to its own. A
    refund is always an expense of its own, linked to its likely purchase. Corrections, chargebacks and a refund taken back
    go to the expense they correct when that is known, else to their own.
    """
    locked = (
        Clearing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("card__cardholder__company")
        .get(pk=clearing.pk)
    )
    known = Movement.objects.filter(clearing=locked).first()
    if known is not None:
        return known
    expense = _expense_for(locked)
    direction = Direction.REFUND if locked.kind in CREDITS else Direction.SPEND
    movement = Movement.objects.create(
        company_id=locked.company_id,
        expense=expense,
        clearing=locked,
        direction=direction,
        amount=locked.amount,
        currency=locked.currency,
        booked_date=locked.card.cardholder.company.day_of(locked.cleared_at),
    )
    before = expense.amount
    lines.follow_money(expense, new=movement)
    _take_foreign(expense, locked)
    _say(expense, movement, before, now)
    fill_in(expense)
    evaluate_policies(expense, now=now or timezone.now(), compare=before != expense.amount)
    movement_recorded.send(sender=Movement, movement=movement)
    work.enqueue(match_expense, expense_id=expense.pk)
    return movement


def _expense_for(clearing: Clearing) -> Expense:
    """Return the expense that a clearing belongs to, its row locked."""
    if clearing.kind == ClearingKind.REFUND:
        return _own(clearing, refund_of=_purchase_of(clearing))
    if clearing.kind == ClearingKind.REFUND_REVERSAL:
        found = _refund_of(clearing)
        return _lock(found) if found else _own(clearing)
    known = _corrected(clearing)
    if known is not None:
        return _lock(known)
    if clearing.authorization_id:
        authorization = (
            Authorization.objects.select_for_update(no_key=True, of=("self",))
            .select_related("card__cardholder__company")
            .get(pk=clearing.authorization_id)
        )
        return expense_of(authorization)
    if clearing.kind not in (ClearingKind.PURCHASE, ClearingKind.CASH):
        found = _purchase_of(clearing)
        if found:
            return _lock(found)
    return _own(clearing)


def _lock(expense: Expense) -> Expense:
    return (
        Expense.objects.select_for_update(no_key=True, of=("self",)).select_related("owner__company").get(pk=expense.pk)
    )


def _own(clearing: Clearing, refund_of: Expense | None = None) -> Expense:
    kind = ExpenseKind.CASH if clearing.kind == ClearingKind.CASH else ExpenseKind.CARD
    return insert_expense(
        owner=clearing.card.cardholder,
        kind=ExpenseKind.REFUND if clearing.kind in CREDITS else kind,
        merchant=clearing.merchant_name,
        merchant_category_code=clearing.merchant_category_code,
        purchased_at=clearing.cleared_at,
        currency=clearing.currency,
        foreign=Money(clearing.merchant_amount, clearing.merchant_currency),
        rate=clearing.rate,
        refund_of=refund_of,
    )


def _purchase_of(clearing: Clearing) -> Expense | None:
    """Guess the purchase: the issuer's own link, else the same card and merchant, the same amount before any other."""
    known = _corrected(clearing)
    if known is not None:
        return known
    if clearing.authorization_id:
        return Expense.objects.filter(authorization_id=clearing.authorization_id).first()
    return _likely(clearing, kind=ExpenseKind.CARD)


def _corrected(clearing: Clearing) -> Expense | None:
    """Return the expense of the clearing that this one names as the one it corrects, returns or charges again."""
    if clearing.original_id is None:
        return None
    return Expense.objects.filter(movements__clearing=clearing.original_id).first()


def _refund_of(clearing: Clearing) -> Expense | None:
    known = _corrected(clearing)
    if known is not None:
        return known
    return _likely(clearing, kind=ExpenseKind.REFUND)


def _likely(clearing: Clearing, *, kind: str) -> Expense | None:
    wanted = clearing.merchant_name.casefold()
    rows = Expense.objects.filter(
        company_id=clearing.company_id, owner_id=clearing.card.cardholder_id, kind=kind, currency=clearing.currency,
        purchased_at__lte=clearing.cleared_at,
    ).order_by("-purchased_at", "-id")[:CANDIDATES]  # fmt: skip
    same = [
        row
        for row in rows.prefetch_related("movements__clearing").select_related("authorization")
        if row.merchant.casefold() == wanted and clearing.card_id in _cards(row)
    ]
    return next((row for row in same if row.amount == clearing.amount), same[0] if same else None)


def _cards(expense: Expense) -> set[object]:
    cards = {movement.clearing.card_id for movement in expense.movements.all() if movement.clearing}
    return cards | ({expense.authorization.card_id} if expense.authorization else set())


def _take_foreign(expense: Expense, clearing: Clearing) -> None:
    """The rate is final with the clearing; the merchant's own amount may have grown by a tip."""
    if not expense.foreign_currency or clearing.merchant_currency != expense.foreign_currency:
        return
    expense.rate = clearing.rate
    if expense.movements.count() == 1:
        expense.foreign_amount = clearing.merchant_amount
    expense.save(update_fields=["rate", "foreign_amount"])


def _say(expense: Expense, movement: Movement, before: int, now: datetime | None) -> None:
    record_event(
        company=expense.company,
        verb="expense.settled",
        subject=expense,
        changes={
            "amount": [before, expense.amount],
            "currency": expense.currency,
            "movement": str(movement.pk),
            "direction": movement.direction,
        },
        now=now,
    )
