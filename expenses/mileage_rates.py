"""What may be paid, free of tax, for a kilometre or mile in a vehicle of one's own: by country, vehicle and day.

Data, with the source of each row; a new rate is a new row, an old one is never edited, because drives point at it by the day
it began. Where no source was at hand there is no row: a country that is missing here has no mileage, rather than a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from expenses.models.travel import DistanceUnit

KM, MILE = DistanceUnit.KILOMETRE, DistanceUnit.MILE


@dataclass(frozen=True)
class Band:
    """Up to a distance in the year (None: without end) the whole is `distance * rate + plus`, in major units."""

    upto: int | None
    rate: Decimal
    plus: Decimal = Decimal(0)


@dataclass(frozen=True)
class MileageRate:
    """One country's rate for one vehicle. `until` is the last day, None while it is in force.

    The distance that decides the band counts anew each year, from `year_from` (month, day). `factor` multiplies the result.
    """

    country: str
    currency: str
    vehicle: str
    valid_from: date
    until: date | None
    bands: tuple[Band, ...]
    source: str
    unit: str = KM
    year_from: tuple[int, int] = (1, 1)
    factor: Decimal = Decimal(1)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.until is None or day <= self.until)

    def band_at(self, distance: Decimal) -> Band:
        return next(band for band in self.bands if band.upto is None or distance <= band.upto)

    def whole(self, distance: Decimal) -> Decimal:
        """Return what a year's distance is worth in all, in major units, not rounded."""
        if not distance:
            return Decimal(0)
        band = self.band_at(distance)
        return (distance * band.rate + band.plus) * self.factor

    def year_of(self, day: date) -> tuple[date, date]:
        """Return the first day of the year a day counts in, and the first day of the next."""
        month, first = self.year_from
        year = day.year if (day.month, day.day) >= (month, first) else day.year - 1
        return date(year, month, first), date(year + 1, month, first)


VEHICLES: dict[str, Promise] = {
    "car": _("Car"),
    "motorcycle": _("Motorcycle"),
    "bicycle": _("Bicycle, moped"),
    "car_3": _("Car, up to 3 CV"),
    "car_4": _("Car, 4 CV"),
    "car_5": _("Car, 5 CV"),
    "car_6": _("Car, 6 CV"),
    "car_7": _("Car, 7 CV and more"),
    "electric_3": _("Electric car, up to 3 CV"),
    "electric_4": _("Electric car, 4 CV"),
    "electric_5": _("Electric car, 5 CV"),
    "electric_6": _("Electric car, 6 CV"),
    "electric_7": _("Electric car, 7 CV and more"),
}


def _flat(rate: str) -> tuple[Band, ...]:
    return (Band(None, Decimal(rate)),)


def _then(upto: int, high: str, low: str) -> tuple[Band, ...]:
    """A high rate up to a distance in the year, a low one for what comes after."""
    return Band(upto, Decimal(high)), Band(None, Decimal(low), upto * (Decimal(high) - Decimal(low)))


SKAT = "Skatterådet, satser for befordringsgodtgørelse (skat.dk); tekniq.dk, Satserne for skattefrie kørepenge i 2026"
EST = "§ 9 Abs. 1 Satz 3 Nr. 4a EStG mit § 5 BRKG; BMF-Schreiben vom 25.11.2020, Steuerliche Behandlung der Reisekosten"
IL = "12 kap. 27 § inkomstskattelagen; Skatteverket, milersättning: 25 kr per mil från 2023, 18,50 kr dessförinnan"
AMAP = "HMRC, Travel: mileage and fuel rates and allowances (gov.uk); Employment Income Manual EIM31200 and on"
AMAP_2026 = (
    "HMRC, Travel: mileage and fuel rates and allowances (gov.uk), announced 21 May 2026, in force from 6 April 2026"
)
NETHERLANDS = "Wet op de loonbelasting 1964, art. 31a; business.gov.nl, Paying your employees' travel allowance"
SPAIN = "Orden HFP/792/2023, BOE núm. 169 de 17 de julio de 2023; art. 9.A.2 RIRPF"
BAREME_2023 = "Arrêté du 27 mars 2023, art. 6 B de l'annexe IV au CGI; unchanged for the incomes of 2023 to 2025"
BAREME_2020 = (
    "Arrêté du 26 février 2020, art. 6 B de l'annexe IV au CGI; electric cars plus 20 % from the incomes of 2020"
)


