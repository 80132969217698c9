"""What happened on an account in a period: opening balance, movements, closing balance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet, Sum

from pleo.lib.money import Money
from wallet.models import LedgerAccount, Transfer


@dataclass(frozen=True)
class Line:
    """One transfer as the account sees it: `change` is above zero when money came in; `balance` is the balance after it."""

    transfer: Transfer
    change: Money
    balance: Money


@dataclass(frozen=True)
class Statement:
    """An account from the first moment of `starts` to the first moment of `ends`, in the company's time zone.

    `opening + money_in - money_out == closing`, and the last line's balance is the closing one.
    """

    account: LedgerAccount
    starts: date
    ends: date
    opening: Money
    money_in: Money
    money_out: Money

    @property
    def closing(self) -> Money:
        return self.opening + self.money_in - self.money_out

    @property
    def transfers(self) -> QuerySet[Transfer]:
        """The period's transfers, oldest first, not yet read."""
        first, end = _moment(self.account, self.starts), _moment(self.account, self.ends)
        rows: QuerySet[Transfer] = Transfer.objects.of_account(self.account)
        return rows.filter(booked_at__gte=first, booked_at__lt=end).order_by("booked_at", "id")

    def lines(self) -> Iterator[Line]:
        """Yield the period's lines, oldest first, without holding them all: a page and a file read the same rows."""
        balance = self.opening
        for row in self.transfers.iterator(chunk_size=500):
            change = row.money if row.credit_account_id == self.account.pk else -row.money
            balance += change
            yield Line(row, change, balance)


def statement(*, account: LedgerAccount, starts: date, ends: date) -> Statement:
    """Return the statement of a period whose end is exclusive. Three sums; the lines are read when asked for."""
    assert starts <= ends, "a period ends after it starts"
    first, end = _moment(account, starts), _moment(account, ends)
    before_in, before_out = _sums(account, Q(booked_at__lt=first))
    money_in, money_out = _sums(account, Q(booked_at__gte=first, booked_at__lt=end))
    return Statement(
        account=account,
        starts=starts,
        ends=ends,
        opening=Money(before_in - before_out, account.currency),
        money_in=Money(money_in, account.currency),
        money_out=Money(money_out, account.currency),
    )


def _moment(account: LedgerAccount, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=account.company.zone)


def _sums(account: LedgerAccount, when: Q) -> tuple[int, int]:
    credited = Transfer.objects.filter(when, credit_account=account).aggregate(total=Sum("amount"))["total"]
    debited = Transfer.objects.filter(when, debit_account=account).aggregate(total=Sum("amount"))["total"]
    return credited or 0, debited or 0
