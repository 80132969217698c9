"""VAT as a receipt's table prints it: rate, net, tax and gross, kept only where the figures agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise, permutations

from receipts.reading import words
from receipts.reading.amounts import Amount
from receipts.reading.rows import Row

RATES = {
    "DE": "19 7", "DK": "25", "SE": "25 12 6", "NO": "25 15 12", "NL": "21 9", "FR": "20 10 5.5 2.1", "ES": "21 10 4", "GB": "20 5",
    "AT": "20 10 13", "BE": "21 12 6", "FI": "25.5 24 14 10", "IT": "22 10 5 4", "PT": "23 13 6", "PL": "23 8 5", "CZ": "21 15 12 10",
    "IE": "23 13.5 9", "CH": "8.1 7.7 2.6 2.5", "TR": "20 18 10 8 1", "BG": "20 9", "RO": "19 9 5", "HU": "27 18 5",
}  # fmt: skip
_RATE = re.compile(r"(?<![\d.,])(\d{1,2})(?:[.,](\d{1,3}))?\s?(?:%|％)|(?<!\d)(?<!\d )%(\d{1,2})(?!\d)")
_BARE_RATE = re.compile(r"(?<![\d.,])(\d{1,2})(?:[.,](\d{1,2}))?(?![\d.,])")


@dataclass(frozen=True, slots=True)
class VatLine:
    """One line of the table, in minor units; `rate` in percent as text ("19", "5.5")."""

    rate: str
    net: int
    tax: int
    gross: int
    row: Row


def _rate(whole: str, part: str | None) -> Decimal:
    return Decimal(f"{int(whole)}.{part or '0'}").normalize()


def rates_in(text: str) -> list[Decimal]:
    """Return the percentages of a row that can be VAT rates."""
    rates = [_rate(match[1] or match[3], match[2]) for match in _RATE.finditer(text)]
    return [rate for rate in rates if 0 < rate <= 30]


def known_rates(country: str) -> list[Decimal]:
    return [Decimal(rate) for rate in RATES.get(country, "25 24 23 22 21 20 19 12 10 9 8 7 6 5.5 5").split()]


def _tax(net: int, rate: Decimal) -> int:
    return int((net * rate / 100).to_integral_value(ROUND_HALF_UP))


def _fits(net: int, tax: int, rate: Decimal) -> bool:
    """Tills round by article or by sum, so a few cents of difference are usual; the bound grows with the amount."""
    return abs(tax - _tax(net, rate)) <= 2 + net // 5000


def lines(rows: list[Row], amounts: list[Amount], country: str) -> list[VatLine]:
    """Return the VAT lines whose figures agree, in the order printed, each rate once."""
    by_row: dict[int, list[int]] = {}
    for amount in amounts:
        by_row.setdefault(id(amount.row), []).append(abs(amount.value))
    found: list[VatLine] = []
    table = -99
    for place, row in enumerate(rows):
        if len(words.TAX_TABLE.findall(row.folded)) >= 2:
            table = place
        values = by_row.get(id(row), [])
        rates = rates_in(row.text)
        if not rates and place - table <= 6 and len(values) >= 2:
            rates = [*_bare(row), *known_rates(country)]
        line = next(_agreeing(row, values, rates), None)
        if line and not any(other.rate == line.rate and other.gross == line.gross for other in found):
            found.append(line)
    return _once(found)


def _bare(row: Row) -> list[Decimal]:
    """Rates printed without a percent sign, as "19,00" in a column headed %."""
    rates = [_rate(match[1], match[2]) for match in _BARE_RATE.finditer(row.text)]
    return [rate for rate in rates if 3 <= rate <= 27]


def _agreeing(row: Row, values: list[int], rates: list[Decimal]) -> Iterator[VatLine]:
    """Yield readings of a row's amounts as net, tax and gross that agree: three amounts before two."""
    unique = list(dict.fromkeys(value for value in values if value))[:5]
    for rate in rates:
        for net, tax, gross in permutations(unique, 3):
            if net + tax == gross and tax < net and _fits(net, tax, rate):
                yield VatLine(f"{rate:f}", net, tax, gross, row)
    if not words.TAX.search(row.folded) and not rates_in(row.text):
        return
    for rate in rates:
        for first, second in permutations(unique, 2):
            if second < first and _fits(first, second, rate):
                yield VatLine(f"{rate:f}", first, second, first + second, row)
            elif second < first and _fits(first - second, second, rate):
                yield VatLine(f"{rate:f}", first - second, second, first, row)


