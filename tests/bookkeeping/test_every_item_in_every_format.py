"""One company with a fact of every kind, written in every format: read back by each format's reader, to the cent."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from bookkeeping import sources
from bookkeeping.formats.document import BookEntry
from bookkeeping.formats.registry import FORMATS
from bookkeeping.models import BookItem
from bookkeeping.months import Period
from bookkeeping.preview import preview
from cards.models import ClearingKind
from expenses.mark_payout import mark_payout
from expenses.mark_private import mark_private
from expenses.settle_by_hand import settle_by_hand
from pleo.lib.money import Money
from tests.bookkeeping.conftest import NOW, account, claim, make_ready, purchase, settle, top_up
from tests.bookkeeping.formats import extf, imports
from tests.bookkeeping.formats.conftest import by_account, run, wallet_sum
from tests.bookkeeping.formats.test_fec import faults as fec_faults
from tests.bookkeeping.formats.test_sie import parse
from tests.bookkeeping.test_every_item import DAY, abroad, own_account, paid_run, set_accounts
from tests.bookkeeping.test_export_books import everything, write
from tests.expenses.test_paying_back import okay
from wallet.models import AccountKind, TransferCode
from wallet.move_money import move_money
from wallet.open_sub_wallet import open_sub_wallet
from wallet.transfer import transfer


def dkk(amount: int) -> Money:
    return Money(amount, "DKK")


@pytest.fixture
def year(cast: Any) -> Any:
    """Purchase, cash, refund, chargeback, claim, private part, exchange difference, top-up, two wallets, dispute and its end, fee,
    payout, one that came back, repayment and deduction."""
    company = cast.company
    top_up(company, 500_000)
    site = open_sub_wallet(name="Site", by=cast.dave, now=NOW)
    own_account(cast, site)
    move_money(
        source=account(company),
        target=site,
        amount=dkk(2500),
        key=uuid4(),
        by=cast.dave,
        now=timezone.now(),
        note="Site",
    )
    purchase(cast.carol, 12500, merchant='Say "ø"; Å,\tß €|😀\n=x')
    for kind in (ClearingKind.CASH, ClearingKind.REFUND, ClearingKind.CHARGEBACK):
        make_ready(settle(None, 2500, kind=kind, holder=cast.carol, merchant="Bauhaus").expense)
    claim(cast.dave, 5000)
    set_accounts(cast, exchange_apart=True)
    abroad(cast, 7000, 7100)
    okay(cast.carol, cast.dave, 9000)
    mark_private(expense=purchase(cast.carol, 4000), by=cast.carol, amount=dkk(4000), now=NOW)
    payout = paid_run(cast)
    mark_payout(payout=payout, outcome="failed", by=cast.dave, day=DAY, now=NOW)
    mark_private(expense=purchase(cast.bob, 4000), by=cast.bob, amount=dkk(4000), now=NOW)
    for kind in ("repayment", "deduction"):
        settle_by_hand(person=cast.bob, by=cast.dave, amount=dkk(150), kind=kind, day=DAY, client_key=kind, now=NOW)
    for debit, credit, code in (
        (AccountKind.DISPUTES, AccountKind.WALLET, TransferCode.PROVISIONAL_CREDIT),
        (AccountKind.WALLET, AccountKind.DISPUTES, TransferCode.PROVISIONAL_CREDIT_BACK),
    ):
        transfer(
            debit=account(company, debit), credit=account(company, credit), amount=dkk(700), code=code, subject=company,
            booked_at=NOW, value_date=DAY,
        )  # fmt: skip
    sources.sweep(now=timezone.now() + timedelta(hours=2))
    for item in BookItem.objects.filter(company=company).exclude(expense=None):
        make_ready(item.expense)
    return cast


def entries_of(cast: Any) -> list[BookEntry]:
    batch = preview(company=cast.company, formats=["csv"], period=Period(None, None), as_of=NOW)
    return list(batch.document().entries())


def cents(text: str) -> int:
    return int(Decimal(text.replace(",", ".") or 0) * 100)


Sums = dict[str, int]
Reader = Callable[[Path, bytes], Iterator[tuple[str, int]]]


def _rows(data: bytes, codec: str, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(codec), newline=""), delimiter=separator))


def _csv(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    for row in _rows(data, "utf-8-sig", ";"):
        yield row["Account"], cents(row["Debit"]) - cents(row["Credit"])


def _xlsx(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    heads, *rows = load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    places = [heads.index(name) for name in ("Account", "Debit", "Credit")]
    for row in rows:
        number, debit, credit = (row[place] for place in places)
        yield str(number), round(Decimal(str(debit or 0)) * 100) - round(Decimal(str(credit or 0)) * 100)


def _datev(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert extf.faults(data) == []
    for row in extf.bookings(data):
        amount = cents(row["Umsatz (ohne Soll/Haben-Kz)"]) * (1 if row["Soll/Haben-Kennzeichen"] == "S" else -1)
        yield row["Konto"], amount
        yield row["Gegenkonto (ohne BU-Schlüssel)"], -amount


def _sie(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    for voucher in parse(data)["vouchers"]:
        yield from ((number, amount) for number, amount, _ in voucher["lines"])


def _fec(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert fec_faults(data) == []
    for row in _rows(data, "utf-8", "\t"):
        yield row["CompteNum"], cents(row["Debit"]) - cents(row["Credit"])


def _xero(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert imports.xero_journal(data) == []
    yield from ((row["*AccountCode"], cents(row["*Amount"])) for row in _rows(data, "utf-8"))


def _bills(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert imports.xero_bills(data, rates={"No VAT": Decimal(0)}) == []
    yield from ((row["*AccountCode"], cents(row["*UnitAmount"])) for row in _rows(data, "utf-8"))


def _bank(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert imports.xero_bank(data) == []
    yield from (("wallet", cents(row["*Amount"])) for row in _rows(data, "utf-8"))


def _quickbooks(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert imports.quickbooks(data) == []
    yield from ((row["AccountName"], cents(row["Debits"]) - cents(row["Credits"])) for row in _rows(data, "utf-8"))


def _sage(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert imports.sage(data) == []
    for row in _rows(data, "cp1252"):
        sign, net, tax = 1 if row["Type"] in ("VP", "JD") else -1, cents(row["Net Amount"]), cents(row["Tax Amount"])
        assert not tax, "nobody named Sage's codes"
        yield row["Nominal A/C Ref"], sign * net
        if row["Account Reference"]:
            yield row["Account Reference"], -sign * net


def _ofx(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert run("xmllint", "--noout", str(path)).returncode == 0
    yield from (("wallet", cents(amount)) for amount in re.findall(r"<TRNAMT>(-?[\d.]+)<", data.decode()))


def _hledger(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    assert run("hledger", "-f", str(path), "check", "-s").returncode == 0
    shown = run("hledger", "-f", str(path), "balance", "--flat", "--no-total", "-O", "csv").stdout.decode()
    for name, amount in list(csv.reader(io.StringIO(shown)))[1:]:
        yield re.findall(r":A([0-9A-Za-z]+)-", name)[0], cents(amount.split()[0])


def _beancount(path: Path, data: bytes) -> Iterator[tuple[str, int]]:
    done = run("bean-check", str(path))
    assert done.returncode == 0 and not done.stderr
    asked = "SELECT account, sum(number) GROUP BY account"
    for name, amount in list(csv.reader(io.StringIO(run("bean-query", "-f", "csv", str(path), asked).stdout.decode())))[
        1:
    ]:
        yield re.findall(r":A([0-9A-Za-z]+)-", name)[0], cents(amount.strip())


READERS: dict[str, Reader] = {
    "csv": _csv, "xlsx": _xlsx, "datev": _datev, "sie": _sie, "fec": _fec, "xero": _xero, "xero_bills": _bills,
    "xero_bank": _bank, "quickbooks": _quickbooks, "sage": _sage, "beancount": _beancount, "hledger": _hledger, "ofx": _ofx,
}  # fmt: skip
PROGRAMS = {"beancount", "hledger", "ofx"}


def expected(key: str, entries: list[BookEntry]) -> Sums:
    if key in ("xero_bank", "ofx"):
        return {"wallet": wallet_sum(entries)}
    found: Counter[str] = Counter()
    if key == "xero_bills":
        for line in (line for each in entries if each.expense for line in each.lines if line.role != "contra"):
            found[line.account] += line.signed
    elif key == "quickbooks":
        for line in (line for each in entries for line in each.lines):
            found[line.name] += line.signed
    else:
        return by_account(entries)
    return {name: amount for name, amount in found.items() if amount}


def test_the_year_holds_every_kind_and_every_format_has_a_reader(year):
    sums = by_account(entries_of(year))
    items = BookItem.objects.filter(company=year.company)
    kinds = set(items.exclude(balance_entry=None).values_list("balance_entry__kind", flat=True))
    codes = set(items.exclude(transfer=None).values_list("transfer__code", flat=True))
    clearings = set(items.exclude(movement=None).values_list("movement__clearing__kind", flat=True))
    assert kinds >= {"payout", "repayment", "deduction"} and {"purchase", "cash", "refund", "chargeback"} <= clearings
    assert codes >= {"top_up", "internal", "provisional_credit", "provisional_credit_back"}
    assert sums["4470"] == 100, "an exchange difference"
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=[pytest.mark.accounting] if key in PROGRAMS else []) for key in FORMATS]
)
def test_each_format_says_the_same_to_the_cent_and_changes_nothing(year, tmp_path, key):
    before = everything()
    files, again = (write(tmp_path, year.company, key) for _ in range(2))
    assert files == again and everything() == before
    found: Counter[str] = Counter()
    for name, data in files.items():
        if not name.endswith("-changes.csv"):
            path = tmp_path / name
            path.write_bytes(data)
            for account_number, amount in READERS[key](path, data):
                found[account_number] += amount
    assert {number: amount for number, amount in found.items() if amount} == expected(key, entries_of(year))
