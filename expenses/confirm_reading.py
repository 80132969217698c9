"""A person says that what was read from the receipt is right, or what it should be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses import lines
from expenses.code_expense import code_expense, open_for
from expenses.evaluate_policies import evaluate_policies
from expenses.models import Category, Expense, TaxCode
from expenses.suggest import LEARNED, Suggestion, suggestions
from expenses.tagging import as_wanted
from pleo.lib.money import Money


@transaction.atomic
def confirm_reading(
    *,
    expense: Expense,
    by: Membership,
    now: datetime,
    accepted: Collection[str] = (),
    version: int | None = None,
    typed_date: date | None = None,
    typed_tax: Money | None = None,
    typed_category: Category | None = None,
) -> Expense:
    """Take over the accepted suggestions ("total", "date", "tax", or one of LEARNED); what was typed wins over what was read.

    The lines of a split stay as they are. Typing a value settles its question as well as a tick does. When none is open any
    more, the receipt counts as checked.
    Raises ExpenseLocked, ExpenseChanged, NotYours, TaxTooLarge, MasterArchived.
    """
    locked = open_for(expense=expense, by=by, version=version)
    offered = {suggestion.name: suggestion for suggestion in suggestions(locked)}
    typed = {"date": typed_date, "tax": typed_tax, "category": typed_category}
    settled = {name for name, value in typed.items() if value is not None} | (set(accepted) & set(offered))
    is_split = locked.lines.filter(movement=None).count() > 1
    if "category" in settled and not is_split:
        category = typed_category or offered["category"].value
        locked = code_expense(expense=locked, by=by, now=now, category=category)
    if "tax_code" in settled and not is_split:
        locked = code_expense(expense=locked, by=by, now=now, tax_code=offered["tax_code"].value)
    if "tags" in settled and not is_split:
        locked = code_expense(expense=locked, by=by, now=now, tags=as_wanted(offered["tags"].value))
    if "tax" in settled and not is_split:
        # No VAT is an answer too, and Money of nothing is false.
        _take_tax(locked, typed_tax if typed_tax is not None else offered["tax"].value)
    if "date" in settled:
        locked.document_date = typed_date or offered["date"].value
    confirmed = sorted({*locked.confirmed, *settled})
    locked.confirmed = confirmed
    locked.reading_open = locked.reading_open and bool(set(offered) - {*LEARNED, *confirmed})
    locked.save(update_fields=["document_date", "confirmed", "reading_open", "is_coded"])
    if settled:
        changes = {name: [_plain(offered.get(name)), _as_code(typed.get(name))] for name in sorted(settled)}
        record(
            company=locked.company, verb="expense.reading_confirmed", subject=locked, by=by, changes=changes, now=now
        )
    evaluate_policies(locked, now=now)
    return locked


def _take_tax(expense: Expense, tax: Money) -> None:
    line = expense.lines.select_related("category", "tax_code").order_by("position").first()
    if line is not None:
        lines.code(expense, category=line.category, tax_code=line.tax_code, tax=tax)


def _plain(suggestion: Suggestion | None) -> Any:
    return _as_code(suggestion.value) if suggestion else None


def _as_code(value: Any) -> Any:
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, (Category, TaxCode)):
        return value.code
    if isinstance(value, tuple):
        return [tag.path for tag in value]
    return value.isoformat() if isinstance(value, date) else value
