"""The wallet as an OFX 2.0.3 credit card statement: one transaction for each entry that moved it, spending below zero."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import BookEntry, Document, File, Header, pieces
from bookkeeping.formats.encoding import Changes, Encoder
from bookkeeping.formats.xero import wallet_change

MEDIA = "application/x-ofx"
NAME, MEMO = 32, 255


def files(document: Document) -> Iterator[File]:
    """Yield the statement. The id of a transaction is its fact's: the same in every export, so that none is taken twice."""
    changes, header = Changes(), document.header
    encoder = Encoder("utf-8", changes)
    yield File(
        f"{header.base}.ofx", MEDIA, pieces(part.encode() for part in _parts(document, header, encoder)), changes
    )


def _day(day: object) -> str:
    return f"{day:%Y%m%d}000000.000[+0:UTC]"


def _signed(minor: int, currency: str) -> str:
    return f"{'-' if minor < 0 else ''}{amount_writer(currency, '.')(abs(minor))}"


def _parts(document: Document, header: Header, encoder: Encoder) -> Iterator[str]:
    status = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
    yield '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n'
    yield '<?OFX OFXHEADER="200" VERSION="203" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\r\n'
    yield (
        f"<OFX><SIGNONMSGSRSV1><SONRS>{status}<DTSERVER>{_day(header.created)}</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS>"
        f"</SIGNONMSGSRSV1><CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>{header.number}</TRNUID>{status}<CCSTMTRS>"
        f"<CURDEF>{header.currency}</CURDEF><CCACCTFROM><ACCTID>{escape(header.slug[:22])}</ACCTID></CCACCTFROM>"
        f"<BANKTRANLIST><DTSTART>{_day(header.first_date)}</DTSTART><DTEND>{_day(header.last_date)}</DTEND>\r\n"
    )
    for entry in document.entries():
        if change := wallet_change(entry):
            yield _transaction(entry, change, encoder)
    yield (
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>{_signed(header.wallet_balance, header.currency)}</BALAMT>"
        f"<DTASOF>{_day(header.created)}</DTASOF></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>\r\n"
    )


def _transaction(entry: BookEntry, change: int, encoder: Encoder) -> str:
    name = escape(encoder.fit(entry.merchant or entry.text, entry.voucher, most=NAME)) or entry.number
    memo = escape(encoder.fit(f"{entry.number} {entry.text}", entry.voucher, most=MEMO))
    return (
        f"<STMTTRN><TRNTYPE>{'DEBIT' if change < 0 else 'CREDIT'}</TRNTYPE><DTPOSTED>{_day(entry.date)}</DTPOSTED>"
        f"<TRNAMT>{_signed(change, entry.currency)}</TRNAMT><FITID>{entry.key}</FITID><NAME>{name}</NAME>"
        f"<MEMO>{memo}</MEMO></STMTTRN>\r\n"
    )
