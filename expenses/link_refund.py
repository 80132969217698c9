"""Say which purchase a refund belongs to: the issuers' links are guesses, and people know better."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.code_expense import open_for
from expenses.models import Expense, ExpenseKind
from pleo.lib.errors import DomainError


class NotItsPurchase(DomainError):
    """The two do not go together."""

    code = "not_its_purchase"
    field = "purchase"

    def message(self) -> str:
        return gettext("A refund belongs to an earlier card purchase of the same person.")


@transaction.atomic
def link_refund(
    *, expense: Expense, purchase: Expense | None, by: Membership, now: datetime, version: int | None = None
) -> Expense:
    """Link a refund to its purchase, or to none. Raises NotItsPurchase, NotYours, ExpenseLocked, ExpenseChanged."""
    locked = open_for(expense=expense, by=by, version=version)
    if locked.kind != ExpenseKind.REFUND:
        raise NotItsPurchase
    if purchase is not None and (
        purchase.company_id != locked.company_id
        or purchase.owner_id != locked.owner_id
        or purchase.kind not in (ExpenseKind.CARD, ExpenseKind.CASH)
        or purchase.purchased_at > locked.purchased_at
    ):
        raise NotItsPurchase
    before = locked.refund_of_id
    if before != (purchase.pk if purchase else None):
        locked.refund_of = purchase
        locked.save(update_fields=["refund_of"])
        changes = {"refund_of": [str(before) if before else None, str(purchase.pk) if purchase else None]}
        record(company=locked.company, verb="expense.refund_linked", subject=locked, by=by, changes=changes, now=now)
    return locked
