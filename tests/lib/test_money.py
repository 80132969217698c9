from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleo.lib.money import CurrencyMismatch, Money, exponent, is_currency, total

amounts = st.integers(min_value=-(10**14), max_value=10**14)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20).filter(any)


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("DKK", 2), ("KWD", 3), ("ISK", 0)])
def test_exponents_follow_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["XAU", "eur", "", "EURO", "€", "ZZZ"])
def test_it_refuses_what_is_no_currency(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(ValueError):
        Money(1, code)


@pytest.mark.parametrize("value", [1.0, "1", Decimal(1), True, None])
def test_it_counts_whole_minor_units_only(value: object) -> None:
    with pytest.raises(TypeError):
        Money(value, "EUR")  # type: ignore[arg-type]


def test_it_never_mixes_currencies() -> None:
    one, other = Money(100, "EUR"), Money(100, "DKK")
    for act in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: total([one, other], "EUR")):
        with pytest.raises(CurrencyMismatch):
            act()
    assert one != other


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.34", "EUR", 1234), ("1200", "JPY", 1200), ("0.001", "KWD", 1), ("-3.5", "GBP", -350)],
)
def test_it_reads_major_units_exactly(text: str, currency: str, minor: int) -> None:
    assert Money.of(text, currency) == Money(minor, currency)
    assert Money(minor, currency).decimal == Decimal(text)


def test_it_refuses_more_decimals_than_the_currency_has() -> None:
    with pytest.raises(ValueError):
        Money.of("1.005", "EUR")
    with pytest.raises(TypeError):
        Money.of(1.5, "EUR")  # type: ignore[arg-type]


@given(amounts, weights)
def test_the_parts_of_a_split_sum_to_the_whole(amount: int, shares: list[int]) -> None:
    whole = Money(amount, "EUR")
    parts = whole.allocate(shares)
    assert total(parts, "EUR") == whole
    exact = [Decimal(amount) * share / sum(shares) for share in shares]
    assert all(abs(part.amount - want) < 1 for part, want in zip(parts, exact, strict=True))


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [-1]])
def test_it_refuses_weights_that_make_no_sense(shares: list[int]) -> None:
    with pytest.raises(ValueError):
        Money(100, "EUR").allocate(shares)


def test_a_share_is_rounded_once_half_to_even() -> None:
    assert Money(5, "EUR").share(Decimal("0.5")) == Money(2, "EUR")
    assert Money(15, "EUR").share(Decimal("0.5")) == Money(8, "EUR")
    with pytest.raises(TypeError):
        Money(5, "EUR").share(0.5)  # type: ignore[arg-type]
