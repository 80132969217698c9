"""What the export page shows: the three lanes with their counts and sums, and the control totals of the queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from accounts.models import Company, Membership
from bookkeeping import checks, facts, journal
from bookkeeping.checks import Result
from bookkeeping.freeze import adjusted_by
from bookkeeping.journal import Contra, Side, Unbookable
from bookkeeping.models import BookItem, BookSettings, Export, JournalEntry
from bookkeeping.months import open_from
from expenses.models import Comment, Expense, Lane, PaymentState, ReviewOutcome
from expenses.questions import open_questions
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count

# Up to so many entries the page adds up by itself; above, when asked, and never more than MOST.
SLIP_LIMIT = 500
SLIP_MOST = 50_000
PIECE = 500


@dataclass(frozen=True)
class Figures:
    """How many, and how much; `exact` is false when there are more than were counted."""

    count: int
    exact: bool
    amount: Money


def figures(rows: QuerySet[Any], company: Company) -> Figures:
    """Count and sum the rows of a lane."""
    count, exact = bounded_count(rows)
    whole = rows.aggregate(sum=Sum("amount", default=0))["sum"]
    return Figures(count, exact, Money(int(whole), company.currency))


def contra(company: Company) -> Contra:
    """Return the company's contra accounts."""
    return facts.contra_of(BookSettings.objects.for_company(company).select_related(*ACCOUNTS).get())


# The relations of the settings that name accounts.
ACCOUNTS = (
    "wallet_account", "bank_account", "out_of_pocket_account", "cash_account", "fees_account", "supplier_account",
    "receivable_account", "payroll_account", "disputes_account", "exchange_account",
)  # fmt: skip


@dataclass(frozen=True)
class Fix:
    """A link to where a failed check is mended."""

    word: str
    url: str


@dataclass(frozen=True)
class Row:
    """An item as a lane shows it: with its checks, and a link for each failed one.

    `mark` is "late" when its day is closed, "new" when it came after the export of its days; `adjusts` a voucher's number.
    `said` is how many comments there are, `is_asked` that an accountant's question is open.
    """

    item: BookItem
    results: list[Result]
    sides: list[Side] = field(default_factory=list)
    mark: str = ""
    adjusts: str | None = None
    said: int = 0
    is_asked: bool = False

    @property
    def lines(self) -> list[tuple[Side, Money, Money]]:
        """The sides with debit and credit as Money."""
        currency = self.item.currency
        return [(side, Money(side.debit, currency), Money(side.credit, currency)) for side in self.sides]

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if not result.passed]

    @property
    def passed(self) -> int:
        return len(self.results) - len(self.failures)

    @property
    def fixes(self) -> list[Fix]:
        """One link per place, with the word of the first failure that it mends."""
        found: dict[str, Fix] = {}
        for result in self.failures:
            url = _place(result.place, self.item)
            if url and result.fix:
                found.setdefault(url, Fix(result.fix, url))
        return list(found.values())

    @property
    def account(self) -> str:
        """The account that the entry books first."""
        if self.item.expense is None:
            return ""
        lines = checks.lines_of(self.item)
        named = [line.category.account for line in lines if line.category]
        if len({account.pk for account in named}) > 1:
            return gettext("%(count)s accounts") % {"count": len(named)}
        return str(named[0]) if named else ""


def _place(place: str, item: BookItem) -> str:
    names = {"expense": "expense", "accounts": "books-accounts", "settings": "books-settings"}
    ids = {"expense_id": item.expense_id} if place == "expense" else {}
    try:
        return reverse(names[place], kwargs={"company": item.company.slug, **ids})
    except NoReverseMatch:
        return ""


def rows_of(items: list[BookItem], accounts: Contra) -> list[Row]:
    """Check each item of a page, and say what came late."""
    if not items:
        return []
    marks, adjusted = Marks.of(items[0].company), adjusted_by(items)
    vouchers = (
        {entry.pk: entry.voucher for entry in JournalEntry.objects.filter(pk__in=adjusted.values())} if adjusted else {}
    )
    about = [item.expense_id for item in items if item.expense_id]
    comments = Comment.objects.filter(expense__in=about, deleted_at=None).order_by().values_list("expense")
    said = dict(comments.annotate(count=Count("pk")))
    asked = set(open_questions().filter(expense__in=about).values_list("expense", flat=True))
    return [
        Row(
            item,
            checks.check(item, accounts),
            mark=marks.of_item(item),
            adjusts=vouchers.get(adjusted.get(item.pk) or item.pk),
            said=said.get(item.expense_id, 0),
            is_asked=item.expense_id in asked,
        )
        for item in items
    ]


@dataclass(frozen=True)
class Marks:
    """What tells late items: the first open day, when the newest export was begun, and the last day it holds."""

    opens: date | None
    begun_at: datetime | None
    last_date: date | None

    @classmethod
    def of(cls, company: Company) -> Marks:
        """Return the marks of a company as it stands."""
        newest = Export.objects.for_company(company).live().order_by("-number").values_list("created_at", "last_date")
        begun_at, last_date = newest.first() or (None, None)
        return cls(open_from(company), begun_at, last_date)

    def of_item(self, item: BookItem) -> str:
        """Return "late", "new" or nothing for an unexported item."""
        if self.opens and item.booked_date < self.opens:
            return "late"
        if self.begun_at and self.last_date and item.created_at > self.begun_at and item.booked_date <= self.last_date:
            return "new"
        return ""

    @property
    def query(self) -> Q:
        """The same as a condition on items: late or new."""
        asked = Q(booked_date__lt=self.opens) if self.opens else Q(pk__in=[])
        if self.begun_at and self.last_date:
            asked |= Q(created_at__gt=self.begun_at, booked_date__lte=self.last_date)
        return asked


