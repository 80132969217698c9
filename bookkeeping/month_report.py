"""A month in figures: what was spent, by what and by whom, and what the wallet did. Read from the journal and from what is open.

What is exported counts by its vouchers' dates, what is open by the day it would be booked on, so every item is in one month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext

from accounts.models import Company, Membership
from bookkeeping import close_points, facts, journal, overview
from bookkeeping.close_points import Point
from bookkeeping.formats.document import CONTRA, TAX, TAX_OWED
from bookkeeping.journal import Unbookable
from bookkeeping.models import BookItem, ExportStatus, ItemKind, PeriodClose, Posting
from bookkeeping.months import Month, open_from
from bookkeeping.sources import WALLETS
from expenses.models import Direction, Lane
from pleo.lib.money import Money
from wallet.models import Transfer, TransferCode

GROUPS = ("category", "team", "person", "tax", "merchant")
# Merchants that a report names.
MERCHANTS = 10
_COLUMNS = {
    "category": "category_name",
    "team": "entry__book_item__person__team__name",
    "person": "entry__book_item__person__name",
    "tax": "tax_code_name",
    "merchant": "entry__merchant",
}


@dataclass
class Sums:
    """Minor units of a group: gross spending less refunds, the VAT inside it, entries, and the same of the month before."""

    amount: int = 0
    tax: int = 0
    count: int = 0
    before: int = 0


@dataclass(frozen=True)
class Slice:
    """One line of a report."""

    label: str
    amount: Money
    tax: Money
    count: int
    before: Money

    @property
    def change(self) -> Money:
        """How much more than in the month before."""
        return self.amount - self.before


@dataclass(frozen=True)
class WalletLine:
    """What one kind of transfer did to the wallet in the month: above zero it came in."""

    label: str
    amount: Money
    count: int


@dataclass
class Report:
    """A month's figures. Each group of slices sums to `spent`; `opening` and the wallet's lines sum to `closing`."""

    month: Month
    spent: Money
    tax: Money
    before: Money
    count: int
    exported: Money
    open: Money
    opening: Money
    closing: Money
    slices: dict[str, list[Slice]] = field(default_factory=dict)
    wallet: list[WalletLine] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    @property
    def change(self) -> Money:
        return self.spent - self.before


Grouped = dict[str, dict[str, Sums]]


def month_report(membership: Membership, month: Month) -> Report:
    """Return a month's report, with the month before beside it."""
    company = membership.company
    now, earlier = _grouped(membership, month), _grouped(membership, month.before)
    for group, found in earlier.items():
        for label, sums in found.items():
            now[group][label].before = sums.amount

    def money(amount: int) -> Money:
        return Money(amount, company.currency)

    whole = list(now["state"].values())
    opening, lines = _wallet(company, month)
    return Report(
        month=month,
        spent=money(sum(sums.amount for sums in whole)),
        tax=money(sum(sums.tax for sums in whole)),
        before=money(sum(sums.before for sums in whole)),
        count=sum(sums.count for sums in whole),
        exported=money(now["state"]["exported"].amount),
        open=money(now["state"]["open"].amount),
        opening=opening,
        closing=opening + money(sum(line.amount.amount for line in lines)),
        slices={group: _slices(group, now[group], company) for group in GROUPS},
        wallet=lines,
        points=_points(membership, month),
    )


def _slices(group: str, found: dict[str, Sums], company: Company) -> list[Slice]:
    none = {
        "category": gettext("No category"), "team": gettext("No team"), "person": gettext("Nobody"), "tax": gettext("No VAT"),
        "merchant": gettext("No merchant"),
    }[group]  # fmt: skip

    def money(amount: int) -> Money:
        return Money(amount, company.currency)

    made = [
        Slice(label or none, money(sums.amount), money(sums.tax), sums.count, money(sums.before))
        for label, sums in sorted(found.items(), key=lambda pair: (-pair[1].amount, pair[0]))
    ]
    if group != "merchant" or len(made) <= MERCHANTS:
        return made
    rest = made[MERCHANTS:]
    other = Slice(
        gettext("All others"), money(sum(one.amount.amount for one in rest)), money(sum(one.tax.amount for one in rest)),
        sum(one.count for one in rest), money(sum(one.before.amount for one in rest)),
    )  # fmt: skip
    return [*made[:MERCHANTS], other]


def _grouped(membership: Membership, month: Month) -> Grouped:
    """Sum a month by every group, and by whether it is exported: {group: {label: Sums}}."""
    found: Grouped = {group: defaultdict(Sums) for group in (*GROUPS, "state")}
    lines = exported_lines(membership.company, month)
    for group, column in _COLUMNS.items():
        for label, amount, tax, count in _summed(lines, column):
            _add(found[group], label or "", amount, tax, count)
    whole = _summed(lines.annotate(everything=F("company_id")), "everything")
    for _, amount, tax, count in whole:
        _add(found["state"], "exported", amount, tax, count)
    counted: set[tuple[Any, str, str]] = set()
    for item, labels, amount, tax in _open_lines(membership, month):
        for group, label in {**labels, "state": "open"}.items():
            _add(found[group], label, amount, tax, int((item, group, label) not in counted))
            counted.add((item, group, label))
    return found


