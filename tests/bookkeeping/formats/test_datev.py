"""The posting batch against DATEV's rules and field table, the package against DATEV's schema."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bookkeeping.formats import datev
from bookkeeping.formats.document import Unwritable
from tests.bookkeeping.formats import extf
from tests.bookkeeping.formats.conftest import (
    COSTS,
    VAT,
    by_account,
    document,
    entry,
    month,
    nasty,
    only,
    run,
    wallet,
    written,
)  # fmt: skip

SCHEMA = Path(__file__).resolve().parents[4] / "shared" / "data" / "datev" / "Document_v060.xsd"
KEYS = {"VSt19": {"datev": "9"}}


def sums(data: bytes) -> dict[str, int]:
    """Net of each account in cents, from both sides of every booking; VAT that a key carries stays in its line."""
    found: Counter[str] = Counter()
    for row in extf.bookings(data):
        cents = int(Decimal(row[datev.HEADINGS[0]].replace(",", ".")) * 100)
        signed = cents if row["Soll/Haben-Kennzeichen"] == "S" else -cents
        found[row["Konto"]] += signed
        found[row[datev.HEADINGS[7]]] -= signed
    return {account: amount for account, amount in found.items() if amount}


@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_the_batch_keeps_every_rule_and_agrees_to_the_cent(entries):
    data = only(datev.files(document(entries)))
    assert extf.faults(data) == []
    assert sums(data) == by_account(entries)


def test_the_header_says_who_what_and_when():
    data = only(datev.files(document(month())))
    assert data.split(b"\r\n")[0].decode("cp1252") == (
        '"EXTF";700;21;"Buchungsstapel";13;20261120073000123;;"RE";"Pleo";"";1001;456;20260101;4;20261101;20261130;'
        '"Pleo 7 Havblik Ø";"";1;0;0;"EUR";;"";;;"03";;;"";""'
    )


def test_vat_goes_into_its_line_by_key_where_datev_computes_the_same():
    rows = extf.bookings(only(datev.files(document(month(), tax_names=KEYS))))
    first = [row for row in rows if row["Belegfeld 1"] == "000001"]
    assert [(row[datev.HEADINGS[0]], row["Konto"], row["BU-Schlüssel"]) for row in first] == [("123,45", "4930", "9")]
    odd = replace(VAT, debit=1972)
    rows = extf.bookings(only(datev.files(document([entry(1, COSTS, odd, wallet(0, 12346))], tax_names=KEYS))))
    assert [row["BU-Schlüssel"] for row in rows] == ["", ""]


def test_a_refund_turns_the_side_and_stays_positive():
    (row,) = [row for row in extf.bookings(only(datev.files(document(month())))) if row["Belegfeld 1"] == "000002"]
    assert (row[datev.HEADINGS[0]], row["Soll/Haben-Kennzeichen"], row["Konto"]) == ("20,00", "H", "4930")


def test_a_fiscal_or_calendar_year_ends_a_file():
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1)]
    entries = [entry(n, COSTS, VAT, wallet(0, 12345), day=day) for n, day in enumerate(days, 1)]
    made = written(datev.files(document(entries, first_date=days[0], last_date=days[-1], fiscal_month=7)))
    assert [len(extf.bookings(data)) for _, data in made] == [2, 4, 2]
    for file, data in made:
        assert (
            extf.faults(data) == [] and file.name.startswith("EXTF_Buchungsstapel_havblik-0007-2026")
        ) or "2027" in file.name
    heads = [[extf.bare(cell) for cell in extf.cells(data.decode("cp1252").split("\r\n")[0])] for _, data in made]
    assert [head[12] for head in heads] == ["20250701", "20260701", "20260701"]
    assert len({file.name for file, _ in made}) == 3


def test_a_batch_too_long_for_a_file_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(datev, "MOST", 10)
    made = written(datev.files(document(month())))
    assert len(made) > 1 and sum((Counter(sums(data)) for _, data in made), Counter()) is not None
    vouchers = [{row["Belegfeld 1"] for row in extf.bookings(data)} for _, data in made]
    assert not set.intersection(*vouchers) and set.union(*vouchers) == {f"{n:06d}" for n in range(1, 8)}
    monkeypatch.setattr(datev, "MOST", 2)
    with pytest.raises(Unwritable):
        written(datev.files(document(month())))


@pytest.mark.parametrize("number", ["4930A", "123456", "", "４９３０"])
def test_an_account_that_datev_cannot_have_is_refused(number):
    with pytest.raises(Unwritable) as refused:
        written(datev.files(document([entry(1, replace(COSTS, account=number), wallet(0, 10374))])))
    assert refused.value.params["value"] == number


def test_amounts_without_and_with_three_decimals():
    yen = entry(1, replace(COSTS, debit=1500), wallet(0, 1500), currency="JPY")
    assert extf.bookings(only(datev.files(document([yen], currency="JPY"))))[0][datev.HEADINGS[0]] == "1500,00"
    dinar = entry(1, replace(COSTS, debit=1501), wallet(0, 1501), currency="KWD")
    with pytest.raises(Unwritable):
        written(datev.files(document([dinar], currency="KWD")))


# Each a defect that DATEV refuses or imports wrongly, and a batch in which nothing else is wrong.
DEFECTS = {
    "another version": (b'"EXTF";700', b'"EXTF";510'), "another category": (b";700;21;", b";700;16;"),
    "format version": (b'stapel";13;', b'stapel";12;'), "no consultant": (b";1001;456;", b";;456;"),
    "a client out of range": (b";1001;456;", b";1001;100000;"), "a period over two years": (b";20261130;", b";20271130;"),
    "account length": (b"20260101;4;", b"20260101;9;"), "a heading gone": (b"Buchungstext;", b""),
    "a point for the comma": (b"103,74;", b"103.74;"), "a negative amount": (b"103,74;", b"-103,74;"),
    "nothing": (b"103,74;", b"0,00;"), "a thousands point": (b"10000,00;", b"10.000,00;"), "a side": (b';"S";', b';"D";'),
    "an account of letters": (b";4930;", b";BUERO;"), "an account too long": (b";4930;", b";493012;"),
    "a day of three digits": (b";0511;", b";511;"), "a day that is none": (b";0511;", b";3111;"),
    "a day outside": (b";0511;", b";0510;"), "a stray quote": (b'"Bauhaus: Paper"', b'"Bauhaus: "Paper"'),
    "a text of 61 characters": (b'"Bauhaus: Paper"', b'"' + b"x" * 61 + b'"'), "an umlaut in UTF-8": ("ü".encode("cp1252"), "ü".encode()),
    "a document field with spaces": (b'"000001"', b'"EXP 1001"'), "an upper-case link": (b'BEDI ""', b'BEDI ""F'),
    "a line end of Unix": (b"\r\n", b"\n"), "a field too many": (b";0511;", b";0511;;"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), DEFECTS.values(), ids=DEFECTS)
def test_the_checker_notices(old, new):
    data = only(datev.files(document(month())))
    assert old in data
    assert extf.faults(data.replace(old, new, 1))


def test_the_checker_finds_no_fault_in_what_others_accepted():
    accepted = extf.TABLE.parents[1] / "accepted" / "EXTF_Buchungsstapel_trial.csv"
    if not accepted.exists():
        pytest.skip("the collected files are not here")
    assert extf.faults(accepted.read_bytes()) == []


@pytest.mark.accounting
def test_the_package_follows_datevs_schema(tmp_path):
    if not SCHEMA.exists():
        pytest.skip("the collected files are not here")
    path = tmp_path / "document.xml"
    receipts = tuple((f"2026-11/00000{n}_<&>.pdf", f"00000000-0000-0000-0000-00000000000{n}") for n in (1, 2))
    hard = [replace(each, receipts=receipts[:1]) for each in nasty()]
    data = b"".join(datev.package(document([*month(), *hard, entry(9, COSTS, wallet(0, 10374), receipts=receipts)])))
    path.write_bytes(data)
    done = run("xmllint", "--noout", "--schema", str(SCHEMA), str(path))
    assert done.returncode == 0, done.stderr.decode()
    for old, new in (
        (b' version="6.0"', b' version="9"'),
        (b"T07:30:00", b"T07:30:00X"),
        (b"processID", b"process"),
        (b"</content>", b""),
    ):
        assert old in data
        path.write_bytes(data.replace(old, new, 1))
        assert run("xmllint", "--noout", "--schema", str(SCHEMA), str(path)).returncode


def test_every_link_of_the_batch_leads_into_the_package():
    entries = month()
    links = set(re.findall(rb'BEDI ""([0-9a-f-]{36})""', only(datev.files(document(entries)))))
    listing = b"".join(datev.package(document(entries)))
    assert links and links == set(re.findall(rb'guid="([0-9a-f-]{36})"', listing))
    assert re.findall(rb'name="([^"]+)"', listing) == [b"000001_expense-1001_1.pdf"]
    assert b"<date>2026-11-20T07:30:00</date>" in listing


def test_the_same_document_gives_the_same_bytes():
    assert only(datev.files(document(month()))) == only(datev.files(document(month())))


def test_a_photo_that_datev_does_not_take_is_neither_linked_nor_listed():
    heic = (("000001_expense-1_1.heic", "00000000-0000-0000-0000-000000000001"),)
    both = (*heic, ("000002_expense-2_2.JPG", "00000000-0000-0000-0000-000000000002"))
    entries = [entry(1, COSTS, wallet(0, 10374), receipts=heic), entry(2, COSTS, wallet(0, 10374), receipts=both)]
    rows = extf.bookings(only(datev.files(document(entries))))
    assert [bool(row["Beleglink"]) for row in rows] == [False, True]
    assert [name for name, _ in datev.receipts_of(document(entries))] == ["000002_expense-2_2.JPG"]
