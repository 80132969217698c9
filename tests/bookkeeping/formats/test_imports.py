"""What Xero, QuickBooks and Sage import keeps to their written rules; a broken copy of each is refused."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.formats import quickbooks, registry, sage, xero
from bookkeeping.formats.document import BookEntry, Line, Tagged, Unwritable
from tests.bookkeeping.formats import imports
from tests.bookkeeping.formats.conftest import (
    COSTS,
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
)

NAMES = {
    "VSt19": {"xero": "20% (VAT on Expenses)", "sage": "T1"}, "OHNE": {"xero": "Zero Rated Expenses", "sage": "T0"},
    "RC19": {"xero": "Reverse Charge Expenses (20%)", "sage": "T8"},
}  # fmt: skip
# The fixture's standard rate is 19 %, whatever its name there.
RATES = {
    "20% (VAT on Expenses)": Decimal(19), "Zero Rated Expenses": Decimal(0), "No VAT": Decimal(0),
    "Reverse Charge Expenses (20%)": Decimal(0),
}  # fmt: skip
TEAM = Tagged(1, 1, "Team: «Nord»", "12", 'Ærø: "Kyst", ß€😀')
PROJECT = Tagged(2, 6, "=Project", "P;7", "y" * 200)


def tagged() -> list[BookEntry]:
    return [entry(1, replace(COSTS, dimensions=(TEAM, PROJECT)), VAT, wallet(0, 12345))]


def alone() -> list[BookEntry]:
    """VAT that no rate of theirs says: off by a cent, only partly deducted, under a code nobody named, and with no words at all."""
    half = replace(VAT, debit=986)
    other = replace(COSTS, tax="X"), replace(VAT, tax="X")
    return [
        entry(1, COSTS, replace(VAT, debit=1972), wallet(0, 12346)),
        entry(2, replace(COSTS, debit=11359), half, wallet(0, 12345)),
        entry(3, *other, wallet(0, 12345)),
        entry(4, COSTS, VAT, wallet(0, 12345), merchant="\x07", text="", person=""),
    ]


CHECKS = {
    "xero": lambda data: imports.xero_journal(data, rates={"No VAT"}),
    "xero_bills": lambda data: imports.xero_bills(data, rates=RATES),
    "xero_bank": imports.xero_bank, "quickbooks": imports.quickbooks, "sage": imports.sage,
}  # fmt: skip
BATCHES = {"month": month, "nasty": nasty, "tagged": tagged, "alone": alone}


def rendered(key: str, entries: list[BookEntry], **fields: Any) -> list[bytes]:
    return [data for _, data in written(registry.render(key, document(entries, tax_names=NAMES, **fields), {}))]


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("key", CHECKS)
def test_it_may_be_imported(key, batch):
    for data in rendered(key, batch()):
        assert CHECKS[key](data) == []


def rows(data: bytes, codec: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(codec), newline="")))


def cents(text: str) -> int:
    return int(Decimal(text or 0) * 100)


def wanted(entries: list[BookEntry]) -> Counter[str]:
    return Counter(by_account(entries))


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_the_sums_are_those_of_the_entries(batch):
    entries, found, sums = batch(), Counter(), Counter()
    for row in rows(only(registry.render("xero", document(entries), {}))):
        found[row["*AccountCode"]] += cents(row["*Amount"])
    assert +found == +wanted(entries) and -found == -wanted(entries)
    for row in rows(only(registry.render("sage", document(entries, tax_names=NAMES), {})), "cp1252"):
        sign = 1 if row["Type"] in ("VP", "JD") else -1
        sums[row["Nominal A/C Ref"]] += sign * cents(row["Net Amount"])
        sums["1576"] += sign * cents(row["Tax Amount"])
        if row["Account Reference"]:
            sums[row["Account Reference"]] -= sign * (cents(row["Net Amount"]) + cents(row["Tax Amount"]))
    assert {key: value for key, value in sums.items() if value} == by_account(entries)
    moved = sum(cents(row["*Amount"]) for row in rows(only(registry.render("xero_bank", document(entries), {}))))
    assert moved == wallet_sum(entries)


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("names", [{}, NAMES], ids=["unnamed", "named"])
def test_a_bill_loses_no_vat(batch, names):
    """Xero computes VAT from the rate's name: the bills come to what was spent, VAT on its account where no name says it."""
    entries = batch()
    data = only(xero.bills(document(entries, tax_names=names)))
    assert imports.xero_bills(data, rates=RATES) == []
    spent = sum(line.signed for each in entries if each.expense for line in each.lines if line.role != "contra")
    lines = rows(data)
    assert sum(cents(row["*UnitAmount"]) + cents(row["TaxAmount"]) for row in lines) == spent
    vat = sum(cents(row["TaxAmount"]) for row in lines)
    apart = sum(cents(row["*UnitAmount"]) for row in lines if row["*AccountCode"] == "1576")
    assert vat + apart == by_account(entries).get("1576", 0) and (names or not vat)


