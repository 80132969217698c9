"""A table of the company's own making, as CSV or XLSX, for every system that lets people map columns.

A `Layout` says which columns stand in which order under which headings, how dates, amounts and signs are written, whether a row is
an account with the account on its other side or one side of the entry, and whether VAT has a row of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from bookkeeping.formats import xlsx
from bookkeeping.formats.csv import BOM, amount_writer
from bookkeeping.formats.document import TAX, TAX_OWED, BookEntry, Document, File, Line, pieces
from bookkeeping.formats.encoding import Changes, Encoder
from bookkeeping.formats.table import Table

# What a column can hold, with the words for it in the designer. The keys are stored.
FIELDS: Mapping[str, Any] = {
    "voucher": _("Voucher"), "date": _("Booking date"), "document_date": _("Date on the receipt"), "text": _("Text"),
    "merchant": _("Merchant"), "person": _("Person"), "expense": _("Expense number"), "account": _("Account"),
    "account_name": _("Account name"), "contra": _("Contra account"), "contra_name": _("Contra account name"),
    "amount": _("Amount with sign"), "debit": _("Debit"), "credit": _("Credit"), "net": _("Amount without VAT"),
    "tax_amount": _("VAT"), "tax_code": _("VAT code"), "tax_rate": _("VAT rate"), "currency": _("Currency"),
    "foreign_amount": _("Foreign amount"), "foreign_currency": _("Foreign currency"), "category": _("Category"),
    "dimension1": _("Dimension 1, code"), "dimension1_name": _("Dimension 1, name"), "dimension2": _("Dimension 2, code"),
    "dimension2_name": _("Dimension 2, name"), "dimension3": _("Dimension 3, code"),
    "dimension3_name": _("Dimension 3, name"), "receipt": _("Receipt files"), "empty": _("Empty column"),
}  # fmt: skip
DATES: Mapping[str, str] = {
    "%Y-%m-%d": "2026-11-05", "%d-%m-%Y": "05-11-2026", "%d/%m/%Y": "05/11/2026", "%d.%m.%Y": "05.11.2026",
    "%m/%d/%Y": "11/05/2026", "%Y%m%d": "20261105", "%d%m%Y": "05112026",
}  # fmt: skip
ENCODINGS: Mapping[str, str] = {
    "utf-8-sig": "UTF-8, for Excel", "utf-8": "UTF-8", "cp1252": "Windows-1252", "iso8859-15": "ISO 8859-15",
}  # fmt: skip
SEPARATORS = (";", ",", "\t", "|")
MOST_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds and what stands above it."""

    field: str
    heading: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table looks. `one_line` puts the contra account beside the account; otherwise every side has its own row.

    By default what was spent is negative, as on a bank statement; `positive` turns that round. Debit and credit have no sign.
    """

    name: str
    columns: tuple[Column, ...]
    is_xlsx: bool = False
    encoding: str = "utf-8-sig"
    separator: str = ";"
    decimal_comma: bool = True
    date_format: str = "%Y-%m-%d"
    one_line: bool = True
    tax_line: bool = False
    positive: bool = False
    with_headings: bool = True

    @classmethod
    def load(cls, name: str, look: Mapping[str, Any]) -> Layout:
        """Read what `dump` wrote."""
        return cls(**{**look, "name": name, "columns": tuple(Column(*pair) for pair in look["columns"])})

    def dump(self) -> dict[str, Any]:
        """Return what is stored of it, without its name."""
        kept = {name: value for name, value in asdict(self).items() if name != "name"}
        return {**kept, "columns": [[column.field, column.heading] for column in self.columns]}


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units, signed, in a currency."""

    minor: int
    currency: str


Cell = str | int | date | Decimal | Amount | None


