"""Checkers of the files that Xero, QuickBooks Online and Sage 50 import. They know the vendors' written rules and nothing of our writers.

Each takes the bytes of a file and returns everything that is wrong, in words; nothing when it may be imported. `accounts` and
`rates` are what the other system knows; without them any is taken.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from decimal import Decimal

Row = dict[str, str]

XERO_JOURNAL = "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2"
XERO_BILL = (
    "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,"
    "POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,Total,InventoryItemCode,Description,*Quantity,*UnitAmount,*AccountCode,"
    "*TaxType,TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency"
)
XERO_BANK = "*Date,*Amount,Payee,Description,Reference,Check Number"
QUICKBOOKS = "JournalNo,JournalDate,AccountName,Debits,Credits,Description,Name,Class,Location"
SAGE = (
    "Type,Account Reference,Nominal A/C Ref,Department Code,Date,Reference,Details,Net Amount,Tax Code,Tax Amount,"
    "Exchange Rate,Extra Reference,User Name,Project Refn,Cost Code Refn"
)
SAGE_TYPES = ("BP", "BR", "VP", "VR", "CP", "CR", "PI", "PC", "SI", "SC", "PA", "SA", "JD", "JC")
# Lengths in characters.
XERO_SIZES = {
    "*AccountCode": 10, "*ContactName": 255, "*InvoiceNumber": 255, "Description": 4000, "*Narration": 4000,
    "TrackingName1": 100, "TrackingOption1": 100, "TrackingName2": 100, "TrackingOption2": 100,
}  # fmt: skip
QUICKBOOKS_SIZES = {
    "JournalNo": 21,
    "AccountName": 100,
    "Description": 4000,
    "Name": 100,
    "Class": 100,
    "Location": 100,
}
SAGE_SIZES = {
    "Type": 2, "Account Reference": 8, "Nominal A/C Ref": 8, "Department Code": 3, "Date": 10, "Reference": 30, "Details": 60,
    "Net Amount": 11, "Tax Code": 3, "Tax Amount": 11, "Extra Reference": 30, "User Name": 32, "Project Refn": 8,
    "Cost Code Refn": 8,
}  # fmt: skip


def read(data: bytes, template: str, codec: str) -> tuple[list[Row], list[str]]:
    """Return rows and faults of a separated file: commas, one heading row as the template has it, every row as wide."""
    headings = template.split(",")
    try:
        text = data.decode(codec)
        cells = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [f"unreadable: {error}"]
    if not cells or cells[0] != headings:
        return [], ["the headings are not the template's"]
    found = [f"row {n}: {len(row)} cells" for n, row in enumerate(cells[1:], 2) if len(row) != len(headings)]
    if not text.endswith("\n"):
        found.append("the last row does not end")
    if any("\n" in cell or "\r" in cell or "\t" in cell for row in cells for cell in row):
        found.append("a line break or tab in a cell")
    if any(re.match(r"\s*[=+@]|\s*-(?![\d.]+$)", cell) for row in cells[1:] for cell in row):
        found.append("a spreadsheet would run a cell")
    return ([dict(zip(headings, row, strict=True)) for row in cells[1:]] if not found else []), found


def day_faults(text: str) -> Iterator[str]:
    """dd/mm/yyyy, and a day that exists."""
    try:
        if not re.fullmatch(r"\d\d/\d\d/\d{4}", text):
            raise ValueError
        datetime.strptime(text, "%d/%m/%Y")
    except ValueError:
        yield f"no day: {text!r}"


def amount_faults(text: str, *, signed: bool) -> Iterator[str]:
    """Digits, a point, at most two decimals: no sign of a currency, no thousands, and not nothing."""
    if not re.fullmatch(rf"{'-?' if signed else ''}\d+(\.\d\d?)?", text) or not Decimal(text):
        yield f"no amount: {text!r}"


def size_faults(row: Row, sizes: dict[str, int]) -> Iterator[str]:
    for name, size in sizes.items():
        if len(row.get(name, "")) > size:
            yield f"{name} has more than {size} characters"


def required(row: Row, *names: str) -> Iterator[str]:
    yield from (f"{name} is empty" for name in names if not row[name].strip())


def _numbered(rows: list[Row], faults: Callable[[Row], Iterator[str]]) -> list[str]:
    return [f"row {number}: {fault}" for number, row in enumerate(rows, 2) for fault in faults(row)]


def _tracking(row: Row) -> Iterator[str]:
    for number in "12":
        if bool(row[f"TrackingName{number}"]) != bool(row[f"TrackingOption{number}"]):
            yield "a tracking category and its option: both or neither"


def _known(value: str, known: Collection[str] | None, what: str) -> Iterator[str]:
    if known is not None and value not in known:
        yield f"{what} is not known there: {value!r}"


def xero_journal(
    data: bytes, *, accounts: Collection[str] | None = None, rates: Collection[str] | None = None
) -> list[str]:
    """Manual journals: rows of one narration and date are one journal and sum to nothing; debit above zero; at most 300 rows.

    Sources: help.xero.com/nz/ManualJournalsImport (columns, mandatory fields, date forms, 300 lines, full name of the tax
    rate); the maximum lengths of account code (10), tracking name and option (100) as in Xero's own API description, and that
    a journal has two lines or more.
    """
    rows, found = read(data, XERO_JOURNAL, "utf-8")
    if len(rows) > 300:
        found.append("more than 300 rows")

    def faults(row: Row) -> Iterator[str]:
        yield from required(row, "*Narration", "*Date", "*AccountCode", "*TaxRate", "*Amount")
        yield from (*day_faults(row["*Date"]), *amount_faults(row["*Amount"], signed=True))
        yield from (*size_faults(row, XERO_SIZES), *_tracking(row))
        yield from _known(row["*AccountCode"], accounts, "the account")
        yield from _known(row["*TaxRate"], rates, "the tax rate")

    found += _numbered(rows, faults)
    return found or list(
        _balanced(rows, lambda row: (row["*Narration"], row["*Date"]), lambda row: Decimal(row["*Amount"]))
    )


def _balanced(rows: list[Row], key: Callable[[Row], tuple[str, ...]], value: Callable[[Row], Decimal]) -> Iterator[str]:
    """Each journal sums to nothing, has two rows or more, and stands in one piece."""
    last: tuple[str, ...] | None = None
    sums: dict[tuple[str, ...], list[Decimal]] = {}
    for row in rows:
        if key(row) != last and key(row) in sums:
            yield f"{key(row)} stands in two pieces"
        last = key(row)
        sums.setdefault(last, []).append(value(row))
    for each, amounts in sums.items():
        if sum(amounts) or len(amounts) < 2:
            yield f"{each} does not balance"


def xero_bills(
    data: bytes, *, accounts: Collection[str] | None = None, rates: dict[str, Decimal] | None = None
) -> list[str]:
    """Bills: rows of one number are one bill of one contact and day; at most 500 bills; amounts without VAT throughout.

    Xero computes Total and TaxAmount from quantity, unit amount and rate, so what the file says must be what it computes: half
    up on each row. `rates` are percents by name. Sources: the columns and the rules of Xero's import template for bills as
    retold in the sblive Xero Guide, pages 31 to 34 (numbers different for each invoice, dates dd/mm/yyyy, 500 invoices, computed
    columns, one kind of prices in a file); lengths as in Xero's API description.
    """
    rows, found = read(data, XERO_BILL, "utf-8")
    found += _numbered(rows, lambda row: _bill_faults(row, accounts, rates))
    if found:
        return found
    bills: dict[str, list[Row]] = {}
    last = ""
    for row in rows:
        if row["*InvoiceNumber"] != last and row["*InvoiceNumber"] in bills:
            found.append(f"{row['*InvoiceNumber']} stands in two pieces")
        last = row["*InvoiceNumber"]
        bills.setdefault(last, []).append(row)
    if len(bills) > 500:
        found.append("more than 500 bills")
    for number, lines in bills.items():
        if (
            len(
                {
                    tuple(line[name] for name in ("*ContactName", "*InvoiceDate", "*DueDate", "Total", "Currency"))
                    for line in lines
                }
            )
            > 1
        ):
            found.append(f"{number} is not one bill")
        if sum(Decimal(line["*UnitAmount"]) + Decimal(line["TaxAmount"]) for line in lines) != Decimal(
            lines[0]["Total"]
        ):
            found.append(f"{number}: the total is not the sum")
    return found


def _bill_faults(row: Row, accounts: Collection[str] | None, rates: dict[str, Decimal] | None) -> Iterator[str]:
    yield from required(row, *(name for name in XERO_BILL.split(",") if name[0] == "*"), "Description")
    for name in ("*InvoiceDate", "*DueDate"):
        yield from day_faults(row[name])
    wrong = list(amount_faults(row["*UnitAmount"], signed=True)) + list(amount_faults(row["*Quantity"], signed=False))
    yield from (*wrong, *size_faults(row, XERO_SIZES), *_tracking(row))
    if not re.fullmatch(r"-?\d+(\.\d\d)?", row["Total"]) or not re.fullmatch(r"-?\d+(\.\d\d)?", row["TaxAmount"]):
        yield "no amount"
    if row["Currency"] and not re.fullmatch("[A-Z]{3}", row["Currency"]):
        yield "no currency"
    yield from _known(row["*AccountCode"], accounts, "the account")
    yield from _known(row["*TaxType"], rates, "the tax rate")
    if rates is not None and row["*TaxType"] in rates and not wrong:
        exact = Decimal(row["*UnitAmount"]) * rates[row["*TaxType"]] / 100
        if exact.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP") != Decimal(row["TaxAmount"]):
            yield "Xero would compute another VAT"


def xero_bank(data: bytes) -> list[str]:
    """Bank statement: spent is below zero, at most 1,000 rows; the same row twice would be taken for a duplicate and dropped.

    Sources: help.xero.com as retold at support.cloudscape.ae (import a bank statement in CSV format: 1,000 transactions, unique
    headings in the first row, no balances) and in the sblive Xero Guide, page 34 (dd/mm/yyyy, minus for money spent, headings
    unchanged, only date and amount required).
    """
    rows, found = read(data, XERO_BANK, "utf-8")
    if len(rows) > 1000:
        found.append("more than 1,000 rows")
    if len({tuple(row.values()) for row in rows}) != len(rows):
        found.append("the same row twice")

    def faults(row: Row) -> Iterator[str]:
        yield from (*day_faults(row["*Date"]), *amount_faults(row["*Amount"], signed=True))

    return found + _numbered(rows, faults)


def quickbooks(data: bytes, *, accounts: Collection[str] | None = None) -> list[str]:
    """Journal entries: one amount above zero on one side of each row, each journal in balance on one day, at most 1,000 rows.

    A colon in a name parts a sub-account from its parent, so it may stand only where both are known. Sources: Intuit's help
    article L4tQBwbs7 (columns, names instead of numbers, Parent:Sub); support.transactionpro.com article 492 (lengths of Journal
    no. 21, names 100, description 4,000); date in the region's form, which is dd/mm/yyyy outside the United States.
    """
    rows, found = read(data, QUICKBOOKS, "utf-8")
    if len(rows) > 1000:
        found.append("more than 1,000 rows")

    def faults(row: Row) -> Iterator[str]:
        yield from (*required(row, "JournalNo", "AccountName"), *day_faults(row["JournalDate"]))
        if bool(row["Debits"]) == bool(row["Credits"]):
            yield "a row stands on one side"
        else:
            yield from amount_faults(row["Debits"] or row["Credits"], signed=False)
        yield from size_faults(row, QUICKBOOKS_SIZES)
        yield from _known(row["AccountName"], accounts, "the account")
        if any(":" in row[name] for name in ("AccountName", "Class", "Location")) and accounts is None:
            yield "a colon names a part of something"

    found += _numbered(rows, faults)
    if found:
        return found
    days = {(row["JournalNo"], row["JournalDate"]) for row in rows}
    if len(days) != len({number for number, _ in days}):
        found.append("a journal of two days")
    return found + list(
        _balanced(
            rows,
            lambda row: (row["JournalNo"],),
            lambda row: Decimal(row["Debits"] or 0) - Decimal(row["Credits"] or 0),
        )
    )


def sage(data: bytes, *, accounts: Collection[str] | None = None) -> list[str]:
    """Audit trail: types that Sage imports, amounts above zero, codes T0 to T99, journals in balance by reference and day.

    Sources: gb-kb.sage.com 200427112357427 (which types can be imported; a project wants a cost code and the other way round) and
    200427112214163 (codes of 8 characters without spaces, departments 0 to 999, 8 digits and 2 decimals); excel2sage.co.uk
    AuditTrial (lengths of reference 30, details 60, extra reference 30, user 32); makingithappen.co.uk audittrans (order of the
    columns). T9 is outside the scope of VAT. The account reference is empty for journals only.
    """
    rows, found = read(data, SAGE, "cp1252")
    found += _numbered(rows, lambda row: _sage_faults(row, accounts))
    if found:
        return found
    journals = [row for row in rows if row["Type"] in ("JD", "JC")]
    return list(
        _balanced(
            journals, lambda row: (row["Reference"], row["Date"]),
            lambda row: Decimal(row["Net Amount"]) * (1 if row["Type"] == "JD" else -1),
        )
    )  # fmt: skip


def _sage_faults(row: Row, accounts: Collection[str] | None) -> Iterator[str]:
    if row["Type"] not in SAGE_TYPES:
        yield f"Sage imports no {row['Type']!r}"
    yield from required(row, "Nominal A/C Ref", "Date", "Net Amount", "Tax Code")
    journal = row["Type"] in ("JD", "JC")
    if bool(row["Account Reference"]) == journal:
        yield "the account reference is empty for journals only"
    for name in ("Account Reference", "Nominal A/C Ref"):
        if not re.fullmatch(r"[0-9A-Za-z]*", row[name]):
            yield f"{name}: {row[name]!r}"
        if row[name]:
            yield from _known(row[name], accounts, "the account")
    yield from (
        *day_faults(row["Date"]),
        *amount_faults(row["Net Amount"], signed=False),
        *size_faults(row, SAGE_SIZES),
    )
    tax = row["Tax Amount"]
    if tax and not re.fullmatch(r"\d+(\.\d\d?)?", tax):
        yield f"no tax amount: {tax!r}"
    elif (row["Tax Code"] == "T9" or journal) and tax and Decimal(tax):
        yield "VAT on what is outside the scope of VAT"
    if not re.fullmatch(r"T\d{1,2}", row["Tax Code"]):
        yield f"no tax code: {row['Tax Code']!r}"
    if row["Department Code"] and not re.fullmatch(r"\d{1,3}", row["Department Code"]):
        yield "no department"
    if bool(row["Project Refn"]) != bool(row["Cost Code Refn"]):
        yield "project and cost code: both or neither"