@given(net=st.integers(1, 10**9), rate=st.sampled_from(["19", "20", "5", "5.5", "2.1"]), off=st.integers(-1, 1))
def test_any_bill_is_what_was_paid(net, rate, off):
    line = replace(COSTS, debit=net, rate=Decimal(rate))
    tax = max(xero.computed(line) + off, 0)
    taxes = (replace(VAT, debit=tax, rate=Decimal(rate)),) if tax else ()
    data = only(xero.bills(document([entry(1, line, *taxes, wallet(0, net + tax))], tax_names=NAMES)))
    known = RATES | {"20% (VAT on Expenses)": Decimal(rate)}
    assert imports.xero_bills(data, rates=known) == [] and cents(rows(data)[0]["Total"]) == net + tax


def test_dimensions_stand_in_their_columns():
    [row, *_] = rows(only(xero.journals(document(tagged()))))
    assert (row["TrackingName1"], row["TrackingOption1"]) == (TEAM.group, TEAM.name)
    assert (row["TrackingName2"], row["TrackingOption2"]) == ("'=Project", "y" * 100)
    [(file, data)] = written(quickbooks.files(document(tagged())))
    assert (rows(data)[0]["Class"], rows(data)[0]["Location"]) == ('Ærø - "Kyst", ß€😀', "y" * 100)
    assert (TEAM.name, 'Ærø - "Kyst", ß€😀') in file.changes.found
    assert (PROJECT.name, "y" * 100) in file.changes.found
    assert rows(only(sage.files(document(tagged()))), "cp1252")[0]["Department Code"] == "12"


@pytest.mark.parametrize("key", ["xero", "xero_bills", "quickbooks", "sage"])
def test_what_is_too_long_is_cut_where_it_is_listed(key):
    """A formula takes one place more for its apostrophe; the sign that makes room for it is not lost silently."""
    texts = ["=" + "z" * (size - 1) for size in (60, 100, 255)]
    lines = [
        replace(COSTS, name=text[:100], debit=100, dimensions=(replace(TEAM, group=text, name=text),)) for text in texts
    ]
    entries = [
        entry(n, line, wallet(0, 100), merchant=text, text=text)
        for n, (line, text) in enumerate(zip(lines, texts, strict=True), 1)
    ]
    [(file, data)] = written(registry.render(key, document(entries, tax_names=NAMES), {}))
    assert CHECKS[key](data) == []
    for row in rows(data, "cp1252" if key == "sage" else "utf-8"):
        for cell in row.values():
            if cell.startswith("'=") and cell[1:] not in {text[:100] for text in texts} | set(texts):
                assert cell[1:] in {change.after for change in file.changes.found.values()}


BIG = 10**8 * 100
REFUSED = [
    ("xero", Line("12345678901", "x", 1, 0), 1), ("xero_bills", Line("12345678901", "x", 1, 0, role="cost"), 1),
    ("sage", Line("123456789", "x", 1, 0), 1), ("sage", Line("12 34", "x", 1, 0), 1), ("sage", Line("1234", "x", BIG, 0), BIG),
]  # fmt: skip


@pytest.mark.parametrize(("key", "line", "amount"), REFUSED)
def test_what_the_other_system_could_not_hold_is_refused(key, line, amount):
    with pytest.raises(Unwritable):
        rendered(key, [entry(1, line, wallet(0, amount))])


def test_sage_takes_no_vat_outside_its_scope():
    names = {"VSt19": {"sage": "T9"}}
    data = only(sage.files(document([entry(1, COSTS, VAT, wallet(0, 12345))], tax_names=names)))
    assert imports.sage(data) == [] and {row["Type"] for row in rows(data, "cp1252")} == {"JD", "JC"}


