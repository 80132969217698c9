"""Batches for the formats: a small month with everything in it, and texts that no format likes."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bookkeeping.documents import rows_of
from bookkeeping.formats.document import CONTRA, COST, TAX, TAX_OWED, BookEntry, Document, File, Header, Line, Tagged

CREATED = datetime(2026, 11, 20, 6, 30, 0, 123000, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
DATEV = {"consultant": 1001, "client": 456, "account_length": 4, "chart": "03"}

# Quotes, separators of every format, line ends, letters of the north, a euro, an emoji, a formula, and 200 characters.
NASTY = (
    'Say "ø" & <Å>; ß, €1|2\t3\nnew\r\nline 😀 {brace} \\back',
    "=1+1;@SUM(A1)|cmd",
    "'=hidden formula",
    "x" * 200,
    "Łódź Žižkov Ærø Ünïcøde Ж 中",
    '"',
    "# not a tag * ! (code)",
)


def header(**fields: Any) -> Header:
    return Header(
        **{
            "slug": "havblik", "company": "Havblik Ø", "legal_name": 'Havblik "Måge" A/S', "country": "DK",
            "currency": "EUR", "vat_number": "SE556036079301", "number": 7, "created": CREATED,
            "first_date": date(2026, 11, 1), "last_date": date(2026, 11, 30), "datev": DATEV, "wallet_balance": 812345,
            **fields,
        }
    )  # fmt: skip


COSTS = Line("4930", "Bürobedarf", 10374, 0, role=COST, tax="VSt19", rate=Decimal("19.000000"), category="Office")
VAT = Line("1576", "Vorsteuer 19 %", 1971, 0, "asset", role=TAX, tax="VSt19", rate=Decimal("19.000000"))


def wallet(debit: int, credit: int) -> Line:
    return Line("1360", "Geldtransit Pleo", debit, credit, "asset", role=CONTRA, is_wallet=True)


def entry(number: int, *lines: Line, day: date = date(2026, 11, 5), **fields: Any) -> BookEntry:
    return BookEntry(
        **{
            "key": UUID(int=number).hex, "voucher": number, "date": day, "document_date": day, "text": "Paper",
            "person": "Carol Jensen", "merchant": "Bauhaus", "expense": 1000 + number, "currency": "EUR",
            "foreign_amount": None, "foreign_currency": "", "receipts": (), "receipt_names": "", "lines": lines, **fields,
        }
    )  # fmt: skip


def month() -> list[BookEntry]:
    """A purchase with VAT, a refund, a split with a part against the rest, a reverse charge, a top-up, a claim, cash."""
    receipt = (("000001_expense-1001_1.pdf", str(UUID(int=99))),)
    back = Line("4930", "Bürobedarf", 0, 2000, role=COST, tax="OHNE", rate=Decimal(0))
    owed = Line("1787", "Umsatzsteuer §13b", 0, 1900, "liability", role=TAX_OWED, tax="RC19", rate=Decimal(19))
    claimed = Line("1577", "Vorsteuer §13b", 1900, 0, "asset", role=TAX, tax="RC19", rate=Decimal(19))
    software = Line("4806", "Software", 10000, 0, role=COST, tax="RC19", rate=Decimal(19), text="Licence")
    bank = Line("1200", "Bank", 0, 1_000_000, "asset", role=CONTRA)
    people = Line("1755", "Verbindlichkeiten", 0, 5000, "liability", role=CONTRA)
    travel = Line("4663", "Reisekosten", 5000, 0, role=COST)
    cash = Line("1000", "Kasse", 20000, 0, "asset", role=COST)
    foreign = {"foreign_amount": 5000, "foreign_currency": "SEK"}
    return [
        entry(1, COSTS, VAT, wallet(0, 12345), receipts=receipt, receipt_names=receipt[0][0]),
        entry(2, back, wallet(2000, 0), text="Returned"),
        entry(3, COSTS, VAT, back, wallet(0, 10345), person="Dave"),
        entry(4, software, claimed, owed, wallet(0, 10000), **foreign),
        entry(5, wallet(1_000_000, 0), bank, merchant="", text="Top-up", expense=None, person=""),
        entry(6, travel, people, text="Taxi"),
        entry(7, cash, wallet(0, 20000), text="", merchant="Bank machine"),
    ]


def nasty() -> list[BookEntry]:
    """The same text as merchant, note, person, name of the account, text of the line, and in both of its dimensions."""
    return [
        entry(
            number, Line("4930", text[:120], 100, 0, role=COST, text=text, dimensions=_hard_tags(text)), wallet(0, 100),
            merchant=text[:160], text=text, person=text[:120],
        )
        for number, text in enumerate(NASTY, 1)
    ]  # fmt: skip


def _hard_tags(text: str) -> tuple[Tagged, ...]:
    return tuple(Tagged(place, number, text[:80], text[:40], text[:120]) for place, number in ((1, 1), (2, 6)))


def document(entries: list[BookEntry], **fields: Any) -> Document:
    return Document(
        header(**fields), lambda: (row for entry in entries for row in rows_of(entry)), lambda: iter(entries)
    )


def written(files: Any) -> list[tuple[File, bytes]]:
    """Read every file to its end before asking for the next, as an export does."""
    return [(file, b"".join(file.content)) for file in files]


def only(files: Any) -> bytes:
    found = written(files)
    assert len(found) == 1
    return found[0][1]


def run(*command: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a program of others."""
    assert shutil.which(command[0]), f"{command[0]} is not here"
    return subprocess.run(
        command, input=data, capture_output=True, check=False, timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )


def wallet_sum(entries: list[BookEntry]) -> int:
    return sum(line.signed for entry in entries for line in entry.lines if line.is_wallet)


def by_account(entries: list[BookEntry]) -> dict[str, int]:
    """Net of each account, in minor units."""
    sums: dict[str, int] = {}
    for each in entries:
        for line in each.lines:
            sums[line.account] = sums.get(line.account, 0) + line.signed
    return {number: amount for number, amount in sums.items() if amount}
