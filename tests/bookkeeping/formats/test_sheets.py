"""Tables: XLSX read by two programs of others, and the CSV files of Xero, QuickBooks, Sage and a company's own making."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import python_calamine

from bookkeeping.formats import custom, quickbooks, sage, xero, xlsx
from bookkeeping.formats.csv import HEADINGS
from bookkeeping.formats.document import Unwritable
from tests.bookkeeping.formats.conftest import (
    COSTS,
    NASTY,
    VAT,
    by_account,
    document,
    entry,
    month,
    nasty,
    only,
    wallet,
    wallet_sum,
    written,
)  # fmt: skip


def table(data: bytes, separator: str = ",", codec: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(codec), newline=""), delimiter=separator, strict=True))


def cents(text: object) -> int:
    return int((Decimal(str(text or 0)) * 100).to_integral_value())


def with_openpyxl(data: bytes) -> list[list[object]]:
    sheets = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets
    return [list(row) for sheet in sheets for row in sheet.iter_rows(values_only=True)]


def with_calamine(data: bytes) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return [[None if cell == "" else cell for cell in row] for row in rows]


@pytest.mark.parametrize("read", [with_openpyxl, with_calamine])
@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_both_readers_agree_to_the_cent(read, entries):
    rows = read(only(xlsx.files(document(entries))))
    assert tuple(rows[0]) == HEADINGS
    found: Counter[str] = Counter()
    for row in rows[1:]:
        found[str(row[3])] += cents(row[6]) - cents(row[7])
    assert {account: amount for account, amount in found.items() if amount} == by_account(entries)
    days = {value.date() if hasattr(value, "date") else value for row in rows[1:] for value in row[1:3]}
    assert days == {date(2026, 11, 5)}


@pytest.mark.parametrize("read", [with_openpyxl, with_calamine])
def test_texts_come_back_as_they_were(read):
    rows = read(only(xlsx.files(document(nasty()))))
    texts = [row[5] for row in rows[1:] if row[3] == "4930"]
    assert [text.replace("_x000D_", "\r").replace("\r\n", "\n") for text in texts] == [
        text.replace("\r\n", "\n") for text in NASTY
    ]


def test_no_cell_is_a_formula():
    archive = zipfile.ZipFile(io.BytesIO(only(xlsx.files(document(nasty())))))
    assert archive.testzip() is None and b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_what_xml_cannot_hold_is_listed():
    [(file, data)] = written(xlsx.files(document([entry(1, COSTS, wallet(0, 10374), merchant="a\x00b\x1fc\ufffe")])))
    assert [(change.before, change.after) for change in file.changes.found.values()] == [("a\x00b\x1fc\ufffe", "abc")]
    assert with_openpyxl(data)[1][12] == "abc"


def test_a_sheet_too_long_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(xlsx, "PIECE", 2)
    monkeypatch.setattr(xlsx, "MOST_ROWS", 5)
    data = only(xlsx.files(document(month())))
    assert len(openpyxl.load_workbook(io.BytesIO(data)).sheetnames) == 5
    assert sum(row[0] != "Voucher" for row in with_calamine(data)) == sum(len(each.lines) for each in month())


@pytest.mark.parametrize("spoil", [lambda data: data[:-30], lambda data: data[:400] + b"x" * 60 + data[460:]])
def test_a_broken_workbook_is_refused(spoil):
    data = spoil(only(xlsx.files(document(month()))))
    for read in (with_openpyxl, with_calamine):
        with pytest.raises(
            (OSError, zipfile.BadZipFile, ValueError, SyntaxError, zlib.error, python_calamine.CalamineError)
        ):
            read(data)


def test_xero_journals_balance_one_by_one():
    rows = table(only(xero.journals(document(month()))))
    assert tuple(rows[0]) == xero.JOURNAL_HEADINGS
    journals: Counter[tuple[str, str]] = Counter()
    found: Counter[str] = Counter()
    for row in rows:
        journals[row["*Narration"], row["*Date"]] += cents(row["*Amount"])
        found[row["*AccountCode"]] += cents(row["*Amount"])
    assert len(journals) == len(month()) and not any(journals.values())
    assert {account: amount for account, amount in found.items() if amount} == by_account(month())
    assert {row["*Date"] for row in rows} == {"05/11/2026"} and {row["*TaxRate"] for row in rows} == {"No VAT"}


def test_xero_takes_three_hundred_lines_in_a_file():
    entries = [entry(n, COSTS, VAT, wallet(0, 12345)) for n in range(1, 151)]
    made = written(xero.journals(document(entries)))
    assert [len(table(data)) for _, data in made] == [300, 150]
    assert [file.name[-8:] for file, _ in made] == ["rnal.csv", "al-2.csv"]
    with pytest.raises(Unwritable):
        written(xero.journals(document([entry(1, *[replace(COSTS, debit=1)] * 300, wallet(0, 300))])))


def test_xero_bills_are_what_was_paid():
    names = {"VSt19": {"xero": "20% (VAT on Expenses)"}}
    rows = table(only(xero.bills(document(month(), tax_names=names))))
    assert tuple(rows[0]) == xero.BILL_HEADINGS
    paid = {
        each.voucher: sum(line.signed for line in each.lines if line.role == "contra")
        for each in month()
        if each.expense
    }
    found: Counter[int] = Counter()
    for row in rows:
        found[int(row["*InvoiceNumber"])] += cents(row["*UnitAmount"]) + cents(row["TaxAmount"])
        assert cents(row["Total"]) == -paid[int(row["*InvoiceNumber"])]
    assert dict(found) == {voucher: -amount for voucher, amount in paid.items()}
    assert rows[0]["*TaxType"] == "20% (VAT on Expenses)" and rows[0]["TaxAmount"] == "19.71"


def test_xero_bank_lines_are_the_wallet():
    rows = table(only(xero.bank(document(month()))))
    assert sum(cents(row["*Amount"]) for row in rows) == wallet_sum(month()) and rows[0]["*Amount"] == "-123.45"


def test_quickbooks_journals_balance_one_by_one():
    rows = table(only(quickbooks.files(document(month()))))
    found: Counter[str] = Counter()
    for row in rows:
        assert bool(row["Debits"]) != bool(row["Credits"])
        found[row["JournalNo"]] += cents(row["Debits"]) - cents(row["Credits"])
    assert len(found) == len(month()) and not any(found.values())
    many = [entry(n, COSTS, VAT, wallet(0, 12345)) for n in range(1, 502)]
    assert [len(table(data)) for _, data in written(quickbooks.files(document(many)))] == [999, 504]


def test_sage_pays_by_card_or_journals_what_it_cannot_say():
    names = {"VSt19": {"sage": "T1"}, "OHNE": {"sage": "T0"}}
    rows = table(only(sage.files(document(month(), tax_names=names))), codec="cp1252")
    assert tuple(rows[0]) == sage.HEADINGS
    kinds = {number: {row["Type"] for row in rows if row["Reference"] == f"{number:06d}"} for number in range(1, 8)}
    assert kinds == {
        1: {"VP"},
        2: {"VR"},
        3: {"VP", "VR"},
        4: {"JD", "JC"},
        5: {"JD", "JC"},
        6: {"JD", "JC"},
        7: {"VP"},
    }
    found: Counter[str] = Counter()
    for row in rows:
        net, tax = cents(row["Net Amount"]), cents(row["Tax Amount"])
        assert net >= 0 and tax >= 0
        sign = 1 if row["Type"] in ("VP", "JD") else -1
        found[row["Nominal A/C Ref"]] += sign * net
        if row["Type"] in ("VP", "VR"):
            found["1576"] += sign * tax
            found[row["Account Reference"]] -= sign * (net + tax)
    assert {account: amount for account, amount in found.items() if amount} == by_account(month())


LAYOUTS = {
    "one line, VAT inside": {"one_line": True, "tax_line": False}, "one line, VAT apart": {"one_line": True, "tax_line": True},
    "sides, VAT apart": {"one_line": False, "tax_line": True}, "sides, VAT inside": {"one_line": False, "tax_line": False},
}  # fmt: skip


@pytest.mark.parametrize("look", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("positive", [True, False])
def test_a_table_of_ones_own_agrees_to_the_cent(look, positive):
    columns = tuple(
        custom.Column(field, field) for field in ("account", "contra", "net", "tax_amount", "amount", "voucher")
    )
    layout = custom.Layout("My table", columns, positive=positive, **look)
    rows = table(only(custom.files(document(month()), layout)), ";", "utf-8-sig")
    sign = 1 if positive else -1
    found: Counter[str] = Counter()
    for row in rows:
        net, tax, gross = (sign * cents(row[name].replace(",", ".")) for name in ("net", "tax_amount", "amount"))
        assert net + tax == gross and bool(row["contra"]) == look["one_line"]
        found[row["account"]] += net
        found["tax"] += tax
        found[row["contra"]] -= gross if row["contra"] else 0
    wanted = Counter(by_account(month()))
    if not look["tax_line"]:
        wanted["tax"] = sum(wanted.pop(account, 0) for account in ("1576", "1577", "1787"))
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in wanted.items() if value
    }


@pytest.mark.parametrize("preset", custom.PRESETS.values(), ids=custom.PRESETS)
@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_every_preset_writes_a_table(preset, entries):
    layout = custom.Layout.load(preset.name, preset.dump())
    assert layout == preset
    [(file, data)] = written(custom.files(document(entries), layout))
    if layout.is_xlsx:
        rows = with_calamine(data)
        assert with_openpyxl(data)[0] == rows[0] and file.name.endswith(".xlsx")
        heads, count = rows[0], len(rows) - 1
    else:
        read = table(data, layout.separator, layout.encoding)
        heads, count = list(read[0]), len(read)
    assert heads == [column.heading for column in layout.columns]
    assert count == sum(len(list(custom.bookings_of(each, layout))) for each in entries)


def test_dates_signs_and_decimals_follow_the_layout():
    columns = tuple(
        custom.Column(field, field.title())
        for field in ("date", "amount", "tax_rate", "debit", "foreign_amount", "empty")
    )
    layout = custom.Layout(
        "x",
        columns,
        encoding="cp1252",
        separator="\t",
        decimal_comma=False,
        date_format="%d.%m.%Y",
        with_headings=False,
    )
    first = only(custom.files(document(month()), layout)).decode("cp1252").split("\r\n")[0]
    assert first == "05.11.2026\t-123.45\t19\t123.45\t\t"