def files(document: Document, layout: Layout) -> Iterator[File]:
    """Yield the table."""
    header, changes = document.header, Changes()
    word = re.sub(r"[^a-z0-9]+", "-", layout.name.lower()).strip("-") or "custom"
    name, headings = f"{header.base}-{word}", [column.heading for column in layout.columns]
    rows = (cells for entry in document.entries() for cells in rows_of(entry, layout))
    if layout.is_xlsx:
        lines = xlsx.table_rows(rows, changes)
        content = xlsx.workbook("Table", headings if layout.with_headings else [], lines, created=header.created)
        yield File(f"{name}.xlsx", xlsx.MEDIA, content, changes)
    else:
        media = f"text/csv; charset={layout.encoding.removesuffix('-sig')}"
        yield File(f"{name}.csv", media, _csv(rows, headings, layout, changes), changes)


def _csv(rows: Iterator[list[Cell]], headings: list[str], layout: Layout, changes: Changes) -> Iterator[bytes]:
    table = Table(Encoder(layout.encoding.removesuffix("-sig"), changes), layout.separator)
    written = Written(layout, table)
    if layout.encoding == "utf-8-sig":
        yield BOM
    if layout.with_headings:
        yield table.line(table.text(heading, 0) for heading in headings)
    yield from pieces(table.line(written.cell(cell) for cell in row) for row in rows)


class Written:
    """Cells as a layout writes them."""

    def __init__(self, layout: Layout, table: Table) -> None:
        self.layout, self.table = layout, table
        self._amounts: dict[str, Callable[[int], str]] = {}

    def cell(self, value: Cell) -> str:
        if isinstance(value, str):
            return self.table.text(value, 0)
        if isinstance(value, Amount):
            return self._amount(value)
        if isinstance(value, date):
            return value.strftime(self.layout.date_format)
        if isinstance(value, Decimal):
            plain = f"{value:f}"
            short = plain.rstrip("0").rstrip(".") if "." in plain else plain
            return short.replace(".", self._point)
        return "" if value is None else str(value)

    @property
    def _point(self) -> str:
        return "," if self.layout.decimal_comma else "."

    def _amount(self, value: Amount) -> str:
        write = self._amounts.get(value.currency)
        if write is None:
            write = self._amounts[value.currency] = amount_writer(value.currency, self._point)
        return f"{'-' if value.minor < 0 else ''}{write(abs(value.minor))}"


@dataclass(frozen=True, slots=True)
class Booking:
    """A row before it is cells: a side, the side opposite if the layout has one, and the VAT that is inside its amount."""

    line: Line
    other: Line | None
    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


def bookings_of(entry: BookEntry, layout: Layout) -> Iterator[Booking]:
    """Yield the rows of an entry."""
    if layout.one_line:
        for lines, other in entry.legs():
            yield from (replace(booking, other=other) for booking in _folded(lines, layout))
    else:
        yield from _folded(entry.lines, layout)


def _folded(lines: tuple[Line, ...], layout: Layout) -> list[Booking]:
    """Return sides as rows; without rows of its own, VAT goes into the side before it."""
    found: list[Booking] = []
    for line in lines:
        if line.role in (TAX, TAX_OWED) and found and not layout.tax_line:
            found[-1] = replace(found[-1], tax=found[-1].tax + line.signed)
        else:
            found.append(Booking(line, None, line.signed, 0))
    return found


def rows_of(entry: BookEntry, layout: Layout) -> Iterator[list[Cell]]:
    """Yield the rows of an entry as cells, in the order of the columns."""
    for booking in bookings_of(entry, layout):
        values = _values(entry, booking, 1 if layout.positive else -1)
        yield [values[column.field] for column in layout.columns]


