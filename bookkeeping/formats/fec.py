"""A journal in the form of the French FEC (article A.47 A-1 LPF): 18 columns, tabs, UTF-8, comma, one file per fiscal year.

It is an import file in that form; the legal FEC covers a company's whole ledger and is made by whoever keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import BookEntry, Document, File, Header, Unwritable, pieces
from bookkeeping.formats.encoding import Changes, Encoder

MEDIA = "text/plain; charset=utf-8"
FORMAT = "fec"
HEADINGS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
JOURNAL, JOURNAL_NAME = "CB", "Carte bancaire et notes de frais"


def siren(header: Header) -> str:
    """Return the nine digits of a French company inside its VAT number, or nine zeros when nobody wrote them down."""
    found = re.fullmatch(r"(?:FR[0-9A-Z]{2})?(\d{9})(?:\d{5})?", re.sub(r"[\s.-]", "", header.vat_number.upper()))
    return found[1] if found else "0" * 9


def files(document: Document) -> Iterator[File]:
    """Yield one file for each fiscal year; its name ends with the day on which that year closes."""
    header = document.header
    start = header.fiscal_start(header.first_date)
    while start <= header.last_date:
        following = date(start.year + 1, start.month, 1)
        changes = Changes()
        # The form knows no quoting, and readers differ about a quote in a cell.
        encoder = Encoder("utf-8", changes, swap={'"': "'"})
        inside = (entry for entry in document.entries() if start <= entry.date < following)
        first = next(inside, None)
        if first is not None:
            lines = (line.encode() for line in _lines(first, inside, header, encoder))
            name = f"{siren(header)}FEC{following - timedelta(days=1):%Y%m%d}.txt"
            yield File(name, MEDIA, pieces(lines), changes)
        start = following


def _lines(first: BookEntry, others: Iterator[BookEntry], header: Header, encoder: Encoder) -> Iterator[str]:
    yield "\t".join(HEADINGS) + "\r\n"
    yield from _entry(first, header, encoder)
    for entry in others:
        yield from _entry(entry, header, encoder)


def _entry(entry: BookEntry, header: Header, encoder: Encoder) -> Iterator[str]:
    write = amount_writer(entry.currency, ",")
    nothing, voucher = write(0), entry.voucher
    number = f"{JOURNAL}-{entry.number}"
    piece = f"EXP-{entry.expense}" if entry.expense is not None else number
    abroad = "\t"
    if entry.foreign_amount is not None:
        abroad = f"{amount_writer(entry.foreign_currency, ',')(entry.foreign_amount)}\t{entry.foreign_currency}"
    for line in entry.lines:
        if not re.fullmatch(r"\d{3}[0-9A-Za-z]*", line.account):
            raise Unwritable(FORMAT, "account_number", line.account)
        text = encoder.cell(entry.words(line), voucher)
        name = encoder.cell(line.name, voucher) or line.account
        debit, credit = (write(line.debit), nothing) if line.debit else (nothing, write(line.credit))
        yield (
            f"{JOURNAL}\t{JOURNAL_NAME}\t{number}\t{entry.date:%Y%m%d}\t{line.account}\t{name}\t\t\t{piece}\t"
            f"{entry.document_date:%Y%m%d}\t{text or number}\t{debit}\t{credit}\t\t\t{header.created:%Y%m%d}\t{abroad}\r\n"
        )