def _add(found: dict[str, Sums], label: str, amount: int, tax: int, count: int) -> None:
    sums = found[label]
    sums.amount, sums.tax, sums.count = sums.amount + amount, sums.tax + tax, sums.count + count


def exported_lines(company: Company, month: Month) -> Any:
    """Return what live exports booked for expenses in a month, without the other sides."""
    live = Q(entry__export__status=ExportStatus.READY, entry__export__withdrawn_at=None)
    dated = Q(entry__date__gte=month.first, entry__date__lte=month.last, entry__book_item__expense__isnull=False)
    return Posting.objects.for_company(company).filter(live, dated).exclude(role=CONTRA).order_by()


def _summed(lines: Any, column: str) -> Iterator[tuple[Any, int, int, int]]:
    is_tax = Q(role__in=(TAX, TAX_OWED))
    rows = lines.values_list(column).annotate(
        amount=Sum(F("debit") - F("credit")),
        tax=Sum(F("debit") - F("credit"), filter=is_tax, default=0),
        count=Count("entry", distinct=True),
    )
    yield from rows


def open_items(membership: Membership, month: Month) -> Any:
    """Return the open items of expenses that would be booked in a month as things stand."""
    opens = open_from(membership.company)
    items = BookItem.objects.visible_to(membership).exclude(lane=Lane.EXPORTED).filter(expense__isnull=False)
    if opens is None or opens <= month.first:
        first = Q(booked_date__gte=month.first) if opens != month.first else Q()
        return items.filter(first, booked_date__lte=month.last)
    # A month that is closed takes nothing any more; closings end with months, so none begins within one.
    return items.none()


def _open_lines(membership: Membership, month: Month) -> Iterator[tuple[Any, dict[str, str], int, int]]:
    """Yield (item, labels by group, gross, VAT) for the lines of open items."""
    contra, items = overview.contra(membership.company), open_items(membership, month).with_facts()
    for item in items.select_related("person__team").order_by("pk").iterator(chunk_size=500):
        labels = {
            "person": item.person.name if item.person else "", "merchant": item.expense.merchant,
            "team": item.person.team.name if item.person and item.person.team else "",
        }  # fmt: skip
        for category, code, amount, tax in _coded(item, contra):
            yield item.pk, {**labels, "category": category, "tax": code}, amount, tax


def _coded(item: BookItem, contra: Any) -> list[tuple[str, str, int, int]]:
    """Return (category, VAT code, gross, VAT) of an open item; what cannot be booked yet is one line without either."""
    try:
        sides = journal.sides(facts.fact_of(item), contra, item.currency)
    except Unbookable:
        if item.kind == ItemKind.CORRECTION:
            return []
        amount = item.amount if item.direction == Direction.SPEND else -item.amount
        return [("", "", amount, 0)]
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for side in sides:
        if side.role != CONTRA:
            sums = found[side.category, side.tax.code if side.tax else ""]
            sums[0] += side.debit - side.credit
            sums[1] += side.debit - side.credit if side.role in (TAX, TAX_OWED) else 0
    return [(category, code, amount, tax) for (category, code), (amount, tax) in found.items()]


def _wallet(company: Company, month: Month) -> tuple[Money, list[WalletLine]]:
    """Return what the wallets held when the month began, and what each kind of transfer did until it ended."""
    first, end = (datetime.combine(day, time.min, tzinfo=company.zone) for day in (month.first, month.next.first))
    rows = Transfer.objects.for_company(company).order_by()
    into = Q(credit_account__kind__in=WALLETS) & ~Q(debit_account__kind__in=WALLETS)
    out = Q(debit_account__kind__in=WALLETS) & ~Q(credit_account__kind__in=WALLETS)
    sums = {"up": Sum("amount", filter=into, default=0), "down": Sum("amount", filter=out, default=0)}
    before = rows.filter(booked_at__lt=first).aggregate(**sums)
    within = rows.filter(into | out, booked_at__gte=first, booked_at__lt=end).values_list("code")
    lines = [
        WalletLine(str(TransferCode(code).label), Money(up - down, company.currency), count)
        for code, count, up, down in within.annotate(number=Count("pk"), **sums).order_by("code")
    ]
    return Money(before["up"] - before["down"], company.currency), lines


def _points(membership: Membership, month: Month) -> list[Point]:
    closings = PeriodClose.objects.visible_to(membership).live().filter(upto__gte=month.last)
    if closing := closings.order_by("upto").first():
        return list(close_points.kept(closing.points, membership.company)) if closing.month == month.first else []
    return [point for point in close_points.points(membership, month) if point.is_open]