# Each defect turns the first of these bytes that it finds into others.
BREAKS: dict[str, dict[str, tuple[bytes, bytes]]] = {
    "xero": {
        "heading": (b"*TaxRate", b"TaxRate"), "amount": (b"103.74", b"103.75"), "comma": (b",103.74", b',"103,74"'),
        "zero": (b"103.74", b"0.00"), "currency sign": (b"103.74", "£103.74".encode()), "order of the day": (b"05/11/2026", b"2026-11-05"),
        "no day": (b"05/11/2026", b"31/11/2026"), "no account": (b",4930,", b",,"), "long account": (b",4930,", b",49304930493,"),
        "no rate": (b"No VAT", b""), "unknown rate": (b"No VAT", b"NONE"), "half a tracking": (b"103.74,", b"103.74,Team"),
        "narration": (b"000001 Bauhaus", b"000009 Bauhaus"), "too few cells": (b"103.74,,,,", b"103.74,,,"), "codec": (b"Paper", b"\xff"),
        "formula": (b"000001 B", b"=1+1 B"), "half a file": (b"\r\n000007", b""), "line break": (b"Paper", b'"Pa\nper"'),
    },
    "xero_bills": {
        "heading": (b"*TaxType", b"TaxType"), "net": (b"103.74", b"103.75"), "total": (b"123.45", b"123.46"), "VAT": (b"19.71", b"19.72"),
        "no contact": (b"Bauhaus,", b","), "no number": (b",000001,", b",,"),
        "another contact": (b"Bauhaus,,,,,,,,,,000003", b"Other,,,,,,,,,,000003"),
        "no rate": (b"20% (VAT on Expenses)", b""), "another rate": (b"20% (VAT on Expenses)", b"No VAT"),
        "unknown rate": (b"20% (VAT on Expenses)", b"20%"), "day": (b"05/11/2026", b"11/25/2026"), "quantity": (b",1,103.74", b",0,103.74"),
        "currency": (b",EUR", b",EURO"), "no words": (b"Bauhaus: Paper", b""), "long account": (b",4930,", b",49304930493,"),
    },
    "xero_bank": {
        "heading": (b"Payee", b"Contact"), "amount": (b"-123.45", b"(123.45)"), "thousands": (b"-123.45", b'"-1,123.45"'),
        "day": (b"05/11/2026", b"5.11.2026"), "none": (b"-123.45", b""), "too many cells": (b"-123.45", b"-123.45,"),
        "word": (b"-123.45", b"123.45 DR"),
    },
    "quickbooks": {
        "heading": (b"JournalNo", b"Journal No"), "both sides": (b"103.74,,", b"103.74,103.74,"), "none": (b"103.74", b""),
        "below zero": (b"103.74", b"-103.74"), "amount": (b"103.74", b"103.84"), "no account": (b"B\xc3\xbcrobedarf", b""),
        "sub-account": (b"B\xc3\xbcrobedarf", b"B\xc3\xbcro:bedarf"), "day": (b"05/11/2026", b"31/02/2026"),
        "two days": (b"05/11/2026", b"06/11/2026"), "no number": (b"000001,", b","),
        "long number": (b"000001,", b"0000010000000000000001,"),
        "long name": (b",Bauhaus,", b"," + b"B" * 101 + b","), "codec": (b"B\xc3\xbcrobedarf", b"B\xfcrobedarf"),
    },
    "sage": {
        "heading": (b"Nominal A/C Ref", b"Nominal"), "type": (b"VP,", b"PP,"), "no bank": (b"VP,1360", b"VP,"),
        "bank in a journal": (b"JD,,", b"JD,1360,"),
        "nominal": (b",4930,", b",4930 4930,"), "no nominal": (b",4930,", b",,"), "department": (b",4930,0,", b",4930,1000,"),
        "day": (b"05/11/2026", b"05-11-2026"), "net": (b"103.74", b"-103.74"), "comma": (b"103.74", b'"103,74"'),
        "big": (b"103.74", b"123456789.01"),
        "code": (b",T1,", b",20%,"), "no code": (b",T1,", b",,"), "VAT outside": (b",T1,", b",T9,"), "journal": (b"JC,", b"JD,"),
        "details": (b"Bauhaus: Paper", b"B" * 61), "project": (b",EXP-1001,,,", b",EXP-1001,,P1,"), "UTF-8 control": (b"Paper", b"\x81"),
    },
}  # fmt: skip


@pytest.mark.parametrize(("key", "name"), [(key, name) for key, breaks in BREAKS.items() for name in breaks])
def test_a_broken_copy_is_refused(key, name):
    old, new = BREAKS[key][name]
    [data] = rendered(key, month())
    assert CHECKS[key](data) == [] and old in data, "the copy is broken, not the test"
    assert CHECKS[key](data.replace(old, new, 1)) != []


@pytest.mark.parametrize(
    ("key", "most"), [("xero", 300), ("xero_bank", 1000), ("quickbooks", 1000), ("xero_bills", 500)]
)
def test_no_file_is_longer_than_they_take(key, most):
    many = [entry(n, COSTS, VAT, wallet(0, 12345)) for n in range(1, 1102)]
    made = rendered(key, many)
    assert len(made) > 1 and all(CHECKS[key](data) == [] and len(rows(data)) <= most for data in made)
    lines = b"".join(data.split(b"\r\n", 1)[1] for data in made)
    assert CHECKS[key](made[0].split(b"\r\n", 1)[0] + b"\r\n" + lines) != []


def test_unknown_accounts_are_refused():
    for key, known in (("xero", imports.xero_journal), ("sage", imports.sage)):
        [data] = rendered(key, month())
        accounts = set(by_account(month())) | {"1577", "1787"}
        assert known(data, accounts=accounts) == [] and known(data, accounts=accounts - {"4930"}) != []
    [data] = rendered("quickbooks", month())
    names = {line.name for each in month() for line in each.lines}
    assert imports.quickbooks(data, accounts=names) == [] and imports.quickbooks(data, accounts=names - {"Bank"}) != []
