"""What a page of an expense saves at once: coding, note, and what was confirmed of the receipt."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from accounts.models import Membership
from expenses.code_expense import KEEP, Keep, code_expense
from expenses.confirm_reading import confirm_reading
from expenses.models import Category, Expense, TaxCode
from pleo.lib.money import Money


@transaction.atomic
def complete(
    *,
    expense: Expense,
    by: Membership,
    now: datetime,
    version: int | None = None,
    accepted: Collection[str] = (),
    category: Category | Keep | None = KEEP,
    tax_code: TaxCode | Keep | None = KEEP,
    tax: Money | None = None,
    document_date: date | None = None,
    note: str | Keep = KEEP,
) -> Expense:
    """Save all of it or nothing. Values given were typed and win over accepted suggestions.

    Raises what `code_expense` and `confirm_reading` raise.
    """
    coded = code_expense(
        expense=expense, by=by, now=now, version=version, category=category, tax_code=tax_code, note=note
    )
    typed_category = category if isinstance(category, Category) else None
    if not (accepted or tax is not None or document_date or typed_category or coded.reading_open):
        return coded
    return confirm_reading(
        expense=coded, by=by, now=now, accepted=accepted, typed_date=document_date, typed_tax=tax,
        typed_category=typed_category,
    )  # fmt: skip
