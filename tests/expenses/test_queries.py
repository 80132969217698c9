"""Lists and pages ask the database a fixed number of questions, however many rows they show."""

from __future__ import annotations

from typing import Any

import pytest

from expenses.attach import attach
from expenses.match_receipt import match_receipt
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, make_receipt
from tests.expenses.test_pages import url

pytestmark = pytest.mark.django_db

# What a page may cost, the frame around it included. Only ever make these smaller.
MOST = {"list": 19, "own": 14, "figures": 18, "panel": 26, "inbox": 17, "masters": 14, "export": 12}


def fill(cast: Cast, count: int) -> Any:
    for number in range(count):
        expense = buy(cast.carol, 100 + number, merchant_amount=5, merchant_currency="EUR")
        attach(expense=expense, receipt=make_receipt(cast.carol, total=100 + number), by=cast.carol, now=NOON)
        match_receipt(receipt=make_receipt(cast.carol, total=100 + number), now=NOON)
    return expense


@pytest.mark.parametrize("count", [2, 12])
def test_pages(cast: Cast, sign_in: Any, django_assert_max_num_queries: Any, count: int) -> None:
    expense = fill(cast, count)
    alice, carol = sign_in(cast.alice), sign_in(cast.carol)
    for client, person, name, most in (
        (alice, cast.alice, "expenses", "list"),
        (carol, cast.carol, "expenses", "own"),
        (alice, cast.alice, "expenses-figures", "figures"),
        (alice, cast.alice, "receipts", "inbox"),
        (alice, cast.alice, "books-accounts", "masters"),
    ):
        client.get(url(name, person))
        with django_assert_max_num_queries(MOST[most]):
            assert client.get(url(name, person)).status_code == 200
    with django_assert_max_num_queries(MOST["panel"]):
        alice.get(url("expense", cast.alice, expense_id=expense.pk), headers={"HX-Request": "true"})
    with django_assert_max_num_queries(MOST["export"]):
        b"".join(alice.get(url("expenses-export", cast.alice)).streaming_content)
