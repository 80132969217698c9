"""Newer reference rates from a hostile world, the list as XLSX, and the bank's endpoints."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from lxml import etree

from expenses.exchange import quote
from expenses.load_rates import RatesUnreadable, fetch_rates, load_rates, read_rates
from expenses.models import ReferenceRate, RunSchedule
from pleo.lib.money import Money
from pleo.lib.xlsx import pieces
from tests.conftest import Cast
from tests.expenses.conftest import buy, pay_privately
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api
from tests.expenses.test_paying_back import IBAN_DK

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject><Cube>'
)
TAIL = "</Cube></gesmes:Envelope>"


def a_file(*rates: tuple[str, str, str]) -> bytes:
    cubes = "".join(f'<Cube time="{day}"><Cube currency="{code}" rate="{rate}"/></Cube>' for day, code, rate in rates)
    return f"{HEAD}{cubes}{TAIL}".encode()


def test_newer_rates_are_used_from_their_day_on_and_kept_as_they_were(cast: Cast) -> None:
    before = pay_privately(cast.carol, Money(10_000, "USD"))
    content = a_file(("2026-11-16", "USD", "1.25"), ("2026-11-16", "DKK", "7.5"))
    assert (
        load_rates(content=content, source="test", now=NOW) == 2
        and load_rates(content=content, source="test", now=NOW) == 0
    )
    found = quote(currency="USD", to="DKK", day=date(2026, 11, 18))
    assert found.rate == Decimal(6) and found.published == date(2026, 11, 16)
    assert quote(currency="USD", to="DKK", day=date(2020, 3, 2)).published == date(2020, 3, 2)
    load_rates(content=a_file(("2026-11-16", "USD", "9.99")), source="later", now=NOW)
    assert ReferenceRate.objects.get(currency="USD").rate == Decimal("1.25")
    rate = before.rate
    before.refresh_from_db()
    assert before.rate == rate
    after = pay_privately(cast.carol, Money(10_000, "USD"))
    assert after.amount == 60_000 and after.rate_date == date(2026, 11, 16)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not xml", b"<a/>", f"{HEAD}{TAIL}".encode(), b"\x00" * 10, b"<" * 100_000,
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + a_file(("2026-11-16", "USD", "1")),
        b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>',
        a_file(("2026-11-16", "USD", "0")), a_file(("2026-11-16", "USD", "-1")), a_file(("2026-11-16", "USD", "NaN")),
        a_file(("2026-11-16", "USD", "1e999999")), a_file(("2026-11-16", "USD", "Infinity")), a_file(("soon", "USD", "1")),
        a_file(("2027-01-01", "USD", "1")), a_file(("2026-11-16", "usd", "1")), a_file(("2026-11-16", "ZZZ", "1")),
        a_file(("2026-11-16", "USD", "1"), ("2026-11-16", "USD", "2")), b"x" * (3 * 1024 * 1024),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_anywhere_is_refused_whole(content: bytes) -> None:
    with pytest.raises(RatesUnreadable):
        load_rates(content=content, source="test", now=NOW)
    assert not ReferenceRate.objects.exists()


def test_nothing_is_fetched_without_an_address(settings: Any, monkeypatch: Any) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("urllib.request.urlopen", never)
    for address in ("", "file:///etc/passwd", "http://example.com/a.xml"):
        settings.ECB_RATES_URL = address
        assert fetch_rates(now=NOW) == 0


def test_a_dead_network_changes_nothing(settings: Any, monkeypatch: Any) -> None:
    settings.ECB_RATES_URL = "https://example.com/a.xml"

    def dead(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr("urllib.request.urlopen", dead)
    assert fetch_rates(now=NOW) == 0
    content = a_file(("2026-11-16", "USD", "1.25"))
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: io.BytesIO(content))
    assert fetch_rates(now=NOW) == 1 and ReferenceRate.objects.get().source == "https://example.com/a.xml"


def test_the_command_loads_a_file(tmp_path: Path, capsys: Any) -> None:
    good, bad = tmp_path / "rates.xml", tmp_path / "bad.xml"
    good.write_bytes(a_file(("2026-01-05", "USD", "1.25")))
    bad.write_bytes(b"<a/>")
    call_command("load_rates", good)
    assert "1 new rates" in capsys.readouterr().out
    for wrong in (bad, tmp_path / "none.xml"):
        with pytest.raises(CommandError):
            call_command("load_rates", wrong)
    assert read_rates(good.read_bytes(), today=date(2026, 1, 5))[0][1] == "USD"


# ---- the list as a sheet


def cells(content: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            etree.fromstring(archive.read(name))
        sheet = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [["".join(cell.itertext()) for cell in row] for row in sheet.iter("{*}row")]


def test_the_sheet_has_the_rows_of_the_csv_and_runs_nothing(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    buy(cast.carol, 12_345, '=HYPERLINK("http://x")&<b>')
    buy(cast.carol, 100, "Netto")
    answer = client.get(url("expenses-sheet", cast.dave, "?sort=amount"))
    assert answer["Content-Type"].endswith("sheet") and answer["Content-Disposition"].endswith('.xlsx"')
    rows = cells(b"".join(answer.streaming_content))
    assert len(rows) == 3 and [row[2] for row in rows[1:]] == ["Netto", '=HYPERLINK("http://x")&<b>']
    assert [row[10] for row in rows[1:]] == ["1.00", "123.45"] and rows[1][1] == "46344"
    lines = (
        b"".join(client.get(url("expenses-export", cast.dave, "?sort=amount")).streaming_content).decode().splitlines()
    )
    assert len(lines) == 3 and "2026-11-18" in lines[1] and "1.00" in lines[1]
    only = cells(b"".join(client.get(url("expenses-sheet", cast.dave, "?q=netto")).streaming_content))
    assert len(only) == 2
    foreign = sign_in(cast.mallory).get(url("expenses-sheet", cast.mallory))
    assert len(cells(b"".join(foreign.streaming_content))) == 1


def test_any_python_reader_opens_it() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = iter(["<row><c><v>1</v></c></row>"])
    book = openpyxl.load_workbook(io.BytesIO(b"".join(pieces(rows))))
    assert book.active["A1"].value == 1


# ---- the bank over the API


def test_the_schedule_the_own_account_and_the_bank_s_answer(cast: Cast) -> None:
    api = Api(cast.dave)
    assert api.call("get", "api-run-schedule").json()["interval"] == ""
    body = {"interval": "week", "method": "payroll", "next_on": "2026-12-01"}
    assert api.call("put", "api-run-schedule", body).json() == body
    assert api.call("put", "api-run-schedule", {**body, "method": "sepa"}).status_code == 422
    assert api.call("put", "api-run-schedule", {**body, "interval": ""}).json()["interval"] == ""
    assert not RunSchedule.objects.exists()
    account = {"form": "iban", "number": IBAN_DK, "holder": "Havblik ApS"}
    kept = api.call("put", "api-company-account", account).json()
    assert kept["holder"] == "Havblik ApS" and IBAN_DK.replace(" ", "") not in str(kept)
    assert api.call("put", "api-company-account", {**account, "number": "DK00"}).status_code == 422
    send = Client(raise_request_exception=False).post
    file = SimpleUploadedFile("answer.xml", b"<a/>")
    headers = {"Authorization": f"Bearer {api.secret}"}
    assert send(reverse("api-bank-answers"), {"file": file}, headers=headers).status_code == 422
    assert send(reverse("api-bank-answers"), {}, headers=headers).status_code == 422
    employee = Api(cast.carol)
    for name, data in (("api-run-schedule", body), ("api-company-account", account)):
        assert employee.call("put", name, data).status_code == 403
