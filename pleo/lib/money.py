"""Money as whole minor units and a currency. The only place that knows how many decimals a currency has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, total_ordering
from typing import Self

from iso4217 import Currency

# A BigIntegerField holds more; this bound keeps sums of a billion rows inside it and refuses typing errors early.
MAX_AMOUNT = 10**15


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one calculation."""


@cache
def exponent(currency: str) -> int:
    """Return the number of decimals of an ISO 4217 currency (JPY 0, EUR 2, KWD 3). Raises ValueError for others."""
    digits = Currency(currency).exponent
    if digits is None:
        raise ValueError(f"{currency} has no minor unit")
    return int(digits)


@cache
def is_currency(code: str) -> bool:
    """Say whether `code` is an upper-case ISO 4217 currency that people can pay with."""
    try:
        exponent(code)
    except ValueError:
        return False
    return True


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Mixing currencies raises CurrencyMismatch, floats raise TypeError."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"money counts whole minor units, not {type(self.amount).__name__}")
        exponent(self.currency)

    @classmethod
    def of(cls, value: Decimal | str | int, currency: str) -> Self:
        """Make money from major units, exactly: 12.345 EUR raises ValueError, since no such amount exists."""
        if isinstance(value, float):
            raise TypeError("money is never made from a float")
        minor = Decimal(value).scaleb(exponent(currency))
        if minor != minor.to_integral_value():
            raise ValueError(f"{value} has more decimals than {currency}")
        return cls(int(minor), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with all decimals of its currency."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Money) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return self.amount < other.amount

    def share(self, rate: Decimal) -> Money:
        """Multiply by a rate or percentage share and round once, half to even."""
        if isinstance(rate, float):
            raise TypeError("rates are Decimal, never float")
        return Money(int((Decimal(self.amount) * rate).to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def tax_inside(self, percent: Decimal) -> Money:
        """Return the tax that this gross amount contains at a rate in percent, rounded once, half to even."""
        if isinstance(percent, float):
            raise TypeError("rates are Decimal, never float")
        tax = Decimal(self.amount) * percent / (100 + percent)
        return Money(int(tax.to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split by weights so that the parts sum exactly to the whole (largest remainder, earlier parts first).

        Raises ValueError when a weight is negative or all are zero.
        """
        whole = sum(weights)
        if not weights or whole <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        sign, total = (-1 if self.amount < 0 else 1), abs(self.amount)
        parts = [total * weight // whole for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
        for index in by_remainder[: total - sum(parts)]:
            parts[index] += 1
        assert sum(parts) == total, "the parts of a split must sum to the whole"
        return [Money(sign * part, self.currency) for part in parts]

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.currency}"


def zero(currency: str) -> Money:
    """Return nothing, in a currency."""
    return Money(0, currency)


def total(parts: Sequence[Money], currency: str) -> Money:
    """Sum amounts of one currency; an empty sequence is zero of that currency."""
    result = zero(currency)
    for part in parts:
        result += part
    return result
