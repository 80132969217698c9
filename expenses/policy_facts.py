"""Gather what rules look at, for many expenses of one company in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from expenses.match import likeness
from expenses.models import Attachment, Direction, Drive, Expense, ExpenseKind, ExpenseLine, Journey, PaymentState
from expenses.policy_rules import CLAIMED, SPENDING, Facts, Rule
from receipts.models import Reading
from receipts.reading.rows import fold
from receipts.reading.words import TIP

# From which likeness on two names are one shop: the same that matching calls the same merchant.
ALIKE = 85
# A receipt that shows less than half of what was paid is another receipt, not a tip.
LARGEST_TIP_SHARE = 2


def gather(expenses: Sequence[Expense], rules: Collection[Rule]) -> dict[UUID, Facts]:
    """Return the facts of expenses of one company by id; only what the rules' checks need is looked up."""
    checks = {rule.check for rule in rules}
    lines: dict[UUID, list[ExpenseLine]] = defaultdict(list)
    for line in ExpenseLine.objects.filter(expense__in=expenses).order_by("position"):
        lines[line.expense_id].append(line)
    drives = {row.expense_id: row for row in Drive.objects.filter(expense__in=_ids(expenses, checks, "distance"))}
    journeys = {row.expense_id: row for row in Journey.objects.filter(expense__in=_ids(expenses, checks, "journey"))}
    apart = max((int(rule.parameters.get("days", 0)) for rule in rules if rule.check == "duplicate"), default=0)
    twins = _twins(expenses, apart) if "duplicate" in checks else {}
    totals = _totals_read(expenses) if "tip" in checks else {}
    return {
        one.pk: _facts(
            one, lines[one.pk], drives.get(one.pk), journeys.get(one.pk),
            tuple(twins.get(one.pk, ())), totals.get(one.pk),
        )
        for one in expenses
    }  # fmt: skip


def _ids(expenses: Sequence[Expense], checks: Collection[str], check: str) -> list[UUID]:
    kind = ExpenseKind.MILEAGE if check == "distance" else ExpenseKind.PER_DIEM
    return [one.pk for one in expenses if one.kind == kind] if check in checks else []


def _facts(
    one: Expense, lines: Sequence[ExpenseLine], drive: Drive | None, journey: Journey | None,
    twins: tuple[tuple[int, int], ...], total_read: tuple[int, str] | None,
) -> Facts:  # fmt: skip
    company = one.company
    own = [line for line in lines if not line.is_private]
    by_category: dict[str, int] = defaultdict(int)
    for line in own:
        by_category[str(line.category_id or "")] += _signed(line, one)
    tip, bill = _tip(one, own, total_read)
    return Facts(
        kind=one.kind,
        direction=one.direction,
        amount=sum(by_category.values()) if one.payment != PaymentState.REVERSED else 0,
        currency=one.currency,
        merchant=one.merchant,
        purchased_on=company.day_of(one.purchased_at),
        paid_currency=one.foreign_currency or one.currency,
        by_category=dict(by_category),
        team=str(one.owner.team_id or ""),
        receipts=one.receipt_count,
        note=one.note,
        attendees=one.attendee_count,
        lines=sum(1 for line in lines if line.amount),
        tip=tip,
        bill=bill,
        # The row of a claim is made at the moment it is handed in, whatever day it was for.
        submitted_on=company.day_of(one.created_at) if one.kind in CLAIMED else None,
        distance=drive.distance if drive else None,
        unit=drive.unit if drive else "",
        days=len(_days(journey, company)) if journey else 0,
        twins=twins,
    )


def _signed(line: ExpenseLine, expense: Expense) -> int:
    return line.amount if line.direction == expense.direction else -line.amount


def _days(journey: Journey, company: Any) -> list[date]:
    first, last = company.day_of(journey.starts_at), company.day_of(journey.ends_at)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _tip(one: Expense, lines: Sequence[ExpenseLine], total_read: tuple[int, str] | None) -> tuple[int, int]:
    """Return the tip and the bill before it: a line that says so, else what was paid above the receipt's total."""
    said = sum(_signed(line, one) for line in lines if line.text and TIP.fullmatch(fold(line.text)))
    if said > 0:
        return said, one.amount - said
    paid, currency = (
        (one.foreign_amount or 0, one.foreign_currency) if one.foreign_currency else (one.amount, one.currency)
    )
    if total_read is None or total_read[1] != currency:
        return 0, paid
    total = total_read[0]
    return (paid - total, total) if total < paid < total * LARGEST_TIP_SHARE else (0, paid)


def _totals_read(expenses: Sequence[Expense]) -> dict[UUID, tuple[int, str]]:
    """Return the total and the currency on the newest receipt of each expense, where they were read."""
    pairs = Attachment.objects.filter(expense__in=expenses, detached_at=None).order_by("id")
    of_receipt = {receipt: expense for expense, receipt in pairs.values_list("expense_id", "receipt_id")}
    found: dict[UUID, tuple[int, str]] = {}
    for reading in Reading.objects.filter(receipt__in=of_receipt).order_by("receipt_id", "id"):
        total = (reading.fields.get("total") or {}).get("value")
        currency = (reading.fields.get("currency") or {}).get("value")
        if isinstance(total, int) and total > 0 and isinstance(currency, str):
            found[of_receipt[reading.receipt_id]] = (total, currency)
    return found


def alike_to(expenses: Sequence[Expense], apart: int) -> list[Expense]:
    """Return the purchases and claims of the same people whose amount and day could make them twins of some of these."""
    weighty = [one for one in expenses if one.amount]
    if not weighty:
        return []
    first, last = min(one.purchased_at for one in weighty), max(one.purchased_at for one in weighty)
    span = timedelta(days=apart + 1)
    same = Q(amount__in={one.amount for one in weighty})
    foreign = {one.foreign_amount for one in weighty if one.foreign_amount}
    if foreign:
        same |= Q(foreign_amount__in=foreign)
    rows = Expense.objects.filter(
        same, company_id=weighty[0].company_id, owner__in={one.owner_id for one in weighty}, direction=Direction.SPEND,
        kind__in=SPENDING, purchased_at__gte=first - span, purchased_at__lte=last + span, amount__gt=0,
    ).exclude(payment=PaymentState.REVERSED)  # fmt: skip
    return list(rows.select_related("company"))


def are_twins(one: Expense, other: Expense, apart: int) -> int | None:
    """Return the days between two expenses that look like one purchase, or None: a warning, never more than that."""
    is_same = (one.amount, one.currency) == (other.amount, other.currency)
    is_same |= bool(one.foreign_amount) and one.foreign == other.foreign
    if one.pk == other.pk or one.owner_id != other.owner_id or not is_same:
        return None
    days = abs((one.company.day_of(one.purchased_at) - one.company.day_of(other.purchased_at)).days)
    if days > apart:
        return None
    is_alike = one.merchant.casefold() == other.merchant.casefold() or likeness(one.merchant, other.merchant) >= ALIKE
    return days if is_alike else None


def _twins(expenses: Sequence[Expense], apart: int) -> dict[UUID, list[tuple[int, int]]]:
    """Of two alike the later number is the twin, so that one purchase and its copy make one flag."""
    candidates = alike_to(expenses, apart)
    found: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for one in expenses:
        if one.kind not in SPENDING:
            continue
        for other in candidates:
            days = are_twins(one, other, apart) if other.number < one.number else None
            if days is not None:
                found[one.pk].append((other.number, days))
    return found
