"""The CSV file: exact bytes, nothing lost on the way back, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv as stdlib_csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.formats import csv

DAY = date(2026, 11, 12)


def row(**changes):
    values = {
        "voucher": 7, "day": DAY, "document_day": date(2026, 11, 10), "number": "3600", "account": "Kontorartikler",
        "text": "Paper", "debit": 12345, "credit": 0, "currency": "DKK", "tax": "I25", "rate": Decimal("25.000000"),
        "person": "Carol", "merchant": "Bauhaus", "expense": 1284, "foreign": None, "foreign_currency": "",
        "category": "Kontor", "receipt": "000007_expense-1284_1.jpg",
    }  # fmt: skip
    values.update(changes)
    return tuple(values.values())


LOOK = csv.Look()


def written(rows, look=LOOK) -> bytes:
    return b"".join(csv.write(rows, look))


def read(data: bytes, look=LOOK) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(stdlib_csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=look.separator))


def original(cell: str) -> str:
    """Take back what `neutral` did, by the rule it states."""
    return cell[1:] if re.match(r"'['\s]*[=+\-@\t\r\n＝＋－＠]", cell) else cell


def test_it_writes_these_bytes():
    assert written([row()]) == (
        b"\xef\xbb\xbf"
        b"Voucher;Date;Document date;Account;Account name;Text;Debit;Credit;Currency;Tax code;VAT rate;Person;Merchant;"
        b"Expense;Foreign amount;Foreign currency;Category;Receipt\r\n"
        b"7;2026-11-12;2026-11-10;3600;Kontorartikler;Paper;123,45;;DKK;I25;25;Carol;Bauhaus;1284;;;Kontor;"
        b"000007_expense-1284_1.jpg\r\n"
    )


def test_it_has_eighteen_columns():
    assert len(csv.HEADINGS) == 18 == len(row())


@pytest.mark.parametrize(
    ("currency", "minor", "comma", "point"),
    [
        ("DKK", 5, "0,05", "0.05"),
        ("DKK", 100, "1,00", "1.00"),
        ("JPY", 1200, "1200", "1200"),
        ("KWD", 1, "0,001", "0.001"),
        ("EUR", 10**15, "10000000000000,00", "10000000000000.00"),
    ],
)
def test_amounts_have_all_decimals_of_their_currency(currency, minor, comma, point):
    rows = [row(currency=currency, debit=0, credit=minor, foreign=minor, foreign_currency=currency)]
    cell = read(written(rows))[0]
    assert (cell["Debit"], cell["Credit"], cell["Foreign amount"]) == ("", comma, comma)
    look = csv.Look(",", decimal_comma=False)
    assert read(written(rows, look), look)[0]["Credit"] == point


@pytest.mark.parametrize("rate, cell", [("25.000000", "25"), ("5.500000", "5,5"), ("0", "0"), ("8.264463", "8,264463")])
def test_rates_have_no_idle_zeros(rate, cell):
    assert read(written([row(rate=Decimal(rate))]))[0]["VAT rate"] == cell
    assert read(written([row(rate=None)]))[0]["VAT rate"] == ""


@pytest.mark.parametrize(
    "text",
    [
        'Say "hej"', "a;b", "a,b", "tab\there", "two\nlines", "carriage\rreturn", "crlf\r\nline", "Ærø Å ß € 🧾",
        "'quoted'", "x" * 200, " lead", "trail ", '"', '""', ";", "\u200b", "مرحبا",
    ],
)  # fmt: skip
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_text_comes_back(text, separator):
    look = csv.Look(separator, decimal_comma=False)
    found = read(written([row(text=text, merchant=text)], look), look)
    assert [original(found[0]["Text"]), original(found[0]["Merchant"])] == [text, text]
    assert len(found) == 1


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "'=1",
        "''=1",
        "＝1",
        "\u00a0=1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_is_a_formula(formula):
    cells = read(written([row(text=formula, person=formula, merchant=formula, account=formula, category=formula)]))[0]
    for heading in ("Text", "Person", "Merchant", "Account name", "Category"):
        assert cells[heading] == "'" + formula
        assert original(cells[heading]) == formula


def test_numbers_of_accounts_are_texts_too():
    assert read(written([row(number="=2+5")]))[0]["Account"] == "'=2+5"


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=30)


@given(text=texts, merchant=texts, separator=st.sampled_from([";", ",", "\t"]))
def test_any_text_survives_and_none_runs(text, merchant, separator):
    look = csv.Look(separator, decimal_comma=False)
    found = read(written([row(text=text, merchant=merchant), row(voucher=8)], look), look)
    assert len(found) == 2
    assert original(found[0]["Text"]) == text and original(found[0]["Merchant"]) == merchant
    assert not found[0]["Text"].lstrip().startswith(("=", "+", "-", "@"))


def by_the_module(row, look) -> list[str]:
    """The cells of a row, to be written by the csv module."""

    def amount(minor, currency):
        return csv.amount_writer(currency, "," if look.decimal_comma else ".")(minor) if minor else ""

    (voucher, day, document_day, number, account, text, debit, credit, currency, tax, rate, person, merchant, expense, foreign,
     foreign_currency, category, receipt) = row  # fmt: skip
    return [
        voucher, day, document_day, csv.neutral(number), csv.neutral(account), csv.neutral(text), amount(debit, currency),
        amount(credit, currency), currency, csv.neutral(tax), "25", csv.neutral(person), csv.neutral(merchant), expense,
        amount(foreign, foreign_currency), foreign_currency, csv.neutral(category), csv.neutral(receipt),
    ]  # fmt: skip


@given(
    entries=st.lists(
        st.tuples(
            st.integers(1, 3),
            texts,
            texts,
            texts,
            st.integers(1, 10**12),
            st.sampled_from(["DKK", "JPY"]),
            st.booleans(),
        ),
        max_size=6,
    ),
    separator=st.sampled_from([";", ",", "\t"]),
)
def test_the_bytes_are_those_of_the_csv_module(entries, separator):
    look = csv.Look(separator, decimal_comma=separator == ";")
    rows = [
        row(voucher=voucher, text=text, merchant=merchant, category=category, foreign=amount, foreign_currency=currency,
            debit=amount if is_debit else 0, credit=0 if is_debit else amount)
        for voucher, text, merchant, category, amount, currency, is_debit in entries
    ]  # fmt: skip
    buffer = io.StringIO(newline="")
    module = stdlib_csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    module.writerow(csv.HEADINGS)
    module.writerows(by_the_module(each, look) for each in rows)
    assert written(rows, look) == b"\xef\xbb\xbf" + buffer.getvalue().encode()


def test_what_is_remembered_of_texts_is_bounded(monkeypatch):
    monkeypatch.setattr(csv._Texts, "BOUND", 3)
    found = read(written([row(text=f"=Text {number}") for number in range(20)]))
    assert [cells["Text"] for cells in found] == [f"'=Text {number}" for number in range(20)]


def test_a_long_file_comes_in_pieces():
    pieces = list(csv.write((row(voucher=number) for number in range(3000)), csv.Look()))
    assert len(pieces) == 4
    assert len(read(b"".join(pieces))) == 3000


def test_the_same_rows_give_the_same_bytes():
    rows = [row(voucher=number, debit=number) for number in range(1, 50)]
    assert written(rows) == written(rows)


def test_a_line_on_both_sides_is_refused():
    with pytest.raises(AssertionError):
        written([row(debit=1, credit=1)])
