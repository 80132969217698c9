"""Bank statements read into lines: every form, and everything a file can be that is no statement."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pleo.lib.money import Money
from tests.wallet.bank_files import Booking, camt, swift
from wallet.line_keys import line_keys
from wallet.statements import StatementUnreadable, read
from wallet.statements.bounded import read_bounded

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
BANK = DATA / "bank"
KNOWN = pytest.mark.skipif(not BANK.exists(), reason="the banks' own examples are not on this machine")

TWO = [
    Booking("250.00", "PLEO-7QK2MFVB", ref="R1", structured="RF18539007547034"),
    Booking("-75.50", "Rent", ref="R2", payer="Landlord", end_to_end="E2E-7"),
]


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_camt_053(version: str) -> None:
    [statement] = read(camt(TWO, version=version))
    assert (statement.form, statement.account) == (f"camt.053.001.{version}", "DK5000400440116243")
    assert (statement.opening, statement.closing) == (Money(10_000, "DKK"), Money(27_450, "DKK"))
    assert statement.is_verified
    came, went = statement.lines
    assert (came.direction, came.amount, came.booked_on) == ("credit", Money(25_000, "DKK"), date(2026, 11, 18))
    assert (came.reference, came.text, came.counterparty) == ("RF18539007547034", "PLEO-7QK2MFVB", "Havblik ApS")
    assert (came.counterparty_account, came.end_to_end_id) == ("DE89370400440532013000", "")
    assert (went.direction, went.amount, went.signed) == ("debit", Money(7_550, "DKK"), Money(-7_550, "DKK"))
    assert (went.counterparty, went.end_to_end_id) == ("Landlord", "E2E-7")


def test_camt_054_has_no_balances_and_the_same_lines() -> None:
    [statement] = read(camt(TWO, kind="054"))
    assert statement.opening is None and not statement.is_verified
    [whole] = read(camt(TWO))
    assert line_keys([statement]) == line_keys([whole])


def test_mt940() -> None:
    [statement] = read(swift(TWO))
    assert (statement.form, statement.account) == ("mt940", "37040044/532013000")
    assert (statement.opening, statement.closing) == (Money(10_000, "DKK"), Money(27_450, "DKK"))
    assert [line.signed.amount for line in statement.lines] == [25_000, -7_550]
    assert "PLEO-7QK2MFVB" in statement.lines[0].text
    assert statement.lines[0].bank_reference == "R1"


def test_mt940_in_the_encodings_that_banks_use() -> None:
    data = swift([Booking("1.00", "Ærø Køb", payer="Sørensen")]).decode()
    for encoded in (data.encode(), data.encode("cp1252"), b"\xef\xbb\xbf" + data.encode(), data.encode("utf-16")):
        [statement] = read(encoded)
        assert "Sørensen Ærø" in statement.lines[0].text


def test_camt_in_other_encodings() -> None:
    text = camt([Booking("1.00", "Ærø")]).decode()
    for name in ("ISO-8859-1", "UTF-16"):
        encoded = text.replace('encoding="UTF-8"', f'encoding="{name}"').encode(name)
        assert read(encoded)[0].lines[0].text == "Ærø"


def test_a_batch_is_itemised_when_its_items_make_up_the_entry() -> None:
    one = camt([Booking("30.00", ref="B1")]).decode()
    items = "".join(
        f"<TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs><Amt Ccy='DKK'>{amount}</Amt></TxDtls>"
        for n, amount in ((1, "10.00"), (2, "20.00"))
    )
    start, end = one.index("<TxDtls>"), one.index("</NtryDtls>")
    [statement] = read((one[:start] + items + one[end:]).encode())
    assert [(line.part, line.amount.amount, line.end_to_end_id) for line in statement.lines] == [
        (1, 1_000, "E1"),
        (2, 2_000, "E2"),
    ]
    [statement] = read((one[:start] + items.replace("20.00", "21.00") + one[end:]).encode())
    assert [(line.part, line.amount.amount) for line in statement.lines] == [(0, 3_000)]


def test_what_is_not_booked_is_no_line() -> None:
    data = camt([Booking("30.00")], kind="054").replace(b"BOOK", b"PDNG")
    assert read(data)[0].lines == ()


XXE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>&x;</Id></Stmt></BkToCstmrStmt></Document>"""
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b']><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>&m;</BkToCstmrStmt></Document>'
)
ONE = camt([Booking("5.00")])
NO_DAY = ONE.replace(b"2026-11-18</Dt></BookgDt><ValDt><Dt>2026-11-18", b"x</Dt></BookgDt><ValDt><Dt>2026-13-41")
HOSTILE: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "empty"),
    ("blanks", b" \r\n\x00", "empty"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + b"\x00" * 400, "unknown_format"),
    ("a table", b"date;amount\n2026-11-18;5", "unknown_format"),
    ("other XML", b"<html><body/></html>", "unknown_format"),
    ("an entity that reads a file", XXE, "doctype"),
    ("entities that grow", LAUGHS, "doctype"),
    ("cut off", ONE[: len(ONE) // 2], "broken"),
    ("a version nobody sends yet", camt([], version="14"), "unknown_version"),
    ("an intraday report", ONE.replace(b"camt.053", b"camt.052"), "unknown_version"),
    ("no statement inside", ONE.replace(b"Stmt>", b"Other>"), "broken"),
    ("only a header", b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>', "no_statement"),
    ("a wrong balance", camt([Booking("5.00")], closing="104.99"), "balance"),
    ("an amount below zero", ONE.replace(b">5.00<", b">-5.00<"), "amount"),
    ("an amount that is a word", ONE.replace(b">5.00<", b">five<"), "amount"),
    ("a fraction of a cent", ONE.replace(b">5.00<", b">5.001<"), "amount"),
    ("an amount without end", ONE.replace(b">5.00<", b">" + b"9" * 400 + b"<"), "amount"),
    ("more than there is", ONE.replace(b">5.00<", b">" + b"9" * 18 + b"<"), "amount"),
    ("a made-up currency", ONE.replace(b"'DKK'", b"'ABC'"), "amount"),
    ("no direction", ONE.replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<Sts>"), "incomplete"),
    ("no day", ONE.replace(b"<BookgDt><Dt>2026-11-18</Dt></BookgDt><ValDt><Dt>2026-11-18</Dt></ValDt>", b""), "incomplete"),
    ("a day that is none", NO_DAY, "incomplete"),
    ("deep nesting", b"<a>" * 100_000, "broken"),
    ("MT940 cut off", swift([Booking("5.00")]).split(b":62F:")[0], "broken"),
    ("MT940 with a wrong balance", swift([Booking("5.00")], closing="104,99"), "balance"),
    ("MT940 with a broken line", swift([Booking("5.00")]).replace(b":61:261118", b":61:999999"), "broken"),
    ("MT940 with an old currency", swift([Booking("5.00")], currency="DEM"), "amount"),
    ("MT940 with a field that never ends", swift([Booking("5.00", "x" * 9_000)]), "broken"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_what_is_no_statement_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(StatementUnreadable) as refused:
        read(data)
    assert refused.value.reason == reason
    assert refused.value.message()


def test_lines_are_bounded() -> None:
    for data in (camt([Booking("5.00")] * 6), swift([Booking("5.00")] * 6)):
        assert len(read(data, max_lines=6)[0].lines) == 6
        with pytest.raises(StatementUnreadable) as refused:
            read(data, max_lines=5)
        assert refused.value.reason == "too_many_lines"


def test_reading_happens_elsewhere_and_ends(tmp_path: Path) -> None:
    file = tmp_path / "statement"
    file.write_bytes(camt(TWO))
    assert read_bounded(file) == read(camt(TWO))
    file.write_bytes(LAUGHS)
    with pytest.raises(StatementUnreadable) as refused:
        read_bounded(file)
    assert refused.value.reason == "doctype"


def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("wallet.statements.bounded.WAIT_SECONDS", 0.01)
    (tmp_path / "statement").write_bytes(camt(TWO))
    with pytest.raises(StatementUnreadable) as refused:
        read_bounded(tmp_path / "statement")
    assert refused.value.reason == "too_slow"


def test_ten_thousand_lines_are_quick() -> None:
    many = [Booking("5.00", f"Payment {n}", ref=f"R{n}") for n in range(10_000)]
    for data in (camt(many), swift(many)):
        before = time.process_time()
        assert len(read(data)[0].lines) == 10_000
        assert time.process_time() - before < 20


def test_equal_lines_of_a_day_stay_two() -> None:
    twice = [Booking("5.00", "Same"), Booking("5.00", "Same")]
    [one, two] = line_keys(read(camt(twice)))[0]
    assert one != two
    assert line_keys(read(camt(twice, version="02", opening="7.00"))) == [[one, two]]


@KNOWN
def test_examples_of_banks() -> None:
    v8 = read((BANK / "camt" / "camt053.v8.xml").read_bytes(), must_add_up=False)
    assert [len(each.lines) for each in v8] == [1] and v8[0].lines[0].amount.currency == "EUR"
    multi = read((BANK / "camt" / "camt053.v2.multi.statement.xml").read_bytes())
    assert [(each.opening, each.closing) for each in multi] == [
        (Money(1815, "EUR"), Money(2700, "EUR")),
        (Money(2700, "EUR"), Money(2000, "EUR")),
    ]
    sepa = read((BANK / "mt940" / "sepa_mt9401.sta").read_bytes())
    assert len(sepa) == 26 and sum(len(each.lines) for each in sepa) == 97
    for name, count in (("abnamro", 10), ("ing", 7)):
        found = read((BANK / "mt940" / f"{name}.sta").read_bytes(), must_add_up=False)
        assert sum(len(each.lines) for each in found) == count
