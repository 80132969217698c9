"""The FEC-shaped journal: the rules of the form, and hledger reading it by a rules file."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.formats import fec
from bookkeeping.formats.document import Unwritable
from tests.bookkeeping.formats.conftest import (
    COSTS,
    by_account,
    document,
    entry,
    header,
    month,
    nasty,
    only,
    run,
    wallet,
    written,
)

MAY_BE_EMPTY = {"CompAuxNum", "CompAuxLib", "EcritureLet", "DateLet", "Montantdevise", "Idevise"}


def faults(data: bytes) -> list[str]:
    text = data.decode("utf-8")
    rows = [line.split("\t") for line in text.removesuffix("\r\n").split("\r\n")]
    found = [] if rows[0] == list(fec.HEADINGS) else ["headings"]
    sums: dict[str, int] = defaultdict(int)
    last = ""
    for number, row in enumerate(rows[1:], 2):
        if len(row) != 18:
            found.append(f"{number}: {len(row)} columns")
            continue
        cells = dict(zip(fec.HEADINGS, row, strict=True))
        found += [f"{number}: {name} empty" for name in fec.HEADINGS if not cells[name] and name not in MAY_BE_EMPTY]
        for pair in (("CompAuxNum", "CompAuxLib"), ("EcritureLet", "DateLet"), ("Montantdevise", "Idevise")):
            if bool(cells[pair[0]]) != bool(cells[pair[1]]):
                found.append(f"{number}: half of {pair}")
        for name in ("EcritureDate", "PieceDate", "ValidDate"):
            try:
                date.fromisoformat(cells[name])
            except ValueError:
                found.append(f"{number}: {name}")
        for name in ("Debit", "Credit"):
            if not re.fullmatch(r"\d+,\d\d", cells[name]):
                found.append(f"{number}: {name} {cells[name]!r}")
                cells[name] = "0"
        if not re.match(r"\d{3}", cells["CompteNum"]):
            found.append(f"{number}: account")
        debit, credit = (int(Decimal(cells[name].replace(",", ".")) * 100) for name in ("Debit", "Credit"))
        sums[cells["EcritureNum"]] += debit - credit
        if cells["EcritureNum"] != last and last and int(cells["EcritureNum"][3:]) != int(last[3:]) + 1:
            found.append(f"{number}: the sequence breaks")
        last = cells["EcritureNum"]
    return found + [f"{name} does not balance" for name, amount in sums.items() if amount]


@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_every_rule_is_kept(entries):
    assert faults(only(fec.files(document(entries)))) == []


def test_the_accepted_sample_passes_the_same_check():
    from tests.bookkeeping.formats.extf import TABLE

    sample = TABLE.parents[1] / "accepted" / "123456789FEC20261231.txt"
    if not sample.exists():
        pytest.skip("the collected files are not here")
    assert [fault for fault in faults(sample.read_bytes()) if fault != "headings"] == []


@pytest.mark.accounting
@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_hledger_reads_it_and_agrees(tmp_path, entries):
    rules = tmp_path / "fec.rules"
    rules.write_text(
        "separator TAB\nskip 1\nfields , , voucher, date, account1, , , , , , description, debit, credit\n"
        "date-format %Y%m%d\ndecimal-mark ,\namount1-in %debit\namount1-out %credit\naccount2 check\ncode %voucher\n"
    )
    path = tmp_path / "fec.csv"
    path.write_bytes(only(fec.files(document(entries))))
    done = run("hledger", "-f", str(path), "--rules-file", str(rules), "balance", "--flat", "-N", "-O", "csv")
    assert done.returncode == 0, done.stderr.decode()
    found = {}
    for name, amount in list(csv.reader(io.StringIO(done.stdout.decode())))[1:]:
        value = int(Decimal(amount.replace(",", ".")) * 100)
        if value and name != "check":
            found[name] = value
    assert found == by_account(entries)


def test_a_year_ends_a_file_and_names_it():
    days = [date(2026, 6, 30), date(2026, 7, 1)]
    entries = [entry(n, COSTS, wallet(0, 10374), day=day) for n, day in enumerate(days, 1)]
    over = document(entries, first_date=days[0], last_date=days[1], fiscal_month=7, vat_number="FR32123456789")
    assert [file.name for file, _ in written(fec.files(over))] == [
        "123456789FEC20260630.txt",
        "123456789FEC20270630.txt",
    ]


NUMBERS = [
    ("FR32123456789", "123456789"), ("123 456 789", "123456789"), ("12345678900012", "123456789"), ("DK12345678", "000000000"),
    ("", "000000000"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "siren"), NUMBERS)
def test_the_companys_number(number, siren):
    assert fec.siren(header(vat_number=number)) == siren


BREAKS = [
    (b"103,74", b"103,75"), (b"103,74", b"103.74"), (b"20261105\t4930", b"20261305\t4930"), (b"CB-000003", b"CB-000009"),
    (b"\tSEK", b"\t"), (b"\t4930\t", b"\tA930\t"), (b"\t0,00", b"\t"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), BREAKS)
def test_a_broken_copy_is_noticed(old, new):
    data = only(fec.files(document(month())))
    assert old in data and faults(data.replace(old, new, 1))


def test_an_account_outside_the_chart_is_refused():
    with pytest.raises(Unwritable):
        written(fec.files(document([entry(1, replace(COSTS, account="X1"), wallet(0, 10374))])))
