"""How long the law of a country wants the vouchers of a company kept, and from when the time counts. Pure functions.

Sources, looked up in November 2026; they are no legal advice, and a company may always keep longer:

- Germany: 8 years for vouchers, section 147 (1) no. 4 and (3) AO and section 257 (1) no. 4 and (4) HGB as changed by the Fourth
  Bureaucracy Relief Act (BEG IV, BGBl. 2024 I no. 323) from 1 January 2025; from the end of the calendar year in which the
  voucher came to be (section 147 (4) AO).
- Denmark: 5 years from the end of the fiscal year, section 12 of the Bookkeeping Act (lov nr. 700 af 24. maj 2022).
- Sweden: until the seventh year after the calendar year in which the fiscal year ended, 7 kap. 2 § bokföringslagen.
- France: 10 years for supporting documents from the close of the fiscal year, article L123-22 Code de commerce (6 for tax,
  article L102 B Livre des procédures fiscales).
- Netherlands: 7 years, article 52 (4) AWR, counted here from the end of the fiscal year.
- Spain: 6 years from the last entry, article 30 Código de Comercio (4 for tax, article 66 LGT), counted from the end of the fiscal year.
- United Kingdom: 6 years from the end of the financial year, as HMRC asks for company tax (section 388 Companies Act 2006 alone
  asks private companies for 3).

For other countries we know no rule and keep 10 years, the longest of those above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType


class CountedFrom(StrEnum):
    """What has to end before the years begin."""

    CALENDAR_YEAR = "calendar_year"
    FISCAL_YEAR = "fiscal_year"
    # The calendar year in which the fiscal year ended.
    YEAR_OF_FISCAL_END = "year_of_fiscal_end"


@dataclass(frozen=True)
class Law:
    """The least that a country asks for. `source` names the rule as its own lawyers do."""

    years: int
    counted_from: CountedFrom
    source: str


UNKNOWN = Law(10, CountedFrom.FISCAL_YEAR, "")
LAWS: Mapping[str, Law] = MappingProxyType(
    {
        "DE": Law(8, CountedFrom.CALENDAR_YEAR, "§ 147 AO, § 257 HGB (BEG IV)"),
        "DK": Law(5, CountedFrom.FISCAL_YEAR, "Bogføringsloven § 12"),
        "SE": Law(7, CountedFrom.YEAR_OF_FISCAL_END, "Bokföringslagen 7 kap. 2 §"),
        "FR": Law(10, CountedFrom.FISCAL_YEAR, "Code de commerce L123-22"),
        "NL": Law(7, CountedFrom.FISCAL_YEAR, "AWR art. 52"),
        "ES": Law(6, CountedFrom.FISCAL_YEAR, "Código de Comercio art. 30"),
        "GB": Law(6, CountedFrom.FISCAL_YEAR, "HMRC; Companies Act 2006 s 388"),
    }
)
# Nobody has reason to keep receipts for longer than two generations of auditors.
MOST_YEARS = 30


def law_of(country: str) -> Law:
    """Return what the law of a country (ISO 3166, two letters) asks for."""
    return LAWS.get(country, UNKNOWN)


@dataclass(frozen=True)
class Period:
    """How long a company keeps its receipts. `fiscal_month` is the month in which its fiscal year begins, 1 to 12."""

    years: int
    counted_from: CountedFrom
    fiscal_month: int = 1

    def counts_from(self, day: date) -> date:
        """Return the last day of the year that has to end first, for something of a day."""
        end = self._year_end(day)
        if self.counted_from == CountedFrom.YEAR_OF_FISCAL_END:
            return date(end.year, 12, 31)
        return end

    def due_on(self, day: date) -> date:
        """Return the first day on which the receipt of a day may be erased."""
        return _later(self.counts_from(day) + timedelta(days=1), self.years)

    def last_due(self, today: date) -> date:
        """Return the last day whose receipts may be erased today; those of every earlier day may be too."""
        # Walk back from a year that is surely too late: at most a few steps, since years end once a year.
        end = self._year_end(_later(today, -self.years + 1))
        while self.due_on(end) > today:
            end = self._start(end) - timedelta(days=1)
        return end

    @property
    def _month(self) -> int:
        return 1 if self.counted_from == CountedFrom.CALENDAR_YEAR else self.fiscal_month

    def _start(self, day: date) -> date:
        return date(day.year if day.month >= self._month else day.year - 1, self._month, 1)

    def _year_end(self, day: date) -> date:
        return _later(self._start(day), 1) - timedelta(days=1)


def _later(day: date, years: int) -> date:
    """Move a day by years; 29 February becomes 1 March, never earlier."""
    year = min(max(day.year + years, 1), 9998)
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
