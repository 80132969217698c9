"""What is still open before a month can be closed with a good conscience: each point with its rows.

A point is a query or a check. Counts, sums, lists and files of a point all read the same rows, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from bookkeeping import checks, overview
from bookkeeping.invariants import arriving, check_invariants
from bookkeeping.models import BookItem, ItemKind
from bookkeeping.months import Month
from cards.models import IssuerMessage, MessageStatus
from expenses.models import Expense, ExpenseLine, Lane, PaymentState, ReviewOutcome
from expenses.next_step import WITH_RECEIPT
from pleo.lib.money import Money
from wallet.check_ledger import check_ledger
from wallet.models import BankLine, Transfer
from wallet.models.bank import LineStatus

# Point -> what it says when something is open, and what it says when nothing is.
WORDS: dict[str, tuple[Promise | str, Promise | str]] = {
    "holds": (_("Purchases that have not settled"), _("Every purchase settled")),
    "arriving": (_("Payments on their way to the books"), _("Every payment reached the books")),
    "receipts": (_("Receipts missing"), _("Every receipt is there")),
    "review": (_("To review, or not okay"), _("Everything is okay")),
    "coding": (_("Without a category, or not split"), _("Everything has a category")),
    "other": (_("With another problem"), _("No other problem")),
    "ready": (_("Ready, not queued"), _("Nothing ready is left out")),
    "queued": (_("Queued, not exported"), _("The queue is exported")),
    "bank": (_("Bank lines that wait to be matched"), _("Every bank line is matched")),
    "issuer": (_("Messages of the card issuer not taken in"), _("Every message of the card issuer is taken in")),
    "ledger": (_("Accounts of the wallet that do not add up"), _("The wallet's ledger adds up")),
    "agree": (_("Rules of the books that do not hold"), _("The books agree")),
}
# These are checked, not listed: their rows stand on the page that checks them.
CHECKED = ("ledger", "agree")


@dataclass(frozen=True)
class Point:
    """One line of the checklist. `amount` is None where the point is no money."""

    code: str
    count: int
    amount: Money | None = None

    @property
    def is_open(self) -> bool:
        return self.count > 0

    @property
    def words(self) -> Promise | str:
        return WORDS[self.code][0 if self.count else 1]

    @property
    def is_listed(self) -> bool:
        """Say whether the point has rows to look at."""
        return self.code not in CHECKED


def points(membership: Membership, month: Month) -> list[Point]:
    """Return the whole checklist for closing a month and everything before it, in its fixed order."""
    company = membership.company
    found = [_counted(company, code, rows(membership, month, code)) for code in WORDS if code not in CHECKED]
    faults = len(check_ledger(company=company))
    broken = sum(1 for finding in check_invariants(company=company) if not finding.holds)
    return [*found, Point("ledger", faults), Point("agree", broken)]


def _counted(company: Company, code: str, found: QuerySet[Any]) -> Point:
    if code == "issuer":
        return Point(code, found.count())
    whole = found.order_by().aggregate(sum=Sum("amount", default=0))["sum"]
    return Point(code, found.count(), Money(int(whole), company.currency))


def rows(membership: Membership, month: Month, code: str) -> QuerySet[Any]:
    """Return the rows of a listed point, up to the month's last day, in no order. Raises KeyError for another code."""
    return ROWS[code](membership, month.last)


def open_items(membership: Membership, upto: date) -> Any:
    """Return what is not exported and happened up to a day, whatever lane it is in."""
    return BookItem.objects.visible_to(membership).exclude(lane=Lane.EXPORTED).filter(booked_date__lte=upto)


def _unexported(membership: Membership, upto: date) -> Any:
    return open_items(membership, upto).filter(lane=Lane.UNEXPORTED)


def _holds(membership: Membership, upto: date) -> Any:
    reserved = Expense.objects.visible_to(membership).filter(payment=PaymentState.RESERVED, amount__gt=0)
    return reserved.filter(purchased_at__lt=_end(membership.company, upto))


