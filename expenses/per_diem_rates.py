"""What may be paid, free of tax, for a day away on the company's errand: by country and day.

Data, with the source of each row; a new rate is a new row. The amounts are for journeys in the country itself, and in Denmark
for journeys abroad too, as its rule has one rate. Where no source was at hand there is no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

BREAKFAST, LUNCH, DINNER = "breakfast", "lunch", "dinner"
MEALS = (BREAKFAST, LUNCH, DINNER)
# After three months at one place other rules hold in most countries.
LONGEST_DAYS = 90


@dataclass(frozen=True)
class DailyRate:
    """A country's rate. `full` and `half` in major units; `less` is the percentage of a full day that each meal takes off.

    `until` is the last day, None while it is in force.
    """

    country: str
    currency: str
    valid_from: date
    until: date | None
    full: Decimal
    half: Decimal
    less: tuple[Decimal, Decimal, Decimal]
    source: str

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
    country: str, currency: str, first: date, last: date | None, full: str, half: str, less: tuple[int, int, int], source: str
) -> DailyRate:  # fmt: skip
    shares = (Decimal(less[0]), Decimal(less[1]), Decimal(less[2]))
    return DailyRate(country, currency, first, last, Decimal(full), Decimal(half), shares, source)


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
)


def rate_on(*, country: str, day: date) -> DailyRate | None:
    """Return the rate in force on a day, if any is known."""
    return next((rate for rate in RATES if rate.country == country and rate.holds_on(day)), None)


def countries() -> list[str]:
    """Return the countries with rates."""
    return sorted({rate.country for rate in RATES})
