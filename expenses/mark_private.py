"""Part of a purchase was for the person themselves: they owe it to the company."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.lines import Part
from expenses.models import Expense
from expenses.split import shared_of, split, to_split
from expenses.tagging import tags_on
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money


class MoreThanPaid(DomainError):
    """More would be private than was paid."""

    code = "private_more_than_paid"
    field = "amount"

    def message(self) -> str:
        return gettext("%(whole)s was paid in all.") % {"whole": format.amount(self.params["whole"])}


@transaction.atomic
def mark_private(
    *, expense: Expense, by: Membership, amount: Money, now: datetime, version: int | None = None
) -> Expense:
    """Say how much of an expense is private: nothing, a part, or all of it. Said anew, it replaces what was said before.

    The holder or finance says it. The rest keeps its coding, each line smaller in proportion. Raises MoreThanPaid, and
    what `split` raises.
    """
    whole = to_split(expense)
    if amount > whole:
        raise MoreThanPaid(whole=whole)
    rest = whole - amount
    kept = [line for line in shared_of(expense) if line.amount and not line.is_private]
    parts: list[Part] = []
    if rest and kept:
        shares = rest.allocate([line.amount for line in kept])
        pairs = [(line, share) for line, share in zip(kept, shares, strict=True) if share]
        tags = tags_on(kept)
        parts = [
            Part(share, line.category, line.tax_code, text=line.text, tags=tuple(tags[line.pk]))
            for line, share in pairs
        ]
    elif rest:
        parts = [Part(rest)]
    if amount:
        parts.append(Part(amount, is_private=True))
    return split(expense=expense, by=by, parts=parts, now=now, version=version)
