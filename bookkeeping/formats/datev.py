"""DATEV's posting batch: EXTF format 700, category 21, version 13, and the package of receipts beside it (document.xml v6.0).

Windows-1252, CRLF, semicolons, texts in quotes. A file holds bookings of one calendar year of one fiscal year, at most 99,999.
Every leg of an entry becomes bookings against its last line; amounts are positive and the sides turn for money that came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from bookkeeping.formats.document import (
    TAX,
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
from bookkeeping.formats.encoding import Changes, Encoder, plain
from pleo.lib.money import Money, exponent

CODEC, MEDIA = "cp1252", "text/csv; charset=windows-1252"
MOST = 99_999
FORMAT = "datev"

_NAMES = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink", *(f"Beleginfo - {word} {n}" for n in range(1, 9) for word in ("Art", "Inhalt")),
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *(f"Zusatzinformation{tie}{n}" for n in range(1, 21) for tie in (" - Art ", "- Inhalt ")),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
HEADINGS: tuple[str, ...] = _NAMES
assert len(HEADINGS) == 125, "version 13 has 125 columns"

# Between the columns that are filled stand this many empty ones.
_AFTER_TEXT = ";" * 6
_AFTER_LINK = ";" * 17
_AFTER_CENTRES = ";" * 76
_AFTER_LOCK = ";" * 11

# A posting text of 60 characters keeps the merchant and the beginning of the note.
TEXT, DESCRIPTION = 60, 40
# A code of a cost centre.
CENTRE = 36

# Endings of files that DATEV takes as receipts.
TAKEN = frozenset(
    (
        "pdf", "jpg", "jpeg", "png", "tif", "tiff", "bmp", "gif", "doc", "docx", "xls", "xlsx", "odt", "ods", "txt", "rtf",
        "csv", "msg", "xml",
    )
)  # fmt: skip


def takes(name: str) -> bool:
    """Say whether DATEV takes a file of this kind as a receipt. Photos in HEIC and WebP, for instance, it does not."""
    return name.rpartition(".")[2].lower() in TAKEN


def guid_of(entry: BookEntry) -> str:
    """Return the id under which an entry's receipts stand in the batch and in its package: the same in every export."""
    receipts = ",".join(receipt for _, receipt in entry.receipts)
    return str(uuid5(NAMESPACE_URL, f"pleo:receipts:{receipts}"))


def files(document: Document) -> Iterator[File]:
    """Yield one posting batch for each calendar year and fiscal year, and more where one is too long."""
    header = document.header
    spans = _spans(document)
    for first, last in spans:
        inside = (entry for entry in document.entries() if first <= entry.date <= last)
        ahead, part = Ahead(inside), 0
        while ahead.next is not None:
            part += 1
            changes = Changes()
            span = f"{max(first, header.first_date)}-to-{min(last, header.last_date)}"
            name = f"EXTF_Buchungsstapel_{header.slug}-{header.number:04d}-{span}.csv"
            content = _write(header, ahead, (first, last), Encoder(CODEC, changes))
            yield File(numbered(name, part), MEDIA, content, changes)


def _spans(document: Document) -> list[tuple[date, date]]:
    """Return the days from which to which a file may reach: neither a calendar nor a fiscal year ends inside."""
    header, day = document.header, document.header.first_date
    spans: list[tuple[date, date]] = []
    while day <= header.last_date:
        start = header.fiscal_start(day)
        following = date(start.year + 1, start.month, 1)
        end = min(date(day.year, 12, 31), following - timedelta(days=1))
        spans.append((day, min(end, header.last_date)))
        day = end + timedelta(days=1)
    return spans


def _write(header: Header, ahead: Ahead, span: tuple[date, date], encoder: Encoder) -> Iterator[bytes]:
    room = Room(FORMAT, MOST, lambda entry: len(entry.lines))
    yield _head(header, span, encoder)
    yield encoder.bytes(";".join(HEADINGS) + "\r\n")
    bookings = (encoder.bytes(line) for entry in ahead.take(room.fits) for line in bookings_of(entry, header, encoder))
    yield from pieces(bookings)


