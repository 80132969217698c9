"""An account's transfers as the account sees them: what came, what went, what was there afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Membership
from pleo.lib.money import Money, total
from pleo.lib.pagination import bounded_count, paginate
from wallet.models import LedgerAccount, Transfer
from wallet.statement import Line

BY_TIME = ("booked_at", "id")


def change(account: LedgerAccount, row: Transfer) -> Money:
    """Return what a transfer did to the account: above zero when money came in."""
    return row.money if row.credit_account_id == account.pk else -row.money


def lines(account: LedgerAccount, rows: Sequence[Transfer]) -> list[Line]:
    """Return a page of transfers, in the order given, each with the balance after it. Two sums, however long the history.

    `rows` must be neighbours in time: all transfers of the account between the first and the last of them.
    """
    if not rows:
        return []
    oldest_first = sorted(rows, key=lambda row: (row.booked_at, row.pk))
    balance = _balance_before(account, oldest_first[0])
    after: dict[Any, Money] = {}
    for row in oldest_first:
        balance += change(account, row)
        after[row.pk] = balance
    return [Line(row, change(account, row), after[row.pk]) for row in rows]


def _balance_before(account: LedgerAccount, row: Transfer) -> Money:
    earlier = Q(booked_at__lt=row.booked_at) | Q(booked_at=row.booked_at, pk__lt=row.pk)
    credited = Transfer.objects.filter(earlier, credit_account=account).aggregate(total=Sum("amount"))["total"]
    debited = Transfer.objects.filter(earlier, debit_account=account).aggregate(total=Sum("amount"))["total"]
    return Money((credited or 0) - (debited or 0), account.currency)


@dataclass(frozen=True)
class Purse:
    """Several wallets as one: what all of them hold."""

    balance: Money
    reserved: Money
    available: Money


def together(accounts: Sequence[LedgerAccount]) -> Purse:
    """Add wallets of one company up."""
    assert accounts, "a company has its main wallet"
    currency = accounts[0].currency
    return Purse(
        balance=total([account.balance for account in accounts], currency),
        reserved=total([account.reserved for account in accounts], currency),
        available=total([account.available for account in accounts], currency),
    )


def listed(viewer: Membership, account: LedgerAccount, narrow: Any, asked: Any) -> dict[str, Any]:
    """Return what a page of an account's movements shows: `lines`, the `page` they are, `count` and whether it is `exact`.

    `narrow` is the filter form, `asked` the query of the address. Filtered rows carry no balance: between neighbours that
    were left out, it would not add up.
    """
    rows = narrow.narrow(Transfer.objects.visible_to(viewer).of_account(account))
    page = paginate(rows, by=BY_TIME, cursor=asked.get("cursor", ""), descending=asked.get("sort") != "date", size=20)
    count, exact = bounded_count(rows)
    bare = [{"transfer": row, "change": change(account, row), "balance": None} for row in page.rows]
    return {
        "page": page, "lines": bare if narrow.is_narrowed else lines(account, page.rows), "count": count, "exact": exact,
    }  # fmt: skip


@dataclass(frozen=True)
class Month:
    """A month of an account in sums. Each opens where the one before it closed."""

    first: date
    opening: Money
    money_in: Money
    money_out: Money
    is_running: bool

    @property
    def closing(self) -> Money:
        return self.opening + self.money_in - self.money_out

    @property
    def key(self) -> str:
        """The month as it stands in a URL."""
        return f"{self.first:%Y-%m}"


def months(account: LedgerAccount, *, today: date, limit: int = 6) -> list[Month]:
    """Return the account's latest months, newest first, from the first one with money in it. Two grouped sums."""
    came, went = _by_month(account, "credit_account"), _by_month(account, "debit_account")
    if not came and not went:
        return []
    first, month = min([*came, *went]), today.replace(day=1)
    closing = account.balance.amount
    found: list[Month] = []
    while month >= first and len(found) < limit:
        money_in, money_out = came.get(month, 0), went.get(month, 0)
        opening = closing - money_in + money_out
        found.append(
            Month(
                first=month,
                opening=Money(opening, account.currency),
                money_in=Money(money_in, account.currency),
                money_out=Money(money_out, account.currency),
                is_running=month == today.replace(day=1),
            )
        )
        closing, month = opening, previous_month(month)
    return found


def previous_month(first: date) -> date:
    """Return the first day of the month before."""
    return first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)


def next_month(first: date) -> date:
    """Return the first day of the month after."""
    return first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)


def _by_month(account: LedgerAccount, side: str) -> dict[date, int]:
    month = TruncMonth("booked_at", tzinfo=account.company.zone)
    rows = Transfer.objects.filter(**{side: account}).order_by().annotate(month=month).values_list("month")
    return {moment.date(): spent for moment, spent in rows.annotate(total=Sum("amount"))}
