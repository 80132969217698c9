"""QuickBooks Online: journal entries as CSV. Accounts are known by name there, so account numbers must be switched off."""

from __future__ import annotations

from collections.abc import Iterator

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import Ahead, BookEntry, Document, File, Room, numbered, pieces
from bookkeeping.formats.encoding import Changes, Encoder
from bookkeeping.formats.table import Table

MEDIA = "text/csv; charset=utf-8"
HEADINGS = (
    "JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Name", "Class", "Location",
)  # fmt: skip
MOST = 1000
# What a name may have there: of an account, a customer or supplier, a class, a location.
NAME = 100


def files(document: Document) -> Iterator[File]:
    """Yield files of at most a thousand lines; a journal never stands in two."""
    header, ahead, part = document.header, Ahead(document.entries()), 0
    while ahead.next is not None:
        part += 1
        changes = Changes()
        name = numbered(f"{header.base}-quickbooks.csv", part)
        # A colon in a name would make a sub-account, or a sub-class, of the words before it.
        names = Table(Encoder("utf-8", changes, swap={":": " -"}))
        yield File(name, MEDIA, _write(ahead, Table(Encoder("utf-8", changes)), names), changes)


def _write(ahead: Ahead, table: Table, names: Table) -> Iterator[bytes]:
    room = Room("quickbooks", MOST, lambda entry: len(entry.lines))
    yield table.line(HEADINGS)
    yield from pieces(table.line(row) for entry in ahead.take(room.fits) for row in _rows(entry, table, names))


def _rows(entry: BookEntry, table: Table, names: Table) -> Iterator[list[str]]:
    write, day = amount_writer(entry.currency, "."), f"{entry.date:%d/%m/%Y}"
    payee = table.text(entry.merchant, entry.voucher, most=NAME)
    for line in entry.lines:
        account = names.text(line.name, entry.voucher, most=NAME) or line.account
        debit, credit = (write(line.debit), "") if line.debit else ("", write(line.credit))
        words = table.text(entry.words(line), entry.voucher)
        named = (tagged.name if tagged else "" for tagged in (line.at(1), line.at(2)))
        places = [names.text(word, entry.voucher, most=NAME) for word in named]
        yield [entry.number, day, account, debit, credit, words, payee, *places]
