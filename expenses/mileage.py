"""What a drive is worth. Pure: the distance claimed before in the year comes as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from expenses.mileage_rates import MileageRate
from pleo.lib.money import Money, exponent


@dataclass(frozen=True)
class Worth:
    """An amount, and how it came about: the distance at each rate, in order."""

    amount: Money
    parts: tuple[tuple[Decimal, Decimal], ...]


def worth(rate: MileageRate, *, distance: Decimal, before: Decimal) -> Worth:
    """Return what a distance adds to what was claimed before in the rate's year.

    The difference of two rounded wholes: however a year's distance is cut into drives, they sum to the whole year's worth
    to the last cent, across thresholds too.
    """
    assert distance > 0 <= before, "a drive leads somewhere"
    amount = _rounded(rate, before + distance) - _rounded(rate, before)
    return Worth(amount, tuple(_parts(rate, distance, before)))


def _rounded(rate: MileageRate, distance: Decimal) -> Money:
    places = exponent(rate.currency)
    minor = rate.whole(distance).scaleb(places).to_integral_value(ROUND_HALF_UP)
    return Money(int(minor), rate.currency)


def _parts(rate: MileageRate, distance: Decimal, before: Decimal) -> list[tuple[Decimal, Decimal]]:
    parts, start, end = [], before, before + distance
    for band in rate.bands:
        stop = end if band.upto is None else min(end, Decimal(band.upto))
        if stop > start:
            parts.append((stop - start, (band.rate * rate.factor).normalize()))
            start = stop
    return parts
