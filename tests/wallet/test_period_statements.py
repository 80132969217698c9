"""Statements of any period and any wallet: page, table, document."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pypdfium2
import pytest

from tests.cards.play import NOON, kroner, wallet
from tests.conftest import Cast
from tests.wallet.test_pages import at, pay_in, spend
from wallet.move_money import move_money
from wallet.open_sub_wallet import open_sub_wallet

BASE = "/c/havblik/wallet/statements"


@pytest.fixture
def sub(cast: Cast) -> Any:
    account = wallet(cast.company)
    pay_in(account, 100_000, at(9, 10), "Łódź & Sønner €")
    spend(account, 30_000, at(9, 20), "Hotel Skagerrak")
    made = open_sub_wallet(name="Havnehuset", by=cast.dave, now=NOON)
    move_money(source=wallet(cast.company), target=made, amount=kroner(25_000), key=uuid4(), by=cast.dave, now=NOON)
    return made


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_any_period_opens_and_closes(sub: Any, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.bob)
    page = client.get(f"{BASE}/period/?start=2026-09-15&end=2026-09-20").content.decode()
    assert "Hotel Skagerrak" in page and "Łódź" not in page and "agrees" in page
    file = b"".join(client.get(f"{BASE}/period.csv?start=2026-09-15&end=2026-09-20").streaming_content).decode()
    rows = [line.split(",") for line in file.splitlines()[1:]]
    assert (rows[0][1], rows[0][5]) == ("opening", "1000.00")
    assert (rows[-1][1], rows[-1][5]) == ("closing", "700.01")
    of_sub = client.get(f"{BASE}/period/?start=2026-11-01&end=2026-11-30&wallet={sub.pk}").content.decode()
    assert "Havnehuset" in of_sub and "Hotel" not in of_sub


def test_the_document_says_what_the_page_says(sub: Any, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.bob)
    response = client.get(f"{BASE}/2026-09/statement.pdf")
    assert response["Content-Type"] == "application/pdf"
    said = text_of(response.content)
    for words in ("Havblik", "Hotel Skagerrak", "Sønner", "1.000,00", "700,01", "agrees"):
        assert words in said.replace("\u00a0", " "), words
    assert client.get(f"{BASE}/2026-09/statement.pdf").content == response.content
    assert client.get(f"{BASE}/period.pdf?start=2026-09-01&end=2026-09-30").status_code == 200


def test_a_document_of_many_pages(sub: Any, cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    for number in range(60):
        pay_in(wallet(cast.company), 100 + number, at(8, 3), f"Payer {number}")
    client = sign_in(cast.bob)
    data = client.get(f"{BASE}/2026-08/statement.pdf").content
    assert len(pypdfium2.PdfDocument(data)) == 2
    assert "Payer 0" in text_of(data) and "Payer 59" in text_of(data)
    monkeypatch.setattr("wallet.views_statements.PDF_LINES", 59)
    refused = client.get(f"{BASE}/2026-08/statement.pdf")
    assert refused.status_code == 422 and "shorter period" in refused.content.decode()


def test_the_list_of_months(sub: Any, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.bob)
    page = client.get(f"{BASE}/").content.decode()
    assert "September 2026" in page and "Any period" in page
    file = b"".join(client.get(f"{BASE}/statements.csv").streaming_content).decode()
    assert "2026-09,0.00,1000.01,300.00,700.01,DKK" in file
    assert "September 2026" not in client.get(f"{BASE}/?wallet={sub.pk}").content.decode()


@pytest.mark.parametrize(
    "query", ["", "start=x&end=y", "start=2026-09-20&end=2026-09-15", "start=1800-01-01&end=2026-01-01", "end=9999-12-31&start=2026-01-01"]
)  # fmt: skip
def test_a_period_that_makes_no_sense(cast: Cast, sign_in: Any, query: str) -> None:
    client = sign_in(cast.bob)
    for end in ("period/", "period.csv", "period.pdf"):
        assert client.get(f"{BASE}/{end}?{query}").status_code == 422


def test_another_companys_wallet_is_not_shown(sub: Any, cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.mallory).get(f"/c/strandgut/wallet/statements/2026-11/?wallet={sub.pk}").content.decode()
    assert "Havnehuset" not in page