def with_entries(items: list[BookItem], accounts: Contra) -> list[Row]:
    """Check each item of a page and show the entry it would become."""
    rows = []
    for item in items:
        try:
            sides = journal.sides(facts.fact_of(item), accounts, item.currency)
        except Unbookable:
            sides = []
        rows.append(Row(item, checks.check(item, accounts), sides))
    return rows


def list_head() -> list[str]:
    """Return the heads of the columns that `listed` fills."""
    return [
        gettext("Date"), gettext("Text"), gettext("Person"), gettext("Account"), gettext("In or out"), gettext("Amount"),
        gettext("Currency"), gettext("Problems"),
    ]  # fmt: skip


def listed(items: Any, accounts: Contra) -> Iterator[list[Any]]:
    """Yield items for a list in a file: the codes of the failed checks stand in the last column."""
    for item in items.iterator(chunk_size=200):
        row = Row(item, checks.check(item, accounts))
        codes = " ".join(result.code for result in row.failures)
        yield [
            item.booked_date, str(item), item.person or "", row.account, item.get_direction_display(),
            f"{item.booked.decimal:f}", item.currency, codes,
        ]  # fmt: skip


@dataclass(frozen=True)
class Lanes:
    """The figures of the page's lanes."""

    unexported: Figures
    ready: int
    problems: int
    reserved: int
    queue: Figures


def unexported(membership: Membership) -> Any:
    return BookItem.objects.visible_to(membership).filter(lane=Lane.UNEXPORTED)


def queued(membership: Membership) -> Any:
    """Return what the next export would take."""
    return BookItem.objects.visible_to(membership).filter(lane=Lane.QUEUE).free()


def reserved(membership: Membership) -> Any:
    """Return purchases that may settle one day: nothing of them can be booked yet."""
    return Expense.objects.visible_to(membership).filter(payment=PaymentState.RESERVED, amount__gt=0)


def lanes(membership: Membership, accounts: Contra) -> Lanes:
    """Count and sum what stands where."""
    company, waiting = membership.company, unexported(membership)
    whole = figures(waiting, company)
    ready, _ = bounded_count(checks.ready(waiting, accounts))
    return Lanes(
        unexported=whole,
        ready=ready,
        problems=max(whole.count - ready, 0),
        reserved=bounded_count(reserved(membership))[0],
        queue=figures(queued(membership), company),
    )


def narrowed(membership: Membership, accounts: Contra, *, show: str, query: str) -> Any:
    """Return the unexported items that the lane's filter asks for."""
    rows = unexported(membership).about(query)
    if show == "ready":
        return checks.ready(rows, accounts)
    if show == "late":
        return rows.filter(Marks.of(membership.company).query)
    if show == "asked":
        questions = open_questions().filter(company=membership.company_id)
        return rows.filter(Q(expense__review=ReviewOutcome.NEEDS_DETAILS) | Q(expense__in=questions.values("expense")))
    if show == "problems":
        return rows.exclude(pk__in=checks.ready(unexported(membership), accounts).values("pk"))
    return rows


@dataclass
class Slip:
    """Control totals of the queue: by account, and the VAT by code."""

    accounts: list[tuple[str, Money, Money]]
    taxes: list[tuple[str, Money]]
    debit: Money
    credit: Money

    @property
    def difference(self) -> Money:
        return self.debit - self.credit


def _sides(ids: list[Any], accounts: Contra) -> Iterator[Side]:
    for item in BookItem.objects.filter(pk__in=ids).with_facts():
        try:
            yield from journal.sides(facts.fact_of(item), accounts, item.currency)
        except Unbookable:
            continue


def slip(membership: Membership, accounts: Contra, *, most: int) -> Slip | None:
    """Return the totals that the next export would have; None when there is nothing or more than `most` to add up."""
    ids = list(queued(membership).order_by("booked_date", "pk").values_list("pk", flat=True)[: most + 1])
    if not ids or len(ids) > most:
        return None
    currency = membership.company.currency
    by_account: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    by_tax: dict[str, int] = defaultdict(int)
    for start in range(0, len(ids), PIECE):
        for side in _sides(ids[start : start + PIECE], accounts):
            sums = by_account[f"{side.account.number} {side.account.name}"]
            sums[0], sums[1] = sums[0] + side.debit, sums[1] + side.credit
            if side.tax and side.account == side.tax.account:
                by_tax[side.tax.code] += side.debit - side.credit
    return Slip(
        accounts=[(name, Money(d, currency), Money(c, currency)) for name, (d, c) in sorted(by_account.items())],
        taxes=[(code, Money(amount, currency)) for code, amount in sorted(by_tax.items())],
        debit=Money(sum(d for d, _ in by_account.values()), currency),
        credit=Money(sum(c for _, c in by_account.values()), currency),
    )
