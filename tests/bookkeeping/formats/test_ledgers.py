"""beancount, hledger and ledger read what we wrote, and refuse a broken copy of it."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from bookkeeping.formats import ledgers
from bookkeeping.formats.document import Line
from tests.bookkeeping.formats.conftest import by_account, document, entry, month, nasty, only, run

pytestmark = pytest.mark.accounting


def balances(path: Path) -> dict[str, int]:
    """What hledger says stands on each account, by our number, in cents."""
    done = run("hledger", "-f", str(path), "balance", "--flat", "--no-total", "-O", "csv")
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, int] = {}
    for name, amount in list(csv.reader(io.StringIO(done.stdout.decode())))[1:]:
        number = re.search(r":A([0-9A-Za-z]+)-", name)
        assert number, name
        value = Decimal(amount.split()[0]) if amount != "0" else Decimal(0)
        if value:
            found[number[1]] = found.get(number[1], 0) + int(value * 100)
    return found


@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_hledger_agrees_to_the_cent(tmp_path, entries):
    path = tmp_path / "a.journal"
    path.write_bytes(only(ledgers.hledger(document(entries))))
    checked = run("hledger", "-f", str(path), "check", "-s", "ordereddates")
    assert checked.returncode == 0, checked.stderr.decode()
    assert balances(path) == by_account(entries)
    counted = run("hledger", "-f", str(path), "stats").stdout.decode()
    assert re.search(rf"Transactions\s*:\s*{len(entries)} ", counted)


@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_ledger_agrees_to_the_cent(tmp_path, entries):
    path = tmp_path / "a.journal"
    path.write_bytes(only(ledgers.hledger(document(entries))))
    done = run(
        "ledger", "-f", str(path), "--strict", "--pedantic", "--args-only", "balance", "--flat", "--no-total",
        "--format", "%(account)|%(quantity(amount))\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    found = {}
    for line in done.stdout.decode().splitlines():
        name, amount = line.split("|")
        number = re.search(r":A([0-9A-Za-z]+)-", name)
        if number and Decimal(amount):
            found[number[1]] = found.get(number[1], 0) + int(Decimal(amount) * 100)
    assert found == by_account(entries)


@pytest.mark.parametrize("entries", [month(), nasty()], ids=["month", "nasty"])
def test_beancount_finds_no_fault(tmp_path, entries):
    path = tmp_path / "a.beancount"
    path.write_bytes(only(ledgers.beancount(document(entries))))
    done = run("bean-check", str(path))
    assert done.returncode == 0 and not done.stderr and not done.stdout, done.stderr.decode()
    wanted = run("bean-query", "-f", "csv", str(path), "SELECT account, sum(number) GROUP BY account")
    found: dict[str, int] = {}
    for name, amount in list(csv.reader(io.StringIO(wanted.stdout.decode())))[1:]:
        number = re.search(r":A([0-9A-Za-z]+)-", name)
        if Decimal(amount.strip()):
            found[number[1]] = found.get(number[1], 0) + int(Decimal(amount.strip()) * 100)
    assert found == by_account(entries)


BREAKS = {
    "an amount": (b"103.74", b"103.75"), "a sign": (b"-123.45", b"123.45"), "an account nobody opened": (b":A4930-", b":A4931-"),
    "a currency nobody named": (b"103.74 EUR", b"103.74 EUX"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), BREAKS.values(), ids=BREAKS)
def test_a_broken_copy_is_refused(tmp_path, old, new):
    plain, bean = tmp_path / "a.journal", tmp_path / "a.beancount"
    journal = only(ledgers.hledger(document(month())))
    body = journal.index(b"\n\n")
    plain.write_bytes(journal[:body] + journal[body:].replace(old, new, 1))
    assert run("hledger", "-f", str(plain), "check", "-s").returncode
    assert run("ledger", "-f", str(plain), "--strict", "--pedantic", "balance").returncode
    text = only(ledgers.beancount(document(month())))
    body = text.index(b"\n\n")
    bean.write_bytes(text[:body] + text[body:].replace(old, new, 1))
    assert run("bean-check", str(bean)).returncode


def test_accounts_that_look_alike_stay_apart():
    names = {
        ledgers.account_name(Line(number, name, 1, 0))
        for number, name in [("10", "Å"), ("1-0", "A"), ("1 0", "A"), ("10", "Ä"), ("", "10 A"), ("ø", ""), ("æ", "")]
    }
    assert len({name.split(":")[1].split("-")[0] for name in names}) == 6


def test_an_account_without_a_name_can_be_opened(tmp_path):
    path = tmp_path / "a.beancount"
    line = Line("4930", "  ", 100, 0)
    path.write_bytes(only(ledgers.beancount(document([entry(1, line, Line("ß€", "", 0, 100, "asset"))]))))
    assert run("bean-check", str(path)).returncode == 0
