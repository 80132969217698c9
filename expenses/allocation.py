"""Spread a cost by a template: its percentages become amounts that sum exactly, its tags and categories become lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from expenses.code_expense import MasterArchived, usual_tax_code
from expenses.lines import Part
from expenses.models import AllocationTemplate, Expense, ExpenseLine
from expenses.split import by_percent, shared_of, split, to_split
from expenses.tagging import as_wanted, live_tags, tags_on
from pleo.lib.money import Money


@transaction.atomic
def allocate(
    *, expense: Expense, by: Membership, template: AllocationTemplate, now: datetime, version: int | None = None
) -> Expense:
    """Put the shares of a template in the place of the lines. Raises MasterArchived, and what `split` raises."""
    if template.archived_at:
        raise MasterArchived(name=template.name)
    # The whole is read under the lock that `split` takes again: between the two a clearing could change it.
    Expense.objects.select_for_update(no_key=True).get(pk=expense.pk)
    expense.refresh_from_db()
    parts = parts_of(template, shared_of(expense), to_split(expense), expense)
    return split(expense=expense, by=by, parts=parts, now=now, version=version)


def parts_of(template: AllocationTemplate, old: Sequence[ExpenseLine], whole: Money, expense: Expense) -> list[Part]:
    """Return one part per share, exact to the smallest unit (largest remainder). Raises PartEmpty, ShareWrong.

    A share without a category keeps that of the first line that is not private, and its tags win over the line's group by group.
    """
    shares = list(template.shares.select_related("category__tax_code", "tax_code").order_by("position"))
    first = next((line for line in old if not line.is_private), None)
    kept = as_wanted(tags_on([first])[first.pk]) if first else {}
    offered = {str(tag.pk): tag for tag in live_tags(expense.company, {pk for share in shares for pk in share.tags})}
    parts = []
    for share, amount in zip(shares, by_percent(whole, [share.percent for share in shares]), strict=True):
        category = share.category or (first.category if first else None)
        code = share.tax_code
        if code is None:
            code = usual_tax_code(expense, share.category) if share.category else first.tax_code if first else None
        tags = kept | as_wanted(offered[pk] for pk in share.tags if pk in offered)
        text = share.text or (first.text if first else "")
        parts.append(Part(amount, category, code, text=text, tags=tuple(tag for tag in tags.values() if tag)))
    return parts