def _values(entry: BookEntry, booking: Booking, sign: int) -> dict[str, Cell]:
    line, other, currency = booking.line, booking.other, entry.currency
    foreign = None if entry.foreign_amount is None else Amount(entry.foreign_amount, entry.foreign_currency)
    return {
        "voucher": entry.cell,
        "date": entry.date,
        "document_date": entry.document_date,
        "text": entry.words(line),
        "merchant": entry.merchant,
        "person": entry.person,
        "expense": entry.expense,
        "account": line.account,
        "account_name": line.name,
        "contra": other.account if other else "",
        "contra_name": other.name if other else "",
        "amount": Amount(sign * booking.gross, currency),
        "debit": Amount(booking.gross, currency) if booking.gross > 0 else None,
        "credit": Amount(-booking.gross, currency) if booking.gross < 0 else None,
        "net": Amount(sign * booking.net, currency),
        "tax_amount": Amount(sign * booking.tax, currency),
        "tax_code": line.tax,
        "tax_rate": line.rate,
        "currency": currency,
        "foreign_amount": foreign,
        "foreign_currency": entry.foreign_currency,
        "category": line.category,
        **_dimensions(line),
        "receipt": entry.receipt_names,
        "empty": None,
    }


def _dimensions(line: Line) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for place in (1, 2, 3):
        tagged = line.at(place)
        cells[f"dimension{place}"] = tagged.code if tagged else ""
        cells[f"dimension{place}_name"] = tagged.name if tagged else ""
    return cells


def _columns(*pairs: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(*pair) for pair in pairs)


# What people start from; every column can be changed. Systems that map columns on import take any of these orders.
PRESETS: Mapping[str, Layout] = {
    "e-conomic": Layout(
        "e-conomic",
        _columns(
            ("voucher", "Bilagsnr"), ("date", "Dato"), ("text", "Tekst"), ("account", "Konto"), ("tax_code", "Momskode"),
            ("amount", "Beløb"), ("contra", "Modkonto"), ("currency", "Valuta"), ("dimension1", "Afdeling"),
            ("dimension2", "Projekt"),
        ),
        date_format="%d-%m-%Y", positive=True,
    ),
    "dinero": Layout(
        "Dinero",
        _columns(
            ("voucher", "Bilag nr."), ("date", "Bilagsdato"), ("text", "Tekst"), ("account", "Konto"),
            ("tax_code", "Momstype"), ("amount", "Beløb"), ("contra", "Modkonto"),
        ),
        date_format="%d-%m-%Y", positive=True,
    ),
    "billy": Layout(
        "Billy",
        _columns(
            ("date", "Dato"), ("voucher", "Bilagsnummer"), ("text", "Beskrivelse"), ("account", "Konto"),
            ("debit", "Debet"), ("credit", "Kredit"), ("currency", "Valuta"), ("tax_code", "Moms"),
        ),
        one_line=False, tax_line=True,
    ),
    "exact": Layout(
        "Exact Online",
        _columns(
            ("voucher", "Boekstuknummer"), ("date", "Datum"), ("account", "Grootboekrekening"), ("text", "Omschrijving"),
            ("amount", "Bedrag"), ("tax_code", "BTW-code"), ("tax_amount", "BTW-bedrag"), ("contra", "Tegenrekening"),
            ("dimension1", "Kostenplaats"), ("dimension2", "Kostendrager"),
        ),
        date_format="%d-%m-%Y", positive=True,
    ),
    "a3": Layout(
        "A3",
        _columns(
            ("date", "Fecha"), ("account", "Cuenta"), ("account_name", "Descripción cuenta"), ("text", "Concepto"),
            ("voucher", "Documento"), ("debit", "Debe"), ("credit", "Haber"),
        ),
        is_xlsx=True, date_format="%d/%m/%Y", one_line=False, tax_line=True,
    ),
    "holded": Layout(
        "Holded",
        _columns(
            ("date", "Fecha"), ("text", "Concepto"), ("account", "Cuenta"), ("debit", "Debe"), ("credit", "Haber"),
            ("voucher", "Documento"), ("category", "Etiqueta"),
        ),
        is_xlsx=True, date_format="%d/%m/%Y", one_line=False, tax_line=True,
    ),
    "procountor": Layout(
        "Procountor",
        _columns(
            ("voucher", "Tositenumero"), ("date", "Päivämäärä"), ("account", "Tili"), ("text", "Selite"),
            ("debit", "Debet"), ("credit", "Kredit"), ("tax_rate", "ALV-%"),
        ),
        date_format="%d.%m.%Y", one_line=False, tax_line=True,
    ),
}  # fmt: skip