def cut_off(rows: list[Row], amounts: list[Amount], total: int) -> list[VatLine]:
    """Return the lines of a table whose last column was cut off, when rate, net and tax agree and all sum to the total."""
    found: list[VatLine] = []
    table = -99
    for place, row in enumerate(rows):
        if len(words.TAX_TABLE.findall(row.folded)) >= 2:
            table = place
        elif place - table <= 6:
            values = [abs(amount.value) for amount in amounts if amount.row is row]
            found += list(_pairs(row, values))[:1]
    lines = _once(found)
    return lines if sum(line.gross for line in lines) == total else []


def _pairs(row: Row, values: list[int]) -> Iterator[VatLine]:
    for rate in [*rates_in(row.text), *_bare(row)]:
        left = [value for value in values if value != int(rate * 100)]
        for net, tax in permutations(left, 2):
            if 100 <= tax < net and _fits(net, tax, rate):
                yield VatLine(f"{rate:f}", net, tax, net + tax, row)


def _once(found: list[VatLine]) -> list[VatLine]:
    """Keep one line per rate: slips print the table twice, for the till and for the terminal."""
    kept: dict[str, VatLine] = {}
    for line in found:
        if line.rate not in kept or kept[line.rate].gross < line.gross:
            kept[line.rate] = line
    return list(kept.values())


def from_total(rows: list[Row], amounts: list[Amount], total: int) -> list[VatLine]:
    """Return the one line that a tax amount makes with the total and a rate that is printed: "heraf moms 25 % 256,80"."""
    printed = list(dict.fromkeys(rate for row in rows for rate in rates_in(row.text)))
    for row in rows:
        if not words.TAX.search(row.folded):
            continue
        values = [abs(amount.value) for amount in amounts if amount.row is row]
        for rate in rates_in(row.text) or printed:
            for tax in values:
                if 0 < tax < total and _fits(total - tax, tax, rate):
                    return [VatLine(f"{rate:f}", total - tax, tax, total, row)]
    return []


def from_two_rows(rows: list[Row], amounts: list[Amount], total: int) -> list[VatLine]:
    """Return lines whose base stands on one row and whose rate and tax on the next, when they sum to the total."""
    found: dict[str, VatLine] = {}
    for base_row, row in pairwise(rows):
        rates = rates_in(row.text)
        bases = [abs(amount.value) for amount in amounts if amount.row is base_row]
        taxes = [abs(amount.value) for amount in amounts if amount.row is row]
        if len(rates) != 1 or len(bases) != 1 or len(taxes) != 1 or not 0 < taxes[0] < bases[0]:
            continue
        base, tax, rate = bases[0], taxes[0], rates[0]
        if _fits(base - tax, tax, rate):
            found.setdefault(f"{rate:f}", VatLine(f"{rate:f}", base - tax, tax, base, row))
        elif _fits(base, tax, rate):
            found.setdefault(f"{rate:f}", VatLine(f"{rate:f}", base, tax, base + tax, row))
    lines = list(found.values())
    return lines if sum(line.gross for line in lines) == total else []


def from_taxes(rows: list[Row], amounts: list[Amount], total: int) -> list[VatLine]:
    """Return lines of several rates of which only the taxes are printed, when they add up to the total but for rounding.

    The taxes are exact; nets follow from the rates, and the largest takes the cents that are left over.
    """
    taxes: dict[Decimal, tuple[int, Row]] = {}
    for row in rows:
        values = [abs(amount.value) for amount in amounts if amount.row is row]
        rates = rates_in(row.text)
        if words.TAX.search(row.folded) and len(rates) == 1 and len(values) == 1 and values[0]:
            taxes.setdefault(rates[0], (values[0], row))
    nets = {rate: int((tax * 100 / rate).to_integral_value(ROUND_HALF_UP)) for rate, (tax, _) in taxes.items()}
    left = total - sum(nets.values()) - sum(tax for tax, _ in taxes.values())
    if len(taxes) < 2 or abs(left) > sum(50 / rate + 1 for rate in taxes):
        return []
    largest = max(nets, key=lambda rate: nets[rate])
    nets[largest] += left
    return [VatLine(f"{rate:f}", nets[rate], tax, nets[rate] + tax, row) for rate, (tax, row) in taxes.items()]
