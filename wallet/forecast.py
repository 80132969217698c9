"""How long the money lasts, at the pace of the last thirty days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Min, Sum

from pleo.lib.money import Money
from wallet.models import LedgerAccount, Transfer, TransferCode

DAYS = 30
# With less behind it than this, a pace is a guess.
SHORTEST = 7
# Beyond this, the answer is "long".
LONGEST = 730
SPENT = (
    TransferCode.CARD_PURCHASE, TransferCode.CARD_CASH, TransferCode.CARD_REFUND_REVERSAL, TransferCode.CORRECTION_DEBIT,
    TransferCode.CHARGEBACK_REVERSAL, TransferCode.FEE,
)  # fmt: skip
CAME_BACK = (TransferCode.CARD_REFUND, TransferCode.CORRECTION_CREDIT, TransferCode.CHARGEBACK)


@dataclass(frozen=True)
class Forecast:
    """What was spent in `over` days, what that is a day, and how many days the available money lasts at that pace.

    `days` is None when it cannot be said: nothing was spent, too little is behind it, or it lasts for years.
    """

    available: Money
    spent: Money
    over: int
    a_day: Money
    days: int | None
    until: date | None


def forecast(*, accounts: Sequence[LedgerAccount], now: datetime) -> Forecast:
    """Return how long the available money of some wallets lasts. Top-ups, withdrawals and moves between wallets do not count."""
    assert accounts, "a company has its main wallet"
    currency, company = accounts[0].currency, accounts[0].company
    since = now - timedelta(days=DAYS)
    out = Transfer.objects.filter(debit_account__in=accounts, code__in=SPENT, booked_at__gte=since, booked_at__lte=now)
    back = Transfer.objects.filter(
        credit_account__in=accounts, code__in=CAME_BACK, booked_at__gte=since, booked_at__lte=now
    )
    amount = (out.aggregate(total=Sum("amount"))["total"] or 0) - (back.aggregate(total=Sum("amount"))["total"] or 0)
    over = _days_behind(accounts, now)
    spent = Money(max(amount, 0), currency)
    a_day = spent.share(Decimal(1) / over)
    available = Money(sum(account.available.amount for account in accounts), currency)
    days = None
    if a_day and over >= SHORTEST:
        days = max(available.amount, 0) * over // spent.amount
        days = days if days <= LONGEST else None
    until = company.day_of(now) + timedelta(days=days) if days is not None else None
    return Forecast(available, spent, over, a_day, days, until)


def _days_behind(accounts: Sequence[LedgerAccount], now: datetime) -> int:
    """Return how many of the thirty days the company has behind it, at least one."""
    first = Transfer.objects.filter(credit_account__in=accounts).aggregate(first=Min("booked_at"))["first"]
    return DAYS if first is None else max(min((now - first).days, DAYS), 1)