def _head(header: Header, span: tuple[date, date], encoder: Encoder) -> bytes:
    datev = header.datev
    moment = f"{header.created:%Y%m%d%H%M%S}{header.created.microsecond // 1000:03d}"
    chart = datev.get("chart") or ""
    title = _quoted(encoder.fit(f"Pleo {header.number} {header.company}", most=30))
    return encoder.bytes(
        f'"EXTF";700;21;"Buchungsstapel";13;{moment};;"RE";"Pleo";"";{datev["consultant"]};{datev["client"]};'
        f"{header.fiscal_start(span[0]):%Y%m%d};{datev['account_length']};{span[0]:%Y%m%d};{span[1]:%Y%m%d};{title};"
        f'"";1;0;{int(bool(datev.get("locked")))};"{header.currency}";;"";;;"{chart}";;;"";""\r\n'
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def bookings_of(entry: BookEntry, header: Header, encoder: Encoder) -> Iterator[str]:
    """Yield the bookings of an entry as lines: each leg against its last line."""
    link = _quoted(f'BEDI "{guid_of(entry)}"') if any(takes(name) for name, _ in entry.receipts) else ""
    voucher = entry.number
    second = encoder.fit(f"EXP-{entry.expense}" if entry.expense is not None else "", entry.voucher, most=12)
    for lines, other in entry.legs():
        against = _account(other.account, header)
        for amount, side, account, key, line in _rows(lines, header):
            words = entry.words(line)
            text = _quoted(encoder.cell(words, entry.voucher, most=TEXT))
            bu = f'"{key}"' if key else ""
            yield (
                f'{_amount(amount, entry)};"{side}";"{entry.currency}";;;;{account};{against};{bu};{entry.date:%d%m};'
                f'"{voucher}";"{second}";;{text}{_AFTER_TEXT}{link}{_AFTER_LINK}'
                f"{_centres(line, entry, encoder)}{_AFTER_CENTRES}{int(bool(header.datev.get('locked')))}{_AFTER_LOCK}\r\n"
            )


def _centres(line: Line, entry: BookEntry, encoder: Encoder) -> str:
    """Return KOST1 and KOST2: the codes of the first two dimensions. A tag without a code has none, and is listed."""
    found = [line.at(place) for place in (1, 2)]
    for tagged in found:
        if tagged and not tagged.code:
            encoder.miss(tagged.name, "", entry.voucher)
    codes = (encoder.cell(tagged.code, entry.voucher, most=CENTRE) if tagged else "" for tagged in found)
    return ";".join(_quoted(code) if code else "" for code in codes)


def _rows(lines: tuple[Line, ...], header: Header) -> Iterator[tuple[int, str, str, str, Line]]:
    """Yield (amount, side, account, tax key, line). VAT goes into its line by key where DATEV would compute the same."""
    index = 0
    while index < len(lines):
        line, index = lines[index], index + 1
        amount, key = line.debit or line.credit, ""
        following = lines[index] if index < len(lines) else None
        if following and following.role == TAX and following.tax == line.tax and _along(line, following):
            gross = amount + (following.debit or following.credit)
            wanted = header.tax_name(line.tax, FORMAT)
            if wanted and Money(gross, header.currency).tax_inside(line.rate or Decimal(0)).amount == gross - amount:
                amount, key, index = gross, wanted, index + 1
        yield amount, "S" if line.debit else "H", _account(line.account, header), key, line


def _along(line: Line, tax: Line) -> bool:
    return bool(line.debit) == bool(tax.debit) and line.role != TAX


def _account(number: str, header: Header) -> str:
    if not number.isascii() or not number.isdigit() or len(number) > header.datev["account_length"] + 1:
        raise Unwritable(FORMAT, "account_number", number)
    return number


def _amount(minor: int, entry: BookEntry) -> str:
    """Return an amount with a comma and two decimals, whatever the currency has."""
    digits = exponent(entry.currency)
    cents, rest = divmod(minor * 100, 10**digits)
    if rest or cents >= 10**12:
        raise Unwritable(FORMAT, "amount", entry.voucher)
    return f"{cents // 100},{cents % 100:02d}"


def package(document: Document) -> Iterator[bytes]:
    """Yield document.xml: every receipt with the id that the bookings point to, and the name of its file in the ZIP."""
    local = document.header.created.replace(tzinfo=None, microsecond=0).isoformat()
    space = "http://xml.datev.de/bedi/tps/document/v06.0"
    yield (
        f'<?xml version="1.0" encoding="utf-8"?>\n<archive xmlns="{space}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{space} Document_v060.xsd" '
        f'version="6.0" generatingSystem="Pleo">\n  <header><date>{local}</date></header>\n  <content>\n'
    ).encode()
    for entry, guid, receipts in _bundles(document):
        words = plain(f"{entry.number} {entry.subject}")[:DESCRIPTION].rstrip()
        named = "".join(f'<extension xsi:type="File" name={quoteattr(_flat(name))}/>' for name, _ in receipts)
        yield (
            f'    <document guid="{guid}" processID="1" type="2"><description>{escape(words)}</description>{named}'
            "</document>\n"
        ).encode()
    yield b"  </content>\n</archive>\n"


def _bundles(document: Document) -> Iterator[tuple[BookEntry, str, tuple[tuple[str, str], ...]]]:
    """Yield what belongs together under one id: an entry's receipts that DATEV takes, the first time that they stand there."""
    known: set[str] = set()
    for entry in document.entries():
        taken = tuple(pair for pair in entry.receipts if takes(pair[0]))
        if taken and (guid := guid_of(entry)) not in known:
            known.add(guid)
            yield entry, guid, taken


def receipts_of(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (name, receipt id) of every file that document.xml names."""
    for _, _, receipts in _bundles(document):
        yield from ((_flat(name), receipt) for name, receipt in receipts)


def _flat(name: str) -> str:
    return name.rpartition("/")[2]