def _arriving(membership: Membership, upto: date) -> Any:
    rows = Transfer.objects.for_company(membership.company).filter(arriving())
    return rows.filter(booked_at__lt=_end(membership.company, upto))


def _end(company: Company, upto: date) -> datetime:
    """Return the first moment after a day, where the company is."""
    return datetime.combine(upto + timedelta(days=1), time.min, tzinfo=company.zone)


# What corrects an entry was documented and decided with it.
FIRST_TIME = ~Q(kind=ItemKind.CORRECTION)
NO_RECEIPT = FIRST_TIME & Q(expense__kind__in=WITH_RECEIPT, expense__is_private=False, expense__receipt_count=0)
NOT_OKAY = FIRST_TIME & Q(expense__isnull=False) & ~Q(expense__review=ReviewOutcome.OKAY)


def _uncoded() -> Any:
    """Say that an item books a line without a category, or one that is not yet split. As `checks.ready` asks it."""
    lines = ExpenseLine.objects.filter(expense=OuterRef("expense"))
    own, shared = lines.filter(movement=OuterRef("movement")), lines.filter(movement=None)
    wrong = Q(is_rest=True, amount__gt=0) | Q(category=None, is_private=False)
    return FIRST_TIME & (Exists(own.filter(wrong)) | (~Exists(own) & Exists(shared.filter(wrong))))


def _receipts(membership: Membership, upto: date) -> Any:
    return _unexported(membership, upto).filter(NO_RECEIPT)


def _review(membership: Membership, upto: date) -> Any:
    return _unexported(membership, upto).filter(NOT_OKAY)


def _coding(membership: Membership, upto: date) -> Any:
    return _unexported(membership, upto).filter(_uncoded(), expense__isnull=False)


def _ready(membership: Membership, upto: date) -> Any:
    return checks.ready(_unexported(membership, upto), overview.contra(membership.company))


def _other(membership: Membership, upto: date) -> Any:
    """Keep what is not ready for a reason that no other point names."""
    named = NO_RECEIPT | NOT_OKAY | (Q(expense__isnull=False) & Q(_uncoded()))
    return _unexported(membership, upto).exclude(pk__in=_ready(membership, upto).values("pk")).exclude(named)


def _queued(membership: Membership, upto: date) -> Any:
    return open_items(membership, upto).filter(lane=Lane.QUEUE)


def _bank(membership: Membership, upto: date) -> Any:
    waiting = BankLine.objects.for_company(membership.company).filter(status__in=(LineStatus.NEW, LineStatus.WAITING))
    return waiting.filter(booked_on__lte=upto)


def _issuer(membership: Membership, upto: date) -> Any:
    left = IssuerMessage.objects.filter(company=membership.company).exclude(status=MessageStatus.DONE)
    return left.filter(occurred_at__lt=_end(membership.company, upto))


ROWS: dict[str, Callable[[Membership, date], Any]] = {
    "holds": _holds,
    "arriving": _arriving,
    "receipts": _receipts,
    "review": _review,
    "coding": _coding,
    "other": _other,
    "ready": _ready,
    "queued": _queued,
    "bank": _bank,
    "issuer": _issuer,
}
# Point -> what its rows are, for lists: the column of their day and the one to search.
ITEMS = ("receipts", "review", "coding", "other", "ready", "queued")


def in_short(found: list[Point]) -> dict[str, list[int]]:
    """Return the open points as they are kept with a closing: `{code: [count, minor units]}`."""
    return {point.code: [point.count, point.amount.amount if point.amount else 0] for point in found if point.is_open}


def kept(points: dict[str, list[int]], company: Company) -> Iterator[Point]:
    """Yield the points that were open at a closing, as it kept them."""
    for code, (count, amount) in points.items():
        if code in WORDS:
            money = None if code in (*CHECKED, "issuer") else Money(amount, company.currency)
            yield Point(code, count, money)
