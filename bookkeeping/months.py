"""Months of the books: their days, which are closed, and on which day something is booked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q

from accounts.models import Company
from bookkeeping.models import PeriodClose

# Companies of earlier centuries keep their books elsewhere; later ones have no calendar day in every zone.
FIRST_YEAR, LAST_YEAR = 1970, 3000


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, by its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month of a day."""
        return cls(day.replace(day=1))

    @classmethod
    def read(cls, text: str) -> Month | None:
        """Read `2026-10`; anything else is None."""
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text, re.ASCII):
            return None
        year, number = int(text[:4]), int(text[5:])
        return cls(date(year, number, 1)) if FIRST_YEAR <= year < LAST_YEAR else None

    @property
    def next(self) -> Month:
        return Month.of(self.first + timedelta(days=31))

    @property
    def before(self) -> Month:
        return Month.of(self.first - timedelta(days=1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def key(self) -> str:
        """How it is written in addresses: `2026-10`."""
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class Period:
    """Days from which to which entries are dated, both included; None is open."""

    first: date | None = None
    last: date | None = None

    def within(self, column: str) -> Q:
        """Return the condition that a date column lies in it."""
        asked = Q()
        if self.first:
            asked &= Q(**{f"{column}__gte": self.first})
        if self.last:
            asked &= Q(**{f"{column}__lte": self.last})
        return asked


def closed_upto(company: Company) -> date | None:
    """Return the last day that is closed; None when nothing is."""
    found: date | None = PeriodClose.objects.for_company(company).live().aggregate(last=Max("upto"))["last"]
    return found


def open_from(company: Company) -> date | None:
    """Return the first day that is open again; None when nothing was ever closed."""
    upto = closed_upto(company)
    return upto + timedelta(days=1) if upto else None


def booking_day(fact: date, opens: date | None) -> date:
    """Return the day a voucher is dated: the fact's own, or the first open day when its own is closed."""
    return max(fact, opens) if opens else fact


def last_over(company: Company, now: datetime) -> Month:
    """Return the newest month that is over, where the company is."""
    return Month.of(company.day_of(now)).before
