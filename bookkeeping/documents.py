"""Makes the document that formats write: from the frozen rows of an export, or from entries that are not in the database.

Both ways end in the same `BookEntry` and the same 18 columns; a test holds the bytes of one against the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import F, Sum

from accounts.models import Company
from bookkeeping.formats.csv import Row
from bookkeeping.formats.document import BookEntry, Document, Header, Line, Tagged
from bookkeeping.models import BookSettings, Export, JournalEntry, Posting, TaxName
from bookkeeping.vouchers import runs_of
from wallet.models import AccountKind, LedgerAccount

# Lines that are fetched at once.
ROWS = 2000

# The columns of a line with its entry, in the order that `_entry` reads them.
_ENTRY = (
    "entry__book_item", "entry__voucher_number", "entry__date", "entry__document_date", "entry__text",
    "entry__person_name", "entry__merchant", "entry__expense_number", "entry__currency", "entry__foreign_amount",
    "entry__foreign_currency", "entry__receipts", "entry__receipt_names", "entry__series",
)  # fmt: skip
_SERIES = len(_ENTRY) - 1
_COLUMNS = (
    "entry__voucher_number", "entry__date", "entry__document_date", "account_number", "account_name", "text", "debit",
    "credit", "entry__currency", "tax_code_name", "tax_rate", "entry__person_name", "entry__merchant",
    "entry__expense_number", "entry__foreign_amount", "entry__foreign_currency", "category_name", "entry__receipt_names",
)  # fmt: skip
_LINE = (
    "account_number", "account_name", "debit", "credit", "account_type", "role", "tax_code_name", "tax_rate",
    "category_name", "text", "is_wallet", "dimensions",
)  # fmt: skip


def header_facts(company: Company, settings: BookSettings) -> dict[str, Any]:
    """Return what files say of a company today, to be kept with the export that says it."""
    names: dict[str, dict[str, str]] = {}
    for code, system, name in TaxName.objects.for_company(company).values_list("code", "system", "name"):
        names.setdefault(code, {})[system] = name
    wallet = LedgerAccount.objects.for_company(company).filter(kind__in=(AccountKind.WALLET, AccountKind.SUB_WALLET))
    balance = wallet.aggregate(sum=Sum(F("credits_posted") - F("debits_posted"), default=0))["sum"]
    return {
        "slug": company.slug,
        "company": company.name,
        "legal_name": company.legal_name,
        "country": company.country,
        "currency": company.currency,
        "vat_number": company.vat_number,
        "zone": company.time_zone,
        "fiscal_month": settings.fiscal_year_start_month,
        "tax_names": names,
        "datev": {
            "consultant": settings.datev_consultant,
            "client": settings.datev_client,
            "account_length": settings.datev_account_length,
            "chart": settings.datev_chart,
        },
        "wallet_balance": int(balance),
    }


def header_of(export: Export, *, first: date, last: date) -> Header:
    """Return the header of an export's files. The export need not be in the database."""
    facts = dict(export.options.get("header") or _before_headers(export))
    zone = ZoneInfo(facts.pop("zone"))
    return Header(
        number=export.number,
        created=export.created_at.astimezone(zone),
        first_date=first,
        last_date=last,
        separator=export.options["separator"],
        decimal_comma=export.options["decimal_comma"],
        **facts,
    )


def _before_headers(export: Export) -> dict[str, Any]:
    """Exports of the first weeks kept only how their CSV looks; its name needs the company's."""
    return header_facts(export.company, BookSettings.objects.get(company=export.company_id))


def rows_query(export: Export) -> Any:
    """Return the query for the lines of an export whose vouchers are in no series, its columns in the order of `csv.HEADINGS`."""
    lines = Posting.objects.filter(entry__export=export)
    return lines.order_by("entry__voucher_number", "position").values_list(*_COLUMNS)


def frozen_rows(export: Export) -> Iterator[Row]:
    """Yield the lines of an export as rows of the 18 columns; vouchers in a series are texts."""
    if not any(run.series for run in runs_of(export)):
        yield from rows_query(export).iterator(chunk_size=ROWS)
        return
    lines = Posting.objects.filter(entry__export=export).order_by("entry__series", "entry__voucher_number", "position")
    for series, number, *rest in lines.values_list("entry__series", *_COLUMNS).iterator(chunk_size=ROWS):
        yield cast("Row", (f"{series}-{number:06d}", *rest))


def document_of(export: Export, *, first: date, last: date) -> Document:
    """Return the document of a frozen export. Its rows are fetched in pieces each time they are asked for."""
    lines = Posting.objects.filter(entry__export=export)
    return Document(
        header_of(export, first=first, last=last),
        lambda: frozen_rows(export),
        lambda: frozen_entries(lines),
    )


def frozen_entries(lines: Any) -> Iterator[BookEntry]:
    """Yield the entries of some frozen lines in voucher order."""
    found = lines.order_by("entry__series", "entry__voucher_number", "position").values_list(*_ENTRY, *_LINE)
    for _, group in groupby(found.iterator(chunk_size=ROWS), key=itemgetter(_SERIES, 1)):
        rows = list(group)
        yield _entry(rows[0][: len(_ENTRY)], (_line(row[len(_ENTRY) :]) for row in rows))


def _line(values: Sequence[Any]) -> Line:
    plain: Any = values[:-1]
    return replace(Line(*plain), dimensions=tuple(Tagged(*one) for one in values[-1])) if values[-1] else Line(*plain)


def _entry(head: Sequence[Any], lines: Iterable[Line]) -> BookEntry:
    item, voucher, day, document_day, text, person, merchant, expense, currency, foreign, abroad, receipts, names = (
        head[:-1]
    )
    kept = tuple((name, receipt) for name, receipt in receipts)
    return BookEntry(
        item.hex, voucher, day, document_day, text, person, merchant, expense, currency, foreign, abroad, kept, names,
        tuple(lines), head[-1],
    )  # fmt: skip


def entry_of(entry: JournalEntry, postings: Iterable[Posting]) -> BookEntry:
    """Return an entry that need not be in the database."""
    head = [
        entry.book_item_id, entry.voucher_number, entry.date, entry.document_date, entry.text, entry.person_name,
        entry.merchant, entry.expense_number, entry.currency, entry.foreign_amount, entry.foreign_currency,
        entry.receipts, entry.receipt_names, entry.series,
    ]  # fmt: skip
    return _entry(head, (_line([getattr(posting, name) for name in _LINE]) for posting in postings))


def rows_of(entry: BookEntry) -> Iterator[Row]:
    """Yield the lines of an entry as rows of the 18 columns."""
    for line in entry.lines:
        yield (
            entry.cell, entry.date, entry.document_date, line.account, line.name, line.text, line.debit, line.credit,
            entry.currency, line.tax, line.rate, entry.person, entry.merchant, entry.expense, entry.foreign_amount,
            entry.foreign_currency, line.category, entry.receipt_names,
        )  # fmt: skip
