"""Receipts that are owed: settled spending that wants one and has none. The clock starts when the money was cleared."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Company, Membership
from expenses.models import Direction, Expense, Movement, PaymentState, ReminderKind
from expenses.next_step import OPEN, WITH_RECEIPT
from pleo.lib.money import Money

OWED = Q(
    books_lane__in=OPEN, payment=PaymentState.CLEARED, receipt_count=0, kind__in=WITH_RECEIPT, is_private=False,
    receipt_wanted=True, direction=Direction.SPEND, amount__gt=0,
)  # fmt: skip
# Ages that finance reads at a glance, in days: up to a week, two, a month, and more.
AGES = (7, 14, 30)


def owed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Keep the expenses whose receipt is owed, each with `owed_since`: when its first part was cleared."""
    first = Movement.objects.filter(expense=OuterRef("pk")).order_by().values("expense")
    cleared = Subquery(first.annotate(at=Min("clearing__cleared_at")).values("at"))
    return rows.filter(OWED).annotate(owed_since=Coalesce(cleared, F("purchased_at")))


def with_reminders(rows: QuerySet[Any], kind: str = ReminderKind.SPENDER) -> QuerySet[Any]:
    """Add how often each was named in reminders of a kind, and on which day last."""
    of_kind = Q(reminder_items__reminder__kind=kind)
    return rows.annotate(
        reminded=Count("reminder_items", filter=of_kind),
        reminded_on=Max("reminder_items__reminder__day", filter=of_kind),
    )


def owed_by(person: Membership) -> QuerySet[Any]:
    """Return what one person owes, oldest first."""
    return owed(Expense.objects.filter(company_id=person.company_id, owner=person)).order_by("owed_since", "id")


def age_of(expense: Any, company: Company, now: datetime) -> int:
    """Return for how many days of the company's calendar a receipt has been owed."""
    return int((company.day_of(now) - company.day_of(expense.owed_since)).days)


def begin_of(day: date, company: Company) -> datetime:
    """Return the first moment of a day where the company is."""
    return datetime(day.year, day.month, day.day, tzinfo=company.zone)


def older_than(rows: QuerySet[Any], days: int, company: Company, now: datetime) -> QuerySet[Any]:
    """Keep what has been owed for more than so many days."""
    return rows.filter(owed_since__lt=begin_of(company.day_of(now) - timedelta(days=days), company))


def totals(rows: QuerySet[Any]) -> list[tuple[Money, int]]:
    """Return the sum and the number of some expenses by currency, the largest number first."""
    found = rows.order_by().values("currency").annotate(sum=Sum("amount"), number=Count("pk", distinct=True))
    ordered = sorted(found, key=lambda row: (-row["number"], row["currency"]))
    return [(Money(int(row["sum"]), row["currency"]), row["number"]) for row in ordered]
