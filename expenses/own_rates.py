"""The company's own rates where there are some: what a drive or a day is paid at, beside what the published rate would be.

The published rate stays the measure: what is paid above it is taxable. Where nothing is published, the company itself says what
of its rate is free of tax (all of it unless it says otherwise). For days away each day is measured for itself, so a low day
never hides a high one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from accounts.models import Company
from expenses.mileage_rates import VEHICLES, Band, MileageRate, unit_of, vehicles_of
from expenses.models import OwnRate, OwnRateKind
from expenses.per_diem import NoDailyRate, RateOf, Stay
from expenses.per_diem_rates import DailyRate, home_or, shares_of
from pleo.lib.money import Money


def own_mileage(company: Company, published: MileageRate, day: date) -> tuple[OwnRate, MileageRate] | None:
    """Return the company's own rate for a vehicle on a day, and the same in the shape of the published one."""
    own = _own_of(company, published.country, published.vehicle, day)
    if own is None or own.currency != published.currency:
        return None
    return own, replace(published, bands=_bands(own), factor=Decimal(1))


def unpublished_mileage(company: Company, country: str, vehicle: str, day: date) -> MileageRate | None:
    """Return what is free of tax of the company's own rate where nothing is published, as the measure of it."""
    own = _own_of(company, country, vehicle, day)
    if own is None:
        return None
    bands = _bands(own) if own.tax_free is None else (Band(None, own.tax_free),)
    return MileageRate(country, own.currency, vehicle, own.valid_from, own.last_day, bands, "", unit_of(country))


def _own_of(company: Company, country: str, vehicle: str, day: date) -> OwnRate | None:
    rows = OwnRate.objects.for_company(company).filter(kind=OwnRateKind.MILEAGE, country=country, vehicle=vehicle)
    return _on(list(rows), day)


def _bands(own: OwnRate) -> tuple[Band, ...]:
    if own.upto is None or own.rate_after is None:
        return (Band(None, own.rate),)
    return Band(own.upto, own.rate), Band(None, own.rate_after, own.upto * (own.rate - own.rate_after))


def claimable_vehicles(company: Company) -> list[str]:
    """Return the vehicles that a rate is published for, or that the company has one of its own for."""
    rows = OwnRate.objects.for_company(company).filter(kind=OwnRateKind.MILEAGE, country=company.country)
    own = rows.order_by("vehicle").values_list("vehicle", flat=True).distinct()
    return list(dict.fromkeys((*vehicles_of(company.country), *(vehicle for vehicle in own if vehicle in VEHICLES))))


@dataclass(frozen=True)
class OwnDays:
    """How to find what the company pays for a day, and what of that is free of tax."""

    pays: RateOf
    measure: RateOf


def own_daily(company: Company, stay: Stay, published: RateOf) -> OwnDays | None:
    """Return how days are paid and measured, or None where the company has no rates of its own."""
    country = company.country
    rows = list(OwnRate.objects.for_company(company).filter(kind=OwnRateKind.PER_DIEM, country=country))
    if not rows:
        return None

    def own_on(day: date) -> OwnRate | None:
        place = home_or(stay.at(day), country)
        for one in dict.fromkeys((place, home_or(place.partition("/")[0], country))):
            if own := _on([row for row in rows if row.place == one], day):
                return own
        return None

    def pays(day: date) -> DailyRate:
        own, rate = own_on(day), measure(day)
        if own is None or own.currency != rate.currency:
            return rate
        return replace(rate, full=own.rate, half=rate.half if own.rate_half is None else own.rate_half)

    def measure(day: date) -> DailyRate:
        try:
            return published(day)
        except NoDailyRate:
            own, less = own_on(day), shares_of(country, home_or(stay.at(day), country))
            if own is None or less is None:
                raise
            full = own.rate if own.tax_free is None else own.tax_free
            half = own.tax_free_half if own.tax_free_half is not None else full / 2 if own.rate_half else Decimal(0)
            return DailyRate(country, own.currency, own.valid_from, own.last_day, full, half, less, "", own.place)

    return OwnDays(pays, measure)


def _on(rows: Sequence[OwnRate], day: date) -> OwnRate | None:
    return next((row for row in rows if row.valid_from <= day and (row.last_day is None or day <= row.last_day)), None)


def above(paid: Sequence[Money], published: Sequence[Money]) -> Money:
    """Return what is paid above the published rate, part by part."""
    assert len(paid) == len(published) > 0, "the same parts, valued twice"
    zero = Money(0, paid[0].currency)
    return sum((max(zero, one - other) for one, other in zip(paid, published, strict=True)), zero)


def taxable_columns(taxable: Money) -> dict[str, object]:
    """Return what a drive or a journey keeps of an amount that is taxable; of nothing no currency."""
    return {"taxable": taxable.amount, "taxable_currency": taxable.currency if taxable else ""}
