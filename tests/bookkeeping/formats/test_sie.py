"""SIE 4I read by a parser of our own that follows the written rules, in code page 437."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bookkeeping.formats import sie
from bookkeeping.formats.document import Unwritable
from tests.bookkeeping.formats.conftest import COSTS, by_account, document, entry, month, nasty, only, wallet

WORD = re.compile(r'"((?:\\.|[^"\\])*)"|(\{(?:"(?:\\.|[^"\\])*"|[^}"])*\})|(\S+)')


def words(line: str) -> list[str]:
    rest = WORD.sub("", line).strip()
    assert not rest, f"stray signs: {rest!r}"
    return [m[1].replace('\\"', '"') if m[1] is not None else m[2] or m[3] for m in WORD.finditer(line)]


def parse(data: bytes) -> dict[str, Any]:
    """Return tags, accounts and vouchers; raises AssertionError for anything the rules forbid."""
    text = data.decode("cp437")
    assert text.endswith("\r\n") and not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f]", text.replace("\t", ""))
    tags: dict[str, list[list[str]]] = {}
    vouchers: list[dict[str, Any]] = []
    open_voucher: dict[str, Any] | None = None
    for line in text.split("\r\n")[:-1]:
        row = words(line)
        if line == "{":
            open_voucher = vouchers[-1]
        elif line == "}":
            assert open_voucher and sum(amount for _, amount, _ in open_voucher["lines"]) == 0, (
                "a voucher does not balance"
            )
            assert len(open_voucher["lines"]) >= 2
            open_voucher = None
        elif row[0] == "#TRANS":
            assert open_voucher is not None and row[2][0] == "{" and re.fullmatch(r"-?\d+(\.\d\d?)?", row[3])
            assert row[1] in {known[0] for known in tags["#KONTO"]}, "an account that was not named"
            named = words(row[2][1:-1])
            objects = {(known[0], known[1]) for known in tags.get("#OBJEKT", [])}
            assert set(zip(named[::2], named[1::2], strict=True)) <= objects, "an object that was not named"
            open_voucher["lines"].append((row[1], int(Decimal(row[3]) * 100), row[5]))
        elif row[0] == "#VER":
            assert open_voucher is None, "a voucher in a voucher"
            assert row[1] == "P" and row[2] == "", "a number of ours stands where the ledger's goes"
            vouchers.append({"day": row[3], "text": row[4], "lines": []})
        else:
            assert row[0].startswith("#") and row[0].isupper() and not vouchers, line
            tags.setdefault(row[0], []).append(row[1:])
    assert open_voucher is None
    assert {known[0] for known in tags.get("#OBJEKT", [])} <= {known[0] for known in tags.get("#DIM", [])}
    for tag in ("#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#FNAMN"):
        assert tag in tags, f"{tag} is missing"
    assert tags["#FORMAT"] == [["PC8"]] and tags["#SIETYP"] == [["4"]] and tags["#FLAGGA"] == [["0"]] and vouchers
    return {"tags": tags, "vouchers": vouchers}


@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_it_agrees_to_the_cent(entries):
    found: dict[str, int] = {}
    for voucher in parse(only(sie.files(document(entries))))["vouchers"]:
        for account, amount, _ in voucher["lines"]:
            found[account] = found.get(account, 0) + amount
    assert {account: amount for account, amount in found.items() if amount} == by_account(entries)


def test_it_says_whose_books_and_which_year():
    tags = parse(only(sie.files(document(month()))))["tags"]
    assert tags["#FNAMN"] == [['Havblik "Måge" A/S']] and tags["#ORGNR"] == [["556036-0793"]]
    assert tags["#RAR"] == [["0", "20260101", "20261231"]] and tags["#GEN"] == [["20261120"]]


def test_a_batch_over_two_fiscal_years_names_both():
    over = document(month(), first_date=date(2025, 12, 1), last_date=date(2026, 8, 1), fiscal_month=7)
    tags = parse(only(sie.files(over)))["tags"]
    assert tags["#RAR"] == [["0", "20260701", "20270630"], ["-1", "20250701", "20260630"]]


def test_letters_are_code_page_437():
    data = only(sie.files(document([entry(1, COSTS, wallet(0, 10374), merchant="Ærø €Café ß", text='"Åben"')])))
    assert b"Ar\x94".replace(b"A", b"\x92") in data  # Æ as itself, ø as ö
    assert "EURCafé ß".encode("cp437") in data and b'\\"\x8fben\\"' in data


BREAKS = [
    (b"103.74", b"103.75"), (b"#KONTO 4930", b"#KONTO 4931"), (b"#FORMAT PC8", b"#FORMAT ANSI"),
    (b'#VER "P" ""', b'#VER "P" "1"'), (b"103.74", b"103,74"), (b"}\r\n", b""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), BREAKS)
def test_a_broken_copy_is_noticed(old, new):
    data = only(sie.files(document(month())))
    with pytest.raises((AssertionError, KeyError, IndexError)):
        parse(data.replace(old, new, 1))


def test_an_account_of_letters_is_refused():
    from dataclasses import replace

    with pytest.raises(Unwritable):
        only(sie.files(document([entry(1, replace(COSTS, account="49X0"), wallet(0, 10374))])))


def test_the_accepted_sample_passes_the_same_parser():
    from tests.bookkeeping.formats.extf import TABLE

    sample = TABLE.parents[1] / "accepted" / "export.si"
    if not sample.exists():
        pytest.skip("the collected files are not here")
    text = sample.read_bytes().replace(b'#VER "P" "1"', b'#VER "P" ""').replace(b'{"1" "100"}', b"{}")
    assert (
        len(
            parse(
                text.replace(b" {} -125.00\r\n", b' {} -125.00 20261105 ""\r\n').replace(
                    b" {} 25.00\r\n", b' {} 25.00 20261105 ""\r\n'
                )
            )["vouchers"]
        )
        == 1
    )
