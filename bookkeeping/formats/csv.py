"""The journal as CSV: one row per debit or credit line, 18 columns.

Pure functions from tuples to bytes: the same rows and options give the same bytes. UTF-8 with a byte order mark, CRLF, cells
quoted only where they must be. Headings are fixed English words, because importers are set up on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from pleo.lib.money import exponent

HEADINGS = (
    "Voucher", "Date", "Document date", "Account", "Account name", "Text", "Debit", "Credit", "Currency", "Tax code",
    "VAT rate", "Person", "Merchant", "Expense", "Foreign amount", "Foreign currency", "Category", "Receipt",
)  # fmt: skip

# What a row holds, in the order of HEADINGS. Amounts are minor units, of `currency` and of `foreign currency`; a voucher in a
# series is a text.
Row = tuple[
    int | str,
    date,
    date,
    str,
    str,
    str,
    int,
    int,
    str,
    str,
    Decimal | None,
    str,
    str,
    int | None,
    int | None,
    str,
    str,
    str,
]

BOM = b"\xef\xbb\xbf"
# Lines in one piece of the file.
PIECE = 1000

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
        super().__init__({"": lambda minor: ""})
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
        short = plain.rstrip("0").rstrip(".") if "." in plain else plain
        text = self[rate] = short.replace(".", self.point)
        return text


class _Texts(dict[str, str]):
    """Texts as cells: neutralised, and quoted where the separator, a quote or a line break stands inside.

    Names and words repeat all through a file, so each is looked at once; the memory is bounded.
    """

    BOUND = 50_000

    def __init__(self, separator: str) -> None:
        super().__init__()
        self.special = re.compile(f'[{separator}"\r\n]')

    def __missing__(self, text: str) -> str:
        if len(self) > self.BOUND:
            self.clear()
        cell = neutral(text)
        if self.special.search(cell):
            cell = '"' + cell.replace('"', '""') + '"'
        self[text] = cell
        return cell


def lines(rows: Iterable[Row], look: Look) -> Iterator[str]:
    """Yield each row as a line: dates in ISO form, amounts in major units, texts neutralised.

    Written by hand because it is several times as fast as a row at a time through the csv module, whose bytes it gives (a
    test compares them). The cells that lines of one entry share are made once.
    """
    point, tie = "," if look.decimal_comma else ".", look.separator
    days, amounts, rates, texts = _Days(), _Amounts(point), _Rates(point), _Texts(tie)
    entry: tuple[object, ...] = ()
    head = middle = tail = ""
    for (
        voucher, day, document_day, number, account, text, debit, credit, currency, tax, rate, person, merchant, expense,
        foreign, foreign_currency, category, receipt,
    ) in rows:  # fmt: skip
        assert (debit > 0) != (credit > 0), "a line stands on one side"
        shared = (
            voucher, day, document_day, currency, person, merchant, expense, foreign, foreign_currency, receipt,
        )  # fmt: skip
        if shared != entry:
            entry, write = shared, amounts[currency]
            head = f"{voucher}{tie}{days[day]}{tie}{days[document_day]}{tie}"
            abroad = "" if foreign is None else amounts[foreign_currency](foreign)
            about = (texts[person], texts[merchant], "" if expense is None else str(expense), abroad, foreign_currency)
            middle, tail = tie.join(about), f"{tie}{texts[receipt]}\r\n"
        sides = f"{write(debit)}{tie}" if debit else f"{tie}{write(credit)}"
        yield (
            f"{head}{texts[number]}{tie}{texts[account]}{tie}{texts[text]}{tie}{sides}{tie}{currency}{tie}{texts[tax]}"
            f"{tie}{rates[rate]}{tie}{middle}{tie}{texts[category]}{tail}"
        )


def write(rows: Iterable[Row], look: Look) -> Iterator[bytes]:
    """Yield the file in pieces of some thousand lines, so that a year of entries never stands in memory."""
    yield BOM + (look.separator.join(HEADINGS) + "\r\n").encode()
    every = lines(rows, look)
    while piece := "".join(islice(every, PIECE)):
        yield piece.encode()
