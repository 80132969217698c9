"""What of a payout is above the tax-free rates, and the lines that the payroll gets for it.

A claim is told to the payroll once: what earlier payouts told of it is taken off, so a claim that changed after it was paid
tells the difference alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from expenses.balance import effect_of
from expenses.models import BalanceEntry, Expense, ExpenseKind, PayoutItem, WageTypes
from pleo.lib.money import Money

RATED = (ExpenseKind.MILEAGE, ExpenseKind.PER_DIEM)
TAX_FREE, TAXABLE, DEDUCTION = "tax_free", "taxable", "deduction"


@dataclass(frozen=True)
class WageLine:
    """One line of a person for the payroll: its kind, and an amount that is never nothing."""

    kind: str
    amount: Money


def wage_lines(amount: Money, taxable: Money) -> list[WageLine]:
    """Split what a person gets into what is free of tax and what is not. The lines sum to `amount`, to the minor unit.

    What is owed to the company may eat up more than what is free of tax: then that line is below zero, a deduction.
    """
    rest = amount - taxable
    found = [WageLine(TAX_FREE if rest.amount > 0 else DEDUCTION, rest), WageLine(TAXABLE, taxable)]
    lines = [line for line in found if line.amount]
    assert sum(line.amount.amount for line in lines) == amount.amount, "a split adds and loses nothing"
    return lines


def taxable_of(expense: Expense) -> int:
    """Return what of a drive or of days away is taxable as it counts for its person now, in the company's minor units."""
    row = getattr(expense, "drive" if expense.kind == ExpenseKind.MILEAGE else "journey", None)
    counts = max(effect_of(expense), 0)
    if row is None or not row.taxable or not counts:
        return 0
    if row.taxable_currency == expense.currency:
        return int(min(row.taxable, counts))
    assert expense.foreign_amount, "a claim in another currency keeps its amount there"
    # The same share of what it is worth in the company's money; what the rate rounds stays free of tax.
    return int(min(expense.amount * row.taxable // expense.foreign_amount, counts))


def taxable_by_entry(entries: Collection[UUID]) -> dict[UUID, int]:
    """Return what of each of these open entries is taxable, in minor units; of a claim with several the last one tells it.

    Three queries, whatever their number, and one per claim that has a taxable part.
    """
    rows = BalanceEntry.objects.filter(pk__in=entries, expense__kind__in=RATED).order_by("id")
    last = {row.expense_id: row for row in rows.select_related("expense__drive", "expense__journey")}
    told = _told(last)
    found = {row.pk: taxable_of(row.expense) - told[expense] for expense, row in last.items() if row.expense}
    return {entry: part for entry, part in found.items() if part}


def _told(expenses: Iterable[UUID | None]) -> dict[UUID | None, int]:
    live = PayoutItem.objects.filter(entry__expense__in=list(expenses), released_at=None).order_by()
    sums = live.values_list("entry__expense").annotate(sum=Sum("taxable")).values_list("entry__expense", "sum")
    return defaultdict(int, {expense: int(total) for expense, total in sums})


def wage_types_of(company: UUID) -> WageTypes:
    """Return a company's wage types; empty ones where it keeps none."""
    found: WageTypes | None = WageTypes.objects.filter(company=company).first()
    return found or WageTypes(company_id=company)
