"""Sage 50 (UK): audit trail transactions as CSV, Windows-1252, amounts above zero, dates as 05/11/2026.

A card purchase is a payment by credit card (VP), money back a receipt (VR); what only moved between accounts, and whatever Sage's
VAT return could not express, is a pair or row of journal lines (JD, JC) outside the scope of VAT.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import CONTRA, BookEntry, Document, File, Header, Line, Unwritable, pieces
from bookkeeping.formats.encoding import Changes, Encoder
from bookkeeping.formats.table import Table
from bookkeeping.formats.xero import bill_lines
from pleo.lib.money import exponent

CODEC, MEDIA = "cp1252", "text/csv; charset=windows-1252"
HEADINGS = (
    "Type", "Account Reference", "Nominal A/C Ref", "Department Code", "Date", "Reference", "Details", "Net Amount",
    "Tax Code", "Tax Amount", "Exchange Rate", "Extra Reference", "User Name", "Project Refn", "Cost Code Refn",
)  # fmt: skip
FORMAT, OUTSIDE = "sage", "T9"
# Eight digits before the decimals.
MOST = 10**8
NOMINAL = re.compile(r"[0-9A-Za-z]{1,8}")
_TAX_CODE = re.compile(r"T\d{1,2}")


def files(document: Document) -> Iterator[File]:
    """Yield the file."""
    header, changes = document.header, Changes()
    table = Table(Encoder(CODEC, changes))
    lines = (table.line(row) for entry in document.entries() for row in _rows(entry, header, table))

    def content() -> Iterator[bytes]:
        yield table.line(HEADINGS)
        yield from pieces(lines)

    yield File(f"{header.base}-sage.csv", MEDIA, content(), changes)


def tax_code(line: Line, header: Header) -> str:
    """Return Sage's code of a line's VAT: the one that the company named, else its own code when it looks like one."""
    wanted = header.tax_name(line.tax, "sage") or line.tax
    return wanted if _TAX_CODE.fullmatch(wanted) else ""


def _rows(entry: BookEntry, header: Header, table: Table) -> Iterator[list[str]]:
    write, day = amount_writer(entry.currency, "."), f"{entry.date:%d/%m/%Y}"
    reference, extra = entry.number, f"EXP-{entry.expense}" if entry.expense is not None else ""

    def row(type: str, bank: str, line: Line, amounts: tuple[int, int], code: str) -> list[str]:
        words, tail = table.text(entry.words(line), entry.voucher, most=60), ["1", extra, "", "", ""]
        for number in filter(None, (bank, line.account)):
            if not NOMINAL.fullmatch(number):
                raise Unwritable(FORMAT, "account_number", number)
        if max(map(abs, amounts)) >= MOST * 10 ** exponent(entry.currency):
            raise Unwritable(FORMAT, "amount", entry.voucher)
        net, tax = write(abs(amounts[0])), write(abs(amounts[1]))
        return [type, bank, line.account, _department(line, entry, table), day, reference, words, net, code, tax, *tail]

    lines, wallet = bill_lines(entry), card_side(entry)
    codes = [tax_code(line, header) or ("" if tax else OUTSIDE) for line, _, tax in lines]
    same_way = all((net < 0) == (tax < 0) or not tax for _, net, tax in lines)
    # What is outside the scope of VAT holds none.
    outside = any(code == OUTSIDE and tax for code, (_, _, tax) in zip(codes, lines, strict=True))
    if wallet is None or not lines or not all(codes) or not same_way or outside:
        for line in entry.lines:
            yield row("JD" if line.debit else "JC", "", line, (line.debit or line.credit, 0), OUTSIDE)
        return
    for (line, net, tax), code in zip(lines, codes, strict=True):
        yield row("VP" if net > 0 else "VR", wallet.account, line, (net, tax), code)


def _department(line: Line, entry: BookEntry, table: Table) -> str:
    """Return Sage's number of the first dimension: 0 to 999, where 0 is none. Another code cannot be said, and is listed."""
    tagged = line.at(1)
    code = tagged.code if tagged else ""
    if code.isascii() and code.isdigit() and len(code) <= 3:
        return str(int(code))
    if tagged:
        table.encoder.miss(code or tagged.name, "0", entry.voucher)
    return "0"


def card_side(entry: BookEntry) -> Line | None:
    """Return the wallet's line when it is all there is on the other side; None for anything else."""
    others = [line for line in entry.lines if line.role == CONTRA]
    plain = len(others) == 1 and others[0].is_wallet and not any(line.role == "tax_owed" for line in entry.lines)
    return others[0] if plain else None
