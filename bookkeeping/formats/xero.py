"""Xero: manual journals, bills, or lines of a bank statement, as the templates of its import ask for them.

One of the three carries a batch; importing two would book it twice. UTF-8, commas, decimal point, dates as 05/11/2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import (
    CONTRA,
    TAX,
    TAX_OWED,
    Ahead,
    BookEntry,
    Document,
    File,
    Header,
    Line,
    Room,
    Unwritable,
    numbered,
    pieces,
)
from bookkeeping.formats.encoding import Changes, Encoder
from bookkeeping.formats.table import Table

MEDIA = "text/csv; charset=utf-8"
NO_TAX = "No VAT"
JOURNAL_HEADINGS = (
    "*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount", "TrackingName1", "TrackingOption1",
    "TrackingName2", "TrackingOption2",
)  # fmt: skip
BILL_HEADINGS = (
    "*ContactName", "EmailAddress", "POAddressLine1", "POAddressLine2", "POAddressLine3", "POAddressLine4", "POCity",
    "PORegion", "POPostalCode", "POCountry", "*InvoiceNumber", "*InvoiceDate", "*DueDate", "Total",
    "InventoryItemCode", "Description", "*Quantity", "*UnitAmount", "*AccountCode", "*TaxType", "TaxAmount",
    "TrackingName1", "TrackingOption1", "TrackingName2", "TrackingOption2", "Currency",
)  # fmt: skip
BANK_HEADINGS = ("*Date", "*Amount", "Payee", "Description", "Reference", "Check Number")
FORMAT, TRACKED, ACCOUNT = "xero", 100, 10
MOST_JOURNAL, MOST_BILLS, MOST_BANK = 300, 500, 1000

Rows = Callable[[BookEntry, Header, Table], Iterator[list[str]]]


def journals(document: Document) -> Iterator[File]:
    """Yield manual journals. VAT stands on its own account, so every line says that Xero shall compute none."""
    yield from _parts(
        document, "xero-journal", JOURNAL_HEADINGS, _journal, MOST_JOURNAL, lambda entry: len(entry.lines)
    )


def bills(document: Document) -> Iterator[File]:
    """Yield a bill for each purchase, with VAT as Xero's own rates. Money that only moved is not a bill and is left out."""

    def count(entry: BookEntry) -> int:
        return len(list(bill_rows(entry, document.header)))

    yield from _parts(document, "xero-bills", BILL_HEADINGS, _bill, MOST_BILLS, count)


def bank(document: Document) -> Iterator[File]:
    """Yield the wallet as a bank statement: what was spent is negative."""
    yield from _parts(
        document, "xero-bank", BANK_HEADINGS, _bank, MOST_BANK, lambda entry: int(wallet_change(entry) != 0)
    )


def _parts(
    document: Document, kind: str, headings: tuple[str, ...], rows: Rows, most: int, count: Callable[[BookEntry], int]
) -> Iterator[File]:
    header, ahead, part = document.header, Ahead(document.entries()), 0
    while ahead.next is not None:
        part += 1
        changes = Changes()
        content = _write(header, ahead, headings, rows, Room(kind, most, count), changes)
        yield File(numbered(f"{header.base}-{kind}.csv", part), MEDIA, content, changes)


def _write(
    header: Header, ahead: Ahead, headings: tuple[str, ...], rows: Rows, room: Room, changes: Changes
) -> Iterator[bytes]:
    table = Table(Encoder("utf-8", changes))
    yield table.line(headings)
    yield from pieces(table.line(row) for entry in ahead.take(room.fits) for row in rows(entry, header, table))


def _journal(entry: BookEntry, header: Header, table: Table) -> Iterator[list[str]]:
    write, day = amount_writer(entry.currency, "."), f"{entry.date:%d/%m/%Y}"
    narration = table.text(f"{entry.number} {entry.subject}".rstrip(), entry.voucher)
    for line in entry.lines:
        amount = f"{'' if line.debit else '-'}{write(line.debit or line.credit)}"
        words = table.text(entry.words(line), entry.voucher)
        yield [narration, day, words, account_code(line), NO_TAX, amount, *_tracking(line, entry, table)]


