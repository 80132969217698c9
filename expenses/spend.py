"""What was spent: settled money by month and by category, team, person or merchant, beside the same time a year before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team
from expenses.models import Category, Direction, Expense, ExpenseLine, PaymentState
from expenses.next_step import WITH_RECEIPT
from pleo.lib.money import Money

MOST_MONTHS = 36

# Word of the URL -> (what people read, the column of the line).
GROUPS: dict[str, tuple[Promise | str, str]] = {
    "category": (_("By category"), "category"),
    "team": (_("By team"), "expense__owner__team"),
    "person": (_("By person"), "expense__owner"),
    "merchant": (_("By merchant"), "expense__merchant"),
}
SIGNED = Case(When(direction=Direction.SPEND, then=F("amount")), default=-F("amount"), output_field=BigIntegerField())
SIGNED_TAX = Case(
    When(direction=Direction.SPEND, then=F("tax_amount")), default=-F("tax_amount"), output_field=BigIntegerField()
)


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both counted, in the company's time zone."""

    first: date
    last: date

    @property
    def months(self) -> list[date]:
        """The first days of the months it touches."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(month)
            month = next_month(month)
        return found

    def a_year_before(self) -> Period:
        return Period(_year_before(self.first), _year_before(self.last))

    def moments(self, zone: Any) -> tuple[datetime, datetime]:
        """Return the first moment in it and the first after it."""
        return (
            datetime.combine(self.first, time.min, tzinfo=zone),
            datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=zone),
        )


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


@dataclass(frozen=True)
class Row:
    """What went to one category, team, person or merchant: by month in minor units, and the year before in all."""

    key: Any
    name: str
    by_month: dict[date, int]
    past: int
    currency: str

    @property
    def amount(self) -> int:
        return sum(self.by_month.values())

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def change(self) -> int | None:
        """How much more than a year before, in percent; None when there was nothing then."""
        return None if self.past <= 0 else (self.amount - self.past) * 100 // self.past


def lines_of(viewer: Membership, period: Period) -> QuerySet[ExpenseLine]:
    """Return the settled lines of a period that a person may see; what somebody bought for themselves is not the company's."""
    begin, end = period.moments(viewer.company.zone)
    # A subquery, so that the people a lead may see are looked up once.
    seen = Expense.objects.visible_to(viewer)
    rows = ExpenseLine.objects.filter(
        company=viewer.company, expense__purchased_at__gte=begin, expense__purchased_at__lt=end,
        expense__payment=PaymentState.CLEARED, is_private=False,
    )  # fmt: skip
    return rows if viewer.can("expenses.see_all") else rows.filter(expense__in=seen)


def by_group(viewer: Membership, period: Period, group: str) -> list[Row]:
    """Return the groups with their months, the most spent first. Two queries and the names."""
    column = GROUPS[group][1]
    zone = viewer.company.zone
    months: dict[Any, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    found = lines_of(viewer, period).order_by().annotate(month=TruncMonth("expense__purchased_at", tzinfo=zone))
    for key, month, amount in found.values_list(column, "month").annotate(sum=Sum(SIGNED)):
        months[key][month.date()] += amount
    before = lines_of(viewer, period.a_year_before()).order_by().values_list(column)
    past = dict(before.annotate(sum=Sum(SIGNED)))
    names = _names(viewer, group, months)
    currency = viewer.company.currency
    rows = [Row(key, names.get(key, ""), dict(sums), past.get(key, 0), currency) for key, sums in months.items()]
    return sorted(rows, key=lambda row: (-row.amount, row.name))


def _names(viewer: Membership, group: str, keys: Iterable[Any]) -> dict[Any, str]:
    if group == "merchant":
        return {key: key for key in keys}
    model: Any = {"category": Category, "team": Team, "person": Membership}[group]
    known = [key for key in keys if key is not None]
    return dict(model.objects.for_company(viewer.company).filter(pk__in=known).values_list("pk", "name"))


# A company that began spending later than this into the year before has no year to compare with.
LATE_START = timedelta(days=31)


def has_year_before(viewer: Membership, period: Period) -> bool:
    """Say whether the same time a year before is whole, so that a comparison means something."""
    before = period.a_year_before()
    until = before.moments(viewer.company.zone)[0] + LATE_START
    return lines_of(viewer, Period(date(2000, 1, 1), before.last)).filter(expense__purchased_at__lt=until).exists()


@dataclass(frozen=True)
class Figures:
    """The sums over a period. `missing` are settled purchases without their receipt."""

    total: Money
    past: Money
    average: Money
    tax: Money
    missing: Money
    missing_count: int


def figures(viewer: Membership, period: Period) -> Figures:
    """Sum a period. The average is over the months it touches, rounded down to the minor unit."""
    currency = viewer.company.currency
    sums = lines_of(viewer, period).order_by().aggregate(total=Sum(SIGNED), tax=Sum(SIGNED_TAX))
    past = lines_of(viewer, period.a_year_before()).order_by().aggregate(total=Sum(SIGNED))["total"]
    begin, end = period.moments(viewer.company.zone)
    missing = Expense.objects.visible_to(viewer).filter(
        purchased_at__gte=begin, purchased_at__lt=end, payment=PaymentState.CLEARED, receipt_count=0,
        kind__in=WITH_RECEIPT,
    ).order_by().aggregate(sum=Sum("amount"), count=Count("pk"))  # fmt: skip
    total = sums["total"] or 0
    return Figures(
        Money(total, currency),
        Money(past or 0, currency),
        Money(total // len(period.months), currency),
        Money(sums["tax"] or 0, currency),
        Money(missing["sum"] or 0, currency),
        missing["count"],
    )


@dataclass(frozen=True)
class OnTime:
    """How many purchases of a month had their receipt within three days, in percent of those that need one."""

    month: date
    count: int
    in_time: int

    @property
    def percent(self) -> int:
        return self.in_time * 100 // self.count if self.count else 0


WITHIN = timedelta(days=3)


def receipts_in_time(viewer: Membership, period: Period) -> list[OnTime]:
    """Return the months that saw purchases."""
    begin, end = period.moments(viewer.company.zone)
    rows = Expense.objects.visible_to(viewer).filter(
        purchased_at__gte=begin, purchased_at__lt=end, kind__in=WITH_RECEIPT, payment=PaymentState.CLEARED
    )
    live = Q(attachments__detached_at=None, attachments__receipt__created_at__lte=F("purchased_at") + WITHIN)
    grouped = (
        rows.order_by().annotate(month=TruncMonth("purchased_at", tzinfo=viewer.company.zone)).values_list("month")
    )
    found = grouped.annotate(count=Count("pk", distinct=True), good=Count("pk", distinct=True, filter=live))
    return sorted((OnTime(month.date(), count, good) for month, count, good in found), key=lambda row: row.month)
