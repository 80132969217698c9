"""Plain-text accounting: beancount, and the syntax that hledger and ledger share. Both say by themselves whether all balances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from anyascii import anyascii

from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import BookEntry, Document, File, Line, pieces
from bookkeeping.formats.encoding import Changes, Encoder

MEDIA = "text/plain; charset=utf-8"
_ROOTS = {
    "expense": "Expenses", "asset": "Assets", "liability": "Liabilities", "income": "Income", "equity": "Equity",
}  # fmt: skip


def account_name(line: Line) -> str:
    """Return an account as both programs take it: its kind, its number, its name in ASCII letters.

    The number comes first and is unique, so two accounts never become one.
    """
    words = re.sub(r"[^A-Za-z0-9]+", "-", anyascii(f"{line.account} {line.name}")).strip("-")
    number = re.sub(r"[^A-Za-z0-9]", lambda sign: f"{ord(sign[0]):x}", line.account)
    return f"{_ROOTS.get(line.type, 'Expenses')}:A{number}-{words.removeprefix(line.account).strip('-') or 'x'}"


def _accounts(document: Document) -> tuple[dict[str, str], set[str], date]:
    """Return the accounts used (name there, name here), the currencies, and the first day."""
    accounts: dict[str, str] = {}
    currencies: set[str] = set()
    first = document.header.first_date
    for entry in document.entries():
        first = min(first, entry.date)
        currencies.add(entry.currency)
        for line in entry.lines:
            accounts.setdefault(account_name(line), f"{line.account} {line.name}")
    return accounts, currencies, first


def beancount(document: Document) -> Iterator[File]:
    """Yield a beancount file: accounts opened on the first day, one transaction for each voucher."""
    changes = Changes()
    encoder = Encoder("utf-8", changes)
    lines = (f"{line}\n".encode() for line in _beancount(document, encoder))
    yield File(f"{document.header.base}.beancount", MEDIA, pieces(lines), changes)


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _beancount(document: Document, encoder: Encoder) -> Iterator[str]:
    accounts, currencies, first = _accounts(document)
    for currency in sorted(currencies):
        yield f'option "operating_currency" "{currency}"'
    for name in sorted(accounts):
        yield f"{first} open {name}"
        yield f"  name: {_string(encoder.fit(accounts[name]))}"
    for entry in document.entries():
        payee, text = (_string(encoder.fit(words, entry.voucher)) for words in (entry.merchant, entry.text))
        yield ""
        yield f"{entry.date} * {payee} {text} ^v{entry.label}"
        yield f'  document_date: "{entry.document_date}"'
        if entry.person:
            yield f"  person: {_string(encoder.fit(entry.person, entry.voucher))}"
        if entry.foreign_amount is not None:
            abroad = amount_writer(entry.foreign_currency, ".")(entry.foreign_amount)
            yield f'  foreign: "{abroad} {entry.foreign_currency}"'
        for number, (name, _) in enumerate(entry.receipts, 1):
            yield f"  receipt{number}: {_string(name)}"
        yield from _postings(entry)


def _postings(entry: BookEntry) -> Iterator[str]:
    write = amount_writer(entry.currency, ".")
    for line in entry.lines:
        sign = "" if line.debit else "-"
        yield f"  {account_name(line)}  {sign}{write(line.debit or line.credit)} {entry.currency}"


def hledger(document: Document) -> Iterator[File]:
    """Yield a journal for hledger and for ledger: accounts and currencies declared, so that strict checks pass."""
    changes = Changes()
    # A semicolon begins a comment, a bar parts payee and note, in the description of a transaction.
    encoder = Encoder("utf-8", changes, swap={";": ",", "|": "/"})
    lines = (f"{line}\n".encode() for line in _journal(document, encoder))
    yield File(f"{document.header.base}.journal", MEDIA, pieces(lines), changes)


def _journal(document: Document, encoder: Encoder) -> Iterator[str]:
    accounts, currencies, _ = _accounts(document)
    for name in sorted(accounts):
        yield f"account {name}"
    for currency in sorted(currencies):
        yield f"commodity {currency}"
        yield f"    format {amount_writer(currency, '.')(100000)} {currency}"
    for entry in document.entries():
        payee, text = (encoder.fit(words, entry.voucher) for words in (entry.merchant, entry.text))
        words = f"{payee} | {text}" if payee else text
        yield ""
        yield f"{entry.date}={entry.document_date} * ({entry.number}) {words}"
        for name, _ in entry.receipts:
            yield f"    ; {name}"
        yield from (f"  {line}" for line in _postings(entry))