def _tracking(line: Line, entry: BookEntry, table: Table) -> list[str]:
    """Return name and option of the two tracking categories, which Xero must know by these names."""
    cells = []
    for tagged in (line.at(1), line.at(2)):
        words = (tagged.group, tagged.name) if tagged else ("", "")
        cells += [table.text(word, entry.voucher, most=TRACKED) for word in words]
    return cells


def account_code(line: Line) -> str:
    """Return a line's account. Raises Unwritable for a number that no account can have there."""
    if len(line.account) > ACCOUNT:
        raise Unwritable(FORMAT, "account_number", line.account)
    return line.account


def bill_lines(entry: BookEntry) -> list[tuple[Line, int, int]]:
    """Return (line, net, VAT) of what a bill lists, signed; nothing for money that only moved between accounts.

    VAT of a reverse charge is owed and claimed at once, so a bill says none.
    """
    return [(line, line.signed, sum(tax.signed for tax in taxes)) for line, taxes in _with_tax(entry)]


def _with_tax(entry: BookEntry) -> list[tuple[Line, list[Line]]]:
    """Return what a bill lists, each line with the VAT that follows it."""
    found: list[tuple[Line, list[Line]]] = []
    if entry.expense is None:
        return found
    for line in entry.lines:
        if line.role in (TAX, TAX_OWED) and found:
            found[-1][1].append(line)
        elif line.role != CONTRA:
            found.append((line, []))
    return found


def bill_rows(entry: BookEntry, header: Header) -> Iterator[tuple[Line, int, int, str]]:
    """Yield (line, net, VAT, name of the rate) of a bill, signed.

    Xero computes the VAT of each line from the rate's name, whatever the file says of it. A rate is named where that gives the
    same cent; else, and where nobody named Xero's rate, the VAT is a line of its own on its account, so that none is lost.
    """
    for line, taxes in _with_tax(entry):
        tax, name = sum(each.signed for each in taxes), header.tax_name(line.tax, FORMAT)
        expected = 0 if any(each.role == TAX_OWED for each in taxes) else computed(line)
        if name and tax == expected:
            yield line, line.signed, tax, name
            continue
        yield line, line.signed, 0, NO_TAX
        for each in taxes if tax else []:
            yield each, each.signed, 0, NO_TAX


def computed(line: Line) -> int:
    """Return the VAT that Xero adds to a net amount, in minor units: rounded half up on each line."""
    exact = Decimal(line.signed) * (line.rate or Decimal(0)) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _bill(entry: BookEntry, header: Header, table: Table) -> Iterator[list[str]]:
    write = amount_writer(entry.currency, ".")

    def signed(amount: int) -> str:
        return f"{'-' if amount < 0 else ''}{write(abs(amount))}"

    lines, day = list(bill_rows(entry, header)), f"{entry.document_date:%d/%m/%Y}"
    number, total = entry.number, signed(sum(net + tax for _, net, tax, _ in lines))
    contact = table.text(entry.merchant or entry.text, entry.voucher, most=255) or number
    for line, net, tax, name in lines:
        words = table.text(entry.words(line), entry.voucher) or number
        yield [
            contact, *[""] * 9, number, day, day, total, "", words, "1", signed(net), account_code(line), name, signed(tax),
            *_tracking(line, entry, table), entry.currency,
        ]  # fmt: skip


def wallet_change(entry: BookEntry) -> int:
    """Return by how much an entry changes the wallet, in minor units."""
    return sum(line.signed for line in entry.lines if line.is_wallet)


def _bank(entry: BookEntry, header: Header, table: Table) -> Iterator[list[str]]:
    change = wallet_change(entry)
    if not change:
        return
    amount = f"{'-' if change < 0 else ''}{amount_writer(entry.currency, '.')(abs(change))}"
    payee, words = (table.text(text, entry.voucher) for text in (entry.merchant or entry.text, entry.text))
    yield [f"{entry.date:%d/%m/%Y}", amount, payee, words, entry.number, ""]
