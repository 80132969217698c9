"""libofx reads the statement of the wallet."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from bookkeeping.formats import ofx
from tests.bookkeeping.formats.conftest import document, month, nasty, only, run, wallet_sum


def dumped(path) -> list[tuple[str, int]]:
    """(transaction id, cents) of every transaction that ofxdump finds."""
    done = run("ofxdump", str(path))
    assert done.returncode == 0
    text = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert "LibOFX ERROR" not in text, text
    found = re.findall(r"Financial institution's ID for this transaction: (\w+)(.*?)(?=\n\n)", text, re.S)
    amounts = re.findall(r"Total money amount: (-?[\d.]+)", text)
    assert len(amounts) == len(found)
    return [(key, int(Decimal(amount) * 100)) for (key, _), amount in zip(found, amounts, strict=True)]


@pytest.mark.accounting
@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_libofx_agrees_to_the_cent(tmp_path, entries):
    path = tmp_path / "card.ofx"
    path.write_bytes(only(ofx.files(document(entries))))
    assert run("xmllint", "--noout", str(path)).returncode == 0
    found = dumped(path)
    moved = [each for each in entries if wallet_sum([each])]
    assert sum(amount for _, amount in found) == wallet_sum(entries)
    assert [key for key, _ in found] == [each.key for each in moved]


@pytest.mark.accounting
@pytest.mark.parametrize("broken", [(b"</STMTTRN>", b""), (b"<CURDEF>EUR", b"<CURDEF"), (b"-123.45", b"-123.46")])
def test_a_broken_copy_is_noticed(tmp_path, broken):
    path = tmp_path / "card.ofx"
    path.write_bytes(only(ofx.files(document(month()))).replace(*broken))
    well_formed = run("xmllint", "--noout", str(path)).returncode == 0
    assert not well_formed or sum(amount for _, amount in dumped(path)) != wallet_sum(month())


def test_the_balance_and_the_days_stand_in_it():
    data = only(ofx.files(document(month())))
    assert b"<BALAMT>8123.45</BALAMT>" in data and b"<DTSTART>20261101000000.000[+0:UTC]</DTSTART>" in data


def test_an_id_is_the_same_in_every_export():
    first, second = (only(ofx.files(document(month(), number=number))) for number in (7, 8))
    ids = [re.findall(rb"<FITID>(\w+)", data) for data in (first, second)]
    assert ids[0] == ids[1] and len(set(ids[0])) == len(ids[0]) == 6
