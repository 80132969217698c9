"""What may be paid, free of tax, for a day away on the company's errand: by country and day.

Data, with the source of each row; a new rate is a new row. A row is for days at one place: in the country itself, or abroad
from the tables in `per_diem_abroad.py`. Denmark has one rate for every country (ligningslovens § 9 A, stk. 2, nr. 1: "i Danmark
eller i udlandet"). Where no source was at hand there is no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from expenses.per_diem_abroad import BMF, GERMAN, SKV_2024, SKV_2026, SWEDISH_2024, SWEDISH_2026, german, rows_of

BREAKFAST, LUNCH, DINNER = "breakfast", "lunch", "dinner"
MEALS = (BREAKFAST, LUNCH, DINNER)
# After three months at one place other rules hold in most countries.
LONGEST_DAYS = 90


@dataclass(frozen=True)
class DailyRate:
    """A country's rate. `full` and `half` in major units; `less` is the percentage of a full day that each meal takes off.

    `until` is the last day, None while it is in force. `place` is where the day is spent: empty at home, a country's code, or
    a town of it as "FR/Paris".
    """

    country: str
    currency: str
    valid_from: date
    until: date | None
    full: Decimal
    half: Decimal
    less: tuple[Decimal, Decimal, Decimal]
    source: str
    place: str = ""

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.until is None or day <= self.until)

    def share_of(self, meal: str) -> Decimal:
        return self.less[MEALS.index(meal)] / 100


SKAT = "Ligningslovens § 9 A; skat.dk, Skattefri rejsegodtgørelse (diæter), satser for kost og småfornødenheder"
EST = "§ 9 Abs. 4a EStG; BMF-Schreiben vom 25.11.2020, Steuerliche Behandlung der Reisekosten von Arbeitnehmern"
IL = "12 kap. 11 § inkomstskattelagen: 0,5 % av prisbasbeloppet; Skatteverket SKV A 2023:14, SKV A 2025:5; SFS 2025:872"
URSSAF = "Urssaf, frais professionnels, indemnité de repas au restaurant; times of meals as in décret 2006-781"
HMRC = "HMRC, benchmark scale rates, Employment Income Manual EIM30240 (gov.uk)"


def _row(
    country: str, currency: str, first: date, last: date | None, full: str, half: str, less: tuple[int, int, int], source: str,
    place: str = "",
) -> DailyRate:  # fmt: skip
    shares = (Decimal(less[0]), Decimal(less[1]), Decimal(less[2]))
    return DailyRate(country, currency, first, last, Decimal(full), Decimal(half), shares, source, place)


def _swedish(year: int, table: str, source: str) -> Iterator[DailyRate]:
    """Abroad a meal takes off 15, 35 and 35 percent (Skatteverket, SKV 354)."""
    for place, (full,) in rows_of(table):
        yield _row("SE", "SEK", *_year(year), full, str(Decimal(full) / 2), (15, 35, 35), source, place)


def _year(number: int) -> tuple[date, date]:
    return date(number, 1, 1), date(number, 12, 31)


RATES: tuple[DailyRate, ...] = (
    *(
        _row("DK", "DKK", *_year(year), full, "0", (15, 30, 30), SKAT)
        for year, full in ((2023, "555"), (2024, "574"), (2025, "597"), (2026, "625"))
    ),
    _row("DE", "EUR", date(2014, 1, 1), date(2019, 12, 31), "24", "12", (20, 40, 40), EST),
    _row("DE", "EUR", date(2020, 1, 1), None, "28", "14", (20, 40, 40), EST),
    *(
        _row("SE", "SEK", *_year(year), full, half, (20, 35, 35), IL)
        for year, full, half in ((2023, "260", "130"), (2024, "290", "145"), (2025, "290", "145"), (2026, "300", "150"))
    ),
    *(
        _row("FR", "EUR", *_year(year), meal, "0", (0, 100, 100), URSSAF)
        for year, meal in ((2024, "20.70"), (2025, "21.10"), (2026, "21.40"))
    ),
    _row("GB", "GBP", date(2016, 4, 6), None, "25", "10", (100, 100, 100), HMRC),
    *(
        _row("DE", "EUR", *_year(year), full, half, (20, 40, 40), BMF[year], place)
        for year in GERMAN
        for place, full, half in german(year)
    ),
    *_swedish(2024, SWEDISH_2024, SKV_2024),
    *_swedish(2026, SWEDISH_2026, SKV_2026),
)
# One rate wherever the day is spent.
SAME_EVERYWHERE = frozenset({"DK"})


def home_or(place: str, country: str) -> str:
    """Return a place as the rows name it: empty for the company's own country, and where one rate holds everywhere."""
    return "" if place == country or country in SAME_EVERYWHERE else place


def rate_on(*, country: str, day: date, place: str = "") -> DailyRate | None:
    """Return the rate of a country's rules for a day at a place, if any is known. A town without one takes its country's."""
    for one in dict.fromkeys((home_or(place, country), home_or(place.partition("/")[0], country))):
        found = next((rate for rate in _rows(country, one) if rate.holds_on(day)), None)
        if found is not None:
            return found
    return None


@cache
def _rows(country: str, place: str) -> tuple[DailyRate, ...]:
    return tuple(rate for rate in RATES if (rate.country, rate.place) == (country, place))


@cache
def towns(country: str) -> tuple[str, ...]:
    """Return the towns abroad that a country's tables name, as "FR/Paris"."""
    return tuple(sorted({rate.place for rate in RATES if rate.country == country and "/" in rate.place}))


@cache
def shares_of(country: str, place: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return what meals take off a day at a place by a country's rules, whatever the year; None where no table says it."""
    abroad = [rate.less for rate in RATES if rate.country == country and bool(rate.place) == bool(place)]
    known = abroad or [rate.less for rate in RATES if rate.country == country and country in SAME_EVERYWHERE]
    return known[-1] if known else None


def currency_of(country: str) -> str:
    """Return the currency that a country's rates are in; empty without any."""
    return next((rate.currency for rate in RATES if rate.country == country), "")


def countries() -> list[str]:
    """Return the countries with rates."""
    return sorted({rate.country for rate in RATES})
