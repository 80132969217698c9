"""What is written into a file, whatever its format: a header, and entries with their lines.

Format modules take a `Document` and yield `File`s; nothing here reads the database, the clock or the settings of the day. The
same document gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import RawIOBase
from typing import Any

from bookkeeping.formats.csv import Row
from bookkeeping.formats.encoding import Changes
from pleo.lib.errors import DomainError

# A field called `date` hides the type of that name.
Day = date

# What a line is in its entry: the cost itself, VAT on it, VAT owed on the other side of a reverse charge, or the other side.
COST, TAX, TAX_OWED, CONTRA = "cost", "tax", "tax_owed", "contra"


class Unwritable(DomainError):
    """A format has no way to say something that stands in the batch. `reason` is a code, `value` what is at fault."""

    code = "format_unwritable"

    def __init__(self, format: str, reason: str, value: object = "") -> None:
        super().__init__(format=format, reason=reason, value=str(value))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a cost was spent on: a tag of a group that stands at a place of the books. `code` may be empty, `name` is not."""

    place: int
    sie_number: int
    group: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One side of one account. Exactly one of debit and credit (minor units) is above zero."""

    account: str
    name: str
    debit: int
    credit: int
    type: str = "expense"
    role: str = ""
    tax: str = ""
    rate: Decimal | None = None
    category: str = ""
    text: str = ""
    is_wallet: bool = False
    dimensions: tuple[Tagged, ...] = ()

    def at(self, place: int) -> Tagged | None:
        """Return what stands at a place of the books, if anything."""
        return next((tagged for tagged in self.dimensions if tagged.place == place), None)

    @property
    def signed(self) -> int:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A balanced entry. `key` is the id of the fact behind it: the same in every file and on every day."""

    key: str
    voucher: int
    date: Day
    document_date: Day
    text: str
    person: str
    merchant: str
    expense: int | None
    currency: str
    foreign_amount: int | None
    foreign_currency: str
    receipts: tuple[tuple[str, str], ...]
    receipt_names: str
    lines: tuple[Line, ...]
    series: str = ""

    @property
    def label(self) -> str:
        """The voucher as people say it: 17, or 2026-17 in a series."""
        return f"{self.series}-{self.voucher}" if self.series else str(self.voucher)

    @property
    def number(self) -> str:
        """The voucher with six digits, so that files sort as they are numbered: 000017, or 2026-000017 in a series."""
        return f"{self.series}-{self.voucher:06d}" if self.series else f"{self.voucher:06d}"

    @property
    def cell(self) -> int | str:
        """The voucher as a cell of a table: a number where it is one."""
        return self.number if self.series else self.voucher

    @property
    def subject(self) -> str:
        """Who was paid, and what for, without saying the same twice."""
        if not self.merchant or self.merchant == self.text:
            return self.text
        return f"{self.merchant}: {self.text}" if self.text else self.merchant

    def words(self, line: Line) -> str:
        """Who was paid, and what this line of it was for."""
        if not line.text or line.text == self.text or not self.merchant:
            return self.subject
        return f"{self.merchant}: {line.text}"

    def legs(self) -> Iterator[tuple[tuple[Line, ...], Line]]:
        """Yield the parts of the entry that balance by themselves, each as its lines and the line on their other side."""
        start = total = 0
        for index, line in enumerate(self.lines):
            total += line.signed
            if not total:
                yield self.lines[start:index], line
                start = index + 1
        assert not total, "an entry balances"


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself. All of it was copied when the batch was begun. Dates are the company's."""

    slug: str
    company: str
    legal_name: str
    country: str
    currency: str
    vat_number: str
    number: int
    created: datetime
    first_date: date
    last_date: date
    fiscal_month: int = 1
    separator: str = ";"
    decimal_comma: bool = True
    tax_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    datev: Mapping[str, Any] = field(default_factory=dict)
    wallet_balance: int = 0

    @property
    def base(self) -> str:
        """The beginning of every file's name."""
        return f"{self.slug}-{self.number:04d}-{self.first_date}-to-{self.last_date}"

    def fiscal_start(self, day: date) -> date:
        """Return the first day of the fiscal year that a day falls into."""
        year = day.year if day.month >= self.fiscal_month else day.year - 1
        return date(year, self.fiscal_month, 1)

    def tax_name(self, code: str, system: str) -> str:
        """Return what another system calls a VAT code; empty when nobody said."""
        return self.tax_names.get(code, {}).get(system, "")


@dataclass(frozen=True)
class Document:
    """A batch to be written. `rows` and `entries` start over each time they are called; both in voucher order."""

    header: Header
    rows: Callable[[], Iterator[Row]]
    entries: Callable[[], Iterator[BookEntry]]


@dataclass(frozen=True)
class File:
    """One file. Read `content` to its end before the next file is asked for; `changes` is complete then."""

    name: str
    media_type: str
    content: Iterator[bytes]
    changes: Changes = field(default_factory=Changes)
    kind: str = "journal"


def pieces(lines: Iterable[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    """Join lines into pieces of some size, so that a file is written in few calls and never stands in memory."""
    kept: list[bytes] = []
    length = 0
    for line in lines:
        kept.append(line)
        length += len(line)
        if length >= size:
            yield b"".join(kept)
            kept, length = [], 0
    if kept:
        yield b"".join(kept)


class Taken(RawIOBase):
    """Where a ZIP is written to; what was written is taken away in pieces, so that it never stands in memory or on disk."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._kept.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data = b"".join(self._kept)
        self._kept.clear()
        return data


class Ahead:
    """Entries with a look at the next one, for formats whose files are limited."""

    def __init__(self, entries: Iterator[BookEntry]) -> None:
        self._entries = entries
        self.next: BookEntry | None = next(entries, None)

    def take(self, fits: Callable[[BookEntry], bool]) -> Iterator[BookEntry]:
        """Yield entries as long as the next one fits."""
        while self.next is not None and fits(self.next):
            entry, self.next = self.next, next(self._entries, None)
            yield entry


class Room:
    """How many lines still fit into a file. An entry never stands in two files."""

    def __init__(self, format: str, most: int, count: Callable[[BookEntry], int]) -> None:
        self.format, self.most, self.count, self.used = format, most, count, 0

    def fits(self, entry: BookEntry) -> bool:
        need = self.count(entry)
        if need > self.most:
            raise Unwritable(self.format, "entry_too_long", entry.voucher)
        if self.used + need > self.most:
            return False
        self.used += need
        return True


def numbered(name: str, part: int) -> str:
    """Return the name of a file's later parts."""
    stem, dot, ending = name.rpartition(".")
    return name if part == 1 else f"{stem}-{part}{dot}{ending}"
