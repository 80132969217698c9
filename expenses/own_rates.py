"""The company's own rates where there are some: what a drive or a day is paid at, beside what the published rate would be.

The published rate stays the measure: what is paid above it is taxable. For days away each day is measured for itself, so a
low day never hides a high one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from accounts.models import Company
from expenses.mileage_rates import Band, MileageRate
from expenses.models import OwnRate, OwnRateKind
from expenses.per_diem import RateOf, Stay
from expenses.per_diem_rates import DailyRate, home_or
from pleo.lib.money import Money


def own_mileage(company: Company, published: MileageRate, day: date) -> tuple[OwnRate, MileageRate] | None:
    """Return the company's own rate for a vehicle on a day, and the same in the shape of the published one."""
    rows = OwnRate.objects.for_company(company).filter(
        kind=OwnRateKind.MILEAGE, country=published.country, vehicle=published.vehicle, currency=published.currency
    )  # fmt: skip
    own = _on(list(rows), day)
    if own is None:
        return None
    bands: tuple[Band, ...] = (Band(None, own.rate),)
    if own.upto is not None and own.rate_after is not None:
        bands = Band(own.upto, own.rate), Band(None, own.rate_after, own.upto * (own.rate - own.rate_after))
    return own, replace(published, bands=bands, factor=Decimal(1))


def own_daily(company: Company, stay: Stay, published: RateOf) -> RateOf | None:
    """Return how to find what the company pays for a day, or None where it has no rates of its own."""
    country = company.country
    rows = list(OwnRate.objects.for_company(company).filter(kind=OwnRateKind.PER_DIEM, country=country))
    if not rows:
        return None

    def rate_of(day: date) -> DailyRate:
        rate, place = published(day), home_or(stay.at(day), country)
        for one in dict.fromkeys((place, home_or(place.partition("/")[0], country))):
            own = _on([row for row in rows if row.place == one and row.currency == rate.currency], day)
            if own is not None:
                return replace(rate, full=own.rate, half=rate.half if own.rate_half is None else own.rate_half)
        return rate

    return rate_of


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
