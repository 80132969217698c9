"""SIE type 4I: vouchers for a Swedish ledger, in code page 437.

Amounts with a point, debit above zero, credit below; voucher numbers stay empty, because the ledger that imports gives its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import BookEntry, Document, File, Header, Line, Unwritable, pieces
from bookkeeping.formats.encoding import Changes, Encoder

CODEC, MEDIA = "cp437", "text/plain; charset=cp437"
FORMAT = "sie"


def files(document: Document) -> Iterator[File]:
    """Yield the file: what it is, the accounts it uses, the vouchers."""
    changes = Changes()
    # A backslash would begin an escape, and readers differ about its own.
    encoder = Encoder(CODEC, changes, swap={"\\": "/"})
    lines = (encoder.bytes(f"{line}\r\n") for line in _lines(document, encoder))
    yield File(f"{document.header.base}.si", MEDIA, pieces(lines), changes)


def _lines(document: Document, encoder: Encoder) -> Iterator[str]:
    header = document.header
    yield from _head(header, encoder)
    # The accounts stand before the vouchers, so the entries are gone through twice rather than kept.
    accounts: dict[str, str] = {}
    for entry in document.entries():
        for line in entry.lines:
            accounts.setdefault(line.account, line.name)
    for number in sorted(accounts):
        if not number.isascii() or not number.isdigit():
            raise Unwritable(FORMAT, "account_number", number)
        yield f"#KONTO {number} {quoted(encoder.fit(accounts[number]))}"
    yield from _dimensions(document, encoder)
    for entry in document.entries():
        yield from _voucher(entry, header, encoder)


def _dimensions(document: Document, encoder: Encoder) -> Iterator[str]:
    """Yield the dimensions and objects that the vouchers name. A tag without a code cannot be named."""
    groups: dict[int, str] = {}
    objects: dict[tuple[int, str], str] = {}
    for entry in document.entries():
        for line in entry.lines:
            for tagged in line.dimensions:
                if tagged.code:
                    groups.setdefault(tagged.sie_number, tagged.group)
                    objects.setdefault((tagged.sie_number, tagged.code), tagged.name)
    for number in sorted(groups):
        yield f"#DIM {number} {quoted(encoder.fit(groups[number]))}"
    for number, code in sorted(objects):
        name = quoted(encoder.fit(objects[number, code]))
        yield f"#OBJEKT {number} {quoted(encoder.fit(code))} {name}"


def _objects(line: Line, entry: BookEntry, encoder: Encoder) -> str:
    """Return the object list of a line. A tag without a code cannot stand in it, and is listed."""
    for tagged in line.dimensions:
        if not tagged.code:
            encoder.miss(tagged.name, "", entry.voucher)
    return " ".join(
        f"{tagged.sie_number} {quoted(encoder.fit(tagged.code, entry.voucher))}"
        for tagged in line.dimensions
        if tagged.code
    )


def _head(header: Header, encoder: Encoder) -> Iterator[str]:
    yield "#FLAGGA 0"
    yield '#PROGRAM "Pleo" "1.0"'
    yield "#FORMAT PC8"
    yield f"#GEN {header.created:%Y%m%d}"
    yield "#SIETYP 4"
    if number := organisation(header):
        yield f"#ORGNR {number}"
    yield f"#FNAMN {quoted(encoder.fit(header.legal_name or header.company))}"
    start, back = header.fiscal_start(header.last_date), 0
    while back == 0 or start + timedelta(days=400) > header.first_date > start - timedelta(days=400):
        following = date(start.year + 1, start.month, 1)
        yield f"#RAR {back} {start:%Y%m%d} {following - timedelta(days=1):%Y%m%d}"
        if start <= header.first_date:
            break
        start, back = date(start.year - 1, start.month, 1), back - 1
    yield f"#VALUTA {header.currency}"


def organisation(header: Header) -> str:
    """Return the Swedish organisation number inside the VAT number, or nothing."""
    found = re.fullmatch(r"SE(\d{6})(\d{4})01", re.sub(r"[\s-]", "", header.vat_number.upper()))
    return f"{found[1]}-{found[2]}" if found else ""


def quoted(text: str) -> str:
    """Return a text in quotes; a quote inside is written with a backslash."""
    return '"' + text.replace('"', '\\"') + '"'


def _voucher(entry: BookEntry, header: Header, encoder: Encoder) -> Iterator[str]:
    write = amount_writer(entry.currency, ".")
    text = encoder.fit(f"{entry.number} {entry.subject}", entry.voucher)
    yield f'#VER "P" "" {entry.date:%Y%m%d} {quoted(text)} {header.created:%Y%m%d}'
    yield "{"
    for line in entry.lines:
        sign = "" if line.debit else "-"
        words = quoted(encoder.fit(entry.words(line), entry.voucher))
        objects = _objects(line, entry, encoder)
        yield f"   #TRANS {line.account} {{{objects}}} {sign}{write(line.debit or line.credit)} {entry.date:%Y%m%d} {words}"
    yield "}"
