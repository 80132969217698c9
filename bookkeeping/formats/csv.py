"""The journal as CSV: one row per debit or credit line, 18 columns.

Pure functions from tuples to bytes: the same rows and options give the same bytes. UTF-8 with a byte order mark, CRLF, cells
quoted only where they must be. Headings are fixed English words, because importers are set up on them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pleo.lib.money import exponent

HEADINGS = (
    "Voucher", "Date", "Document date", "Account", "Account name", "Text", "Debit", "Credit", "Currency", "Tax code",
    "VAT rate", "Person", "Merchant", "Expense", "Foreign amount", "Foreign currency", "Category", "Receipt",
)  # fmt: skip

# What a row holds, in the order of HEADINGS. Amounts are minor units, of `currency` and of `foreign currency`.
Row = tuple[
    int, date, date, str, str, str, int, int, str, str, Decimal | None, str, str, int | None, int | None, str, str, str
]

BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 16

# A cell that a spreadsheet would run as a formula, looked at after the spaces and apostrophes it may hide behind.
_FORMULA = re.compile(r"['\s]*[=+\-@\t\r\n＝＋－＠]")
_SUSPECTS = frozenset("=+-@\t\r\n＝＋－＠' \v\f\u00a0\u2003\u3000\x1c\x1d\x1e\x1f\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Look:
    """How a file looks: the separator of cells, and comma or point before the decimals."""

    separator: str = ";"
    decimal_comma: bool = True


def neutral(text: str) -> str:
    """Return a text that no spreadsheet runs: one apostrophe goes before whatever would be read as a formula.

    A text that already hides a formula behind apostrophes gets one more, so taking one away always gives the original.
    """
    if text and text[0] in _SUSPECTS and _FORMULA.match(text):
        return "'" + text
    return text


def amount_writer(currency: str, point: str) -> Callable[[int], str]:
    """Return a function that writes minor units of a currency with all its decimals and no grouping."""
    digits = exponent(currency)
    if not digits:
        return str
    unit, form = 10**digits, f"{{}}{point}{{:0{digits}d}}".format
    return lambda minor: form(minor // unit, minor % unit)


class _Days(dict[date, str]):
    def __missing__(self, day: date) -> str:
        text = self[day] = day.isoformat()
        return text


class _Amounts(dict[str, Callable[[int], str]]):
    def __init__(self, point: str) -> None:
        super().__init__()
        self.point = point

    def __missing__(self, currency: str) -> Callable[[int], str]:
        writer = self[currency] = amount_writer(currency, self.point)
        return writer


class _Rates(dict[Decimal | None, str]):
    def __init__(self, point: str) -> None:
        super().__init__({None: ""})
        self.point = point

    def __missing__(self, rate: Decimal | None) -> str:
        assert rate is not None, "no rate is an empty cell"
        plain = f"{rate:f}"
        text = plain.rstrip("0").rstrip(".") if "." in plain else plain
        text = self[rate] = text.replace(".", self.point)
        return text


def cells(rows: Iterable[Row], look: Look) -> Iterator[tuple[object, ...]]:
    """Turn rows into cells as they are written: dates in ISO form, amounts in major units, texts neutralised."""
    point = "," if look.decimal_comma else "."
    days, amounts, rates, safe = _Days(), _Amounts(point), _Rates(point), neutral
    for (
        voucher, day, document_day, number, account, text, debit, credit, currency, tax, rate, person, merchant, expense,
        foreign, foreign_currency, category, receipt,
    ) in rows:  # fmt: skip
        assert (debit > 0) != (credit > 0), "a line stands on one side"
        write = amounts[currency]
        yield (
            voucher, days[day], days[document_day], safe(number), safe(account), safe(text),
            write(debit) if debit else "", write(credit) if credit else "", currency, safe(tax), rates[rate],
            safe(person), safe(merchant), expense, "" if foreign is None else amounts[foreign_currency](foreign),
            foreign_currency, safe(category), safe(receipt),
        )  # fmt: skip


def write(rows: Iterable[Row], look: Look) -> Iterator[bytes]:
    """Yield the file in pieces of about 64 KB, so that a year of entries never stands in memory."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=look.separator, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    yield BOM
    for row in cells(rows, look):
        writer.writerow(row)
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
