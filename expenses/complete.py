"""What a page of an expense saves at once: coding, note, and what was confirmed of the receipt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.models import Membership
from expenses.code_expense import KEEP, Keep, code_expense
from expenses.confirm_reading import confirm_reading
from expenses.evaluate_policies import evaluate_policies, hold_policies
from expenses.keep_attendees import Present, keep_attendees
from expenses.models import Category, Expense, TaxCode, Vendor
from expenses.tagging import Wanted
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
    people: Sequence[Present] | None = None,
    tags: Wanted | Keep = KEEP,
    vendor: Vendor | Keep | None = KEEP,
) -> Expense:
    """Save all of it or nothing. Values given were typed and win over accepted suggestions.

    Raises what `code_expense`, `keep_attendees` and `confirm_reading` raise.
    """
    with hold_policies():
        done = code_expense(
            expense=expense, by=by, now=now, version=version, category=category, tax_code=tax_code, note=note, tags=tags,
            vendor=vendor,
        )  # fmt: skip
        if people is not None:
            done = keep_attendees(expense=done, by=by, people=people, now=now)
        typed_category = category if isinstance(category, Category) else None
        if accepted or tax is not None or document_date or typed_category or done.reading_open:
            done = confirm_reading(
                expense=done, by=by, now=now, accepted=accepted, typed_date=document_date, typed_tax=tax,
                typed_category=typed_category,
            )  # fmt: skip
    evaluate_policies(done, now=now)
    return done
