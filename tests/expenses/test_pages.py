"""The pages of expenses: each opens for whom it should, works without script, and survives nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from expenses.models import Expense
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, category_of, freeze, make_receipt, pay_privately

pytestmark = pytest.mark.django_db


def url(name: str, person: Any, query: str = "", **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": person.company.slug, **kwargs}) + query


@pytest.fixture
def some(cast: Cast) -> dict[str, Expense]:
    """A few expenses at different steps."""
    from expenses.attach import attach
    from expenses.record_authorization import record

    bought = buy(cast.carol, 14800)
    attach(
        expense=bought,
        receipt=make_receipt(cast.carol, total=14800, tax=2960, merchant="Kaffebar"),
        by=cast.carol,
        now=NOON,
    )
    reserved = record(authorization=authorize(cast.carol, 30000, "Rejsekort"))
    foreign = buy(cast.lena, 51474, "Birkhäuser", merchant_amount=6900, merchant_currency="EUR", merchant_country="DE")
    claimed = pay_privately(cast.carol)
    frozen = freeze(buy(cast.carol, 9900, "Proshop"))
    assert reserved
    return {"bought": bought, "reserved": reserved, "foreign": foreign, "claimed": claimed, "frozen": frozen}


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "dave", "lena"])
@pytest.mark.parametrize("step", ["bought", "reserved", "foreign", "claimed", "frozen"])
def test_an_expense_opens_for_who_may_see_it(cast: Cast, some: Any, sign_in: Any, who: str, step: str) -> None:
    person, expense = getattr(cast, who), some[step]
    response = sign_in(person).get(url("expense", person, expense_id=expense.pk))
    may = who != "carol" or expense.owner == person
    assert response.status_code == (200 if may else 404)
    if may:
        assert expense.merchant in response.content.decode()


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "lena"])
def test_the_list_opens(cast: Cast, some: Any, sign_in: Any, who: str) -> None:
    person = getattr(cast, who)
    client = sign_in(person)
    for query in (
        "",
        "?step=ready",
        "?q=kaffe",
        "?sort=person",
        "?sort=-amount",
        "?q=%23" + str(some["bought"].number),
    ):
        assert client.get(url("expenses", person, query)).status_code == 200
    assert client.get(url("expenses", person, "?q=kaffe"), headers={"HX-Request": "true"}).status_code == 200
    assert client.get(url("expenses-figures", person)).status_code == 200
    assert client.get(url("receipts", person)).status_code == 200
    for name in ("expenses-export", "receipts-export"):
        assert b"".join(client.get(url(name, person)).streaming_content).startswith(b"\xef\xbb\xbf")


def test_the_panel_is_a_fragment_for_htmx(cast: Cast, some: Any, sign_in: Any) -> None:
    client, here = sign_in(cast.alice), url("expense", cast.alice, "?step=check_reading", expense_id=some["bought"].pk)
    whole = client.get(here).content.decode()
    part = client.get(here, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole and 'id="panel"' in whole and 'id="expense-list"' in whole
    assert "<html" not in part and part.strip().startswith("<aside")
    closed = client.get(
        url("expenses", cast.alice), headers={"HX-Request": "true", "HX-Target": "panel"}
    ).content.decode()
    assert closed.strip() == '<div id="panel"></div>'


def test_masters_open_and_save(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.alice)
    for what in ("categories", "accounts", "tax-codes"):
        assert client.get(url("books-accounts", cast.alice, f"?what={what}&q=a")).status_code == 200
        assert client.get(url("books-master-create", cast.alice, what=what)).status_code == 200
        assert client.get(url("books-accounts-export", cast.alice, f"?what={what}")).status_code == 200
    assert client.get(url("books-accounts", cast.alice, "?what=nonsense")).status_code == 404
    category = category_of(cast.alice)
    assert client.get(url("books-master", cast.alice, what="categories", master_id=category.pk)).status_code == 200


def test_a_claim_begins_with_the_photo(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.carol)
    assert client.get(url("expense-create", cast.carol)).status_code == 200
    receipt = make_receipt(cast.carol, total=5000, merchant="Apoteket")
    page = client.get(url("expense-create", cast.carol, f"?receipt={receipt.pk}")).content.decode()
    assert 'value="50,00"' in page and 'value="Apoteket"' in page