def _denmark() -> Iterator[MileageRate]:
    rows = (
        (2023, "3.73", "2.19", ""), (2024, "3.79", "2.23", ""), (2025, "3.81", "2.23", "0.63"), (2026, "3.94", "2.28", "0.64"),
    )  # fmt: skip
    for year, high, low, bicycle in rows:
        first, last = date(year, 1, 1), date(year, 12, 31)
        for vehicle in ("car", "motorcycle"):
            yield MileageRate("DK", "DKK", vehicle, first, last, _then(20_000, high, low), SKAT)
        if bicycle:
            yield MileageRate("DK", "DKK", "bicycle", first, last, _flat(bicycle), SKAT)


def _britain() -> Iterator[MileageRate]:
    old, new, april = date(2011, 4, 6), date(2026, 4, 6), (4, 6)
    yield MileageRate(
        "GB", "GBP", "car", old, date(2026, 4, 5), _then(10_000, "0.45", "0.25"), AMAP, MILE, april
    )  # fmt: skip
    yield MileageRate("GB", "GBP", "car", new, None, _then(10_000, "0.55", "0.25"), AMAP_2026, MILE, april)
    yield MileageRate("GB", "GBP", "motorcycle", old, date(2026, 4, 5), _flat("0.24"), AMAP, MILE, april)
    yield MileageRate("GB", "GBP", "bicycle", old, date(2026, 4, 5), _flat("0.20"), AMAP, MILE, april)


def _france() -> Iterator[MileageRate]:
    """The barème: three ranges of the year's distance, by the horsepower that the registration states."""
    barèmes = (
        (date(2022, 1, 1), None, BAREME_2023, {
            3: ("0.529", "0.316", 1065, "0.370"), 4: ("0.606", "0.340", 1330, "0.407"), 5: ("0.636", "0.357", 1395, "0.427"),
            6: ("0.665", "0.374", 1457, "0.447"), 7: ("0.697", "0.394", 1515, "0.470"),
        }),
        (date(2019, 1, 1), date(2020, 12, 31), BAREME_2020, {
            3: ("0.456", "0.273", 915, "0.318"), 4: ("0.523", "0.294", 1147, "0.352"), 5: ("0.548", "0.308", 1200, "0.368"),
            6: ("0.574", "0.323", 1256, "0.386"), 7: ("0.601", "0.340", 1301, "0.405"),
        }),
    )  # fmt: skip
    for first, last, source, powers in barèmes:
        for power, (short, middle, plus, long) in powers.items():
            bands = (
                Band(5_000, Decimal(short)), Band(20_000, Decimal(middle), Decimal(plus)), Band(None, Decimal(long)),
            )  # fmt: skip
            for kind, factor in (("car", "1"), ("electric", "1.2")):
                begins = max(first, date(2020, 1, 1)) if kind == "electric" else first
                yield MileageRate(
                    "FR", "EUR", f"{kind}_{power}", begins, last, bands, source, factor=Decimal(factor)
                )  # fmt: skip


def _others() -> Iterator[MileageRate]:
    yield MileageRate("DE", "EUR", "car", date(2014, 1, 1), None, _flat("0.30"), EST)
    yield MileageRate("DE", "EUR", "motorcycle", date(2014, 1, 1), None, _flat("0.20"), EST)
    yield MileageRate("SE", "SEK", "car", date(2022, 1, 1), date(2022, 12, 31), _flat("1.85"), IL)
    yield MileageRate("SE", "SEK", "car", date(2023, 1, 1), None, _flat("2.50"), IL)
    for first, last, rate in (
        (date(2023, 1, 1), date(2023, 12, 31), "0.21"), (date(2024, 1, 1), None, "0.23"),
    ):  # fmt: skip
        yield MileageRate("NL", "EUR", "car", first, last, _flat(rate), NETHERLANDS)
    yield MileageRate("ES", "EUR", "car", date(2005, 1, 1), date(2023, 7, 16), _flat("0.19"), SPAIN)
    yield MileageRate("ES", "EUR", "car", date(2023, 7, 17), None, _flat("0.26"), SPAIN)


RATES: tuple[MileageRate, ...] = (*_denmark(), *_britain(), *_france(), *_others())


def rate_on(*, country: str, vehicle: str, day: date) -> MileageRate | None:
    """Return the rate in force for a vehicle on a day, if any is known."""
    return next(
        (rate for rate in RATES if (rate.country, rate.vehicle) == (country, vehicle) and rate.holds_on(day)), None
    )


def vehicles_of(country: str) -> list[str]:
    """Return the vehicles that a country has rates for, in the order people look for them."""
    known = {rate.vehicle for rate in RATES if rate.country == country}
    return [vehicle for vehicle in VEHICLES if vehicle in known]


def currency_of(country: str) -> str:
    """Return the currency that a country's rates are in; empty without any."""
    return next((rate.currency for rate in RATES if rate.country == country), "")


def unit_of(country: str) -> str:
    """Return what a country counts its ways in."""
    return next((rate.unit for rate in RATES if rate.country == country), KM)
