"""What was spent: settled money by month and by category, team, person, merchant or a group of tags, beside an earlier time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, Count, F, FilteredRelation, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team
from expenses.models import Category, Direction, Expense, ExpenseLine, LineTag, PaymentState, Tag
from expenses.next_step import WITH_RECEIPT
from pleo.lib.money import Money

MOST_MONTHS = 36
DAY = timedelta(days=1)

# Word of the URL -> (what people read, the column of the line).
GROUPS: dict[str, tuple[Promise | str, str]] = {
    "category": (_("By category"), "category"),
    "team": (_("By team"), "expense__owner__team"),
    "person": (_("By person"), "expense__owner"),
    "merchant": (_("By merchant"), "expense__merchant"),
}
# What a time is compared with.
YEAR, BEFORE = "year", "before"
# Which lines of a grouping a cut holds: of one group with all below it, of a tag alone, those without any, and of all
# groups those whose receipt is missing.
OF, OWN, NONE, MISSING = "of", "own", "none", "missing"
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

    def just_before(self) -> Period:
        """The time of the same length that ended when this began: as many months where it is whole months, else as many days."""
        last = self.first - timedelta(days=1)
        is_whole = self.first.day == 1 and (self.last + timedelta(days=1)).day == 1
        if not is_whole:
            return Period(self.first - (self.last - self.first) - timedelta(days=1), last)
        months = self.first.year * 12 + self.first.month - 1 - len(self.months)
        return Period(date(months // 12, months % 12 + 1, 1), last)

    def compared(self, than: str) -> Period:
        """Return what it is compared with: `YEAR` or `BEFORE`."""
        return self.just_before() if than == BEFORE else self.a_year_before()

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
    """What went to one category, team, person, merchant or tag: by month in minor units, and in all in the time before.

    `part` and `key` say which lines these are (see `Cut`); `has_below` that they can be divided further.
    """

    key: Any
    name: str
    by_month: dict[date, int]
    past: int
    currency: str
    part: str = OF
    has_below: bool = False

    @property
    def amount(self) -> int:
        return sum(self.by_month.values())

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def past_money(self) -> Money:
        return Money(self.past, self.currency)

    @property
    def change(self) -> int | None:
        """How much more than in the time before, in percent; None when there was nothing then."""
        return None if self.past <= 0 else (self.amount - self.past) * 100 // self.past


@dataclass(frozen=True)
class Cut:
    """Some of the lines of a time: with `part` empty all of them. `group` is a word of GROUPS, or the id of a group of tags."""

    group: str = ""
    part: str = ""
    key: str = ""


WHOLE = Cut()


def lines_of(viewer: Membership, period: Period, cut: Cut = WHOLE) -> QuerySet[ExpenseLine]:
    """Return the settled lines of a period that a person may see; what somebody bought for themselves is not the company's.

    Every figure of the analytics is the signed sum of the lines of its cut.
    """
    begin, end = period.moments(viewer.company.zone)
    # A subquery, so that the people a lead may see are looked up once.
    seen = Expense.objects.visible_to(viewer)
    rows = ExpenseLine.objects.filter(
        _which(viewer, cut), company=viewer.company, expense__purchased_at__gte=begin, expense__purchased_at__lt=end,
        expense__payment=PaymentState.CLEARED, is_private=False,
    )  # fmt: skip
    return rows if viewer.can("expenses.see_all") else rows.filter(expense__in=seen)


def _which(viewer: Membership, cut: Cut) -> Q:
    if not cut.part:
        return Q()
    if cut.part == MISSING:
        return Q(expense__receipt_count=0, expense__kind__in=WITH_RECEIPT)
    if cut.group in GROUPS:
        column = GROUPS[cut.group][1]
        return Q(**{f"{column}__isnull": True}) if cut.part == NONE else Q(**{column: cut.key})
    tagged = LineTag.objects.filter(company=viewer.company, group=UUID(cut.group))
    if cut.part == NONE:
        return ~Q(pk__in=tagged.values("line"))
    wanted = {UUID(cut.key)} if cut.part == OWN else Tree(viewer, cut.group).below(UUID(cut.key))
    return Q(pk__in=tagged.filter(tag__in=wanted).values("line"))


class Tree:
    """The tags of one group, with those above each. One query."""

    def __init__(self, viewer: Membership, group: str) -> None:
        rows = Tag.objects.for_company(viewer.company).filter(group=UUID(group))
        self.tags: dict[UUID, Tag] = {tag.pk: tag for tag in rows}

    def line_up(self, pk: UUID | None) -> list[UUID]:
        """Return a tag and those above it, from the top down."""
        found: list[UUID] = []
        while pk in self.tags and pk not in found:
            found.insert(0, pk)
            pk = self.tags[pk].parent_id
        return found

    def below(self, top: UUID) -> set[UUID]:
        """Return a tag and all that stand below it."""
        return {pk for pk in self.tags if top in self.line_up(pk)}

    def place(self, pk: UUID | None, under: UUID | None) -> tuple[UUID | None, str] | None:
        """Return which row a line with a tag counts in: that of the top, or of what stands next below `under`; None for neither."""
        above = self.line_up(pk)
        if under is not None:
            if under not in above:
                return None
            above = above[above.index(under) + 1 :]
            return (above[0], OF) if above else (under, OWN)
        return (above[0], OF) if above else (None, NONE)


def by_group(
    viewer: Membership, period: Period, group: str, *, under: UUID | None = None, than: str = YEAR
) -> list[Row]:
    """Return the groups with their months, the most spent first. Two queries and the names.

    `group` is a word of GROUPS, or the id of a group of tags. Tags count with all that stands below them: those at the top
    are returned, or those right below `under` and what carries `under` itself.
    """
    past = period.compared(than)
    if group in GROUPS:
        months = _sums(lines_of(viewer, period), GROUPS[group][1], viewer)
        before = _past(lines_of(viewer, past), GROUPS[group][1])
        names = _names(viewer, group, {*months, *before})
        keys = [*months, *(key for key in before if key not in months)]
        cells = [
            ((key, NONE if key is None else OF, names.get(key, ""), False), months[key], before.get(key, 0))
            for key in keys
        ]
    else:
        cells = _tagged(viewer, period, past, group, under)
    currency = viewer.company.currency
    rows = [
        Row(key, name, dict(sums), gone, currency, part, has_below)
        for (key, part, name, has_below), sums, gone in cells
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.amount, row.name))


Sums = dict[Any, dict[date, int]]
Cell = tuple[tuple[Any, str, str, bool], dict[date, int], int]


def _sums(rows: QuerySet[ExpenseLine], column: str, viewer: Membership) -> Sums:
    months: Sums = defaultdict(lambda: defaultdict(int))
    found = rows.order_by().annotate(month=TruncMonth("expense__purchased_at", tzinfo=viewer.company.zone))
    for key, month, amount in found.values_list(column, "month").annotate(sum=Sum(SIGNED)):
        months[key][month.date()] += amount
    return months


def _past(rows: QuerySet[ExpenseLine], column: str) -> dict[Any, int]:
    return dict(rows.order_by().values_list(column).annotate(sum=Sum(SIGNED)))


def _tagged(viewer: Membership, period: Period, past: Period, group: str, under: UUID | None) -> list[Cell]:
    """Return the rows of a group of tags. A line has one tag of a group at most, so that each counts once."""
    tree = Tree(viewer, group)
    months: Sums = defaultdict(lambda: defaultdict(int))
    before: dict[Any, int] = defaultdict(int)

    def of_group(when: Period) -> QuerySet[ExpenseLine]:
        mine = FilteredRelation("line_tags", condition=Q(line_tags__group=group))
        return lines_of(viewer, when).annotate(mine=mine)

    for tag, sums in _sums(of_group(period), "mine__tag", viewer).items():
        place = tree.place(tag, under)
        for month, amount in sums.items() if place else ():
            months[place][month] += amount
    for tag, amount in _past(of_group(past), "mine__tag").items():
        if place := tree.place(tag, under):
            before[place] += amount
    parents = {tag.parent_id for tag in tree.tags.values()}
    return [
        (
            (key, part, tree.tags[key].name if key else "", part == OF and key in parents),
            months[key, part],
            before[key, part],
        )
        for key, part in dict.fromkeys([*months, *before])
    ]


def _names(viewer: Membership, group: str, keys: Iterable[Any]) -> dict[Any, str]:
    if group == "merchant":
        return {key: key for key in keys}
    model: Any = {"category": Category, "team": Team, "person": Membership}[group]
    known = [key for key in keys if key is not None]
    return dict(model.objects.for_company(viewer.company).filter(pk__in=known).values_list("pk", "name"))


def name_of(viewer: Membership, cut: Cut) -> str:
    """Return the name of the group of a cut; empty for one that the company does not have."""
    if cut.group == "merchant":
        return cut.key
    if cut.group in GROUPS:
        return _names(viewer, cut.group, [cut.key]).get(UUID(cut.key), "")
    tag = Tag.objects.for_company(viewer.company).filter(pk=cut.key).first()
    return tag.path if tag else ""


# A company that began spending later than this into the time before, or than a quarter of it, has nothing to compare with.
LATE_START = timedelta(days=31)


def has_before(viewer: Membership, before: Period) -> bool:
    """Say whether an earlier time is whole, so that a comparison with it means something."""
    length = before.last - before.first + timedelta(days=1)
    until = before.moments(viewer.company.zone)[0] + min(LATE_START, max(length / 4, timedelta(days=1)))
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


def figures(viewer: Membership, period: Period, cut: Cut = WHOLE, *, than: str = YEAR) -> Figures:
    """Sum a cut of a period. The average is over the months it touches, rounded down to the minor unit."""
    currency = viewer.company.currency
    missing = _which(viewer, Cut(part=MISSING))
    sums = lines_of(viewer, period, cut).order_by().aggregate(
        total=Sum(SIGNED), tax=Sum(SIGNED_TAX), missing=Sum(SIGNED, filter=missing),
        count=Count("expense", filter=missing, distinct=True),
    )  # fmt: skip
    past = lines_of(viewer, period.compared(than), cut).order_by().aggregate(total=Sum(SIGNED))["total"]
    total = sums["total"] or 0
    return Figures(
        Money(total, currency),
        Money(past or 0, currency),
        Money(total // len(period.months), currency),
        Money(sums["tax"] or 0, currency),
        Money(sums["missing"] or 0, currency),
        sums["count"],
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
