"""Expenses over the API: the same verbs, one shape of refusals, another company's rows are not there."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.create_token import create_token
from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from expenses.models import Category, Expense, TaxCode
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, freeze, make_receipt

pytestmark = pytest.mark.django_db


class Api:
    """A program with a token."""

    def __init__(self, membership: Membership) -> None:
        cache.clear()
        scopes = [word for word in CAPABILITIES if membership.can(word)]
        self.secret = create_token(membership=membership, name="T", scopes=scopes, by=membership).secret

    def call(self, method: str, name: str, body: Any = None, query: str = "", key: str = "", **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"} | ({"Idempotency-Key": key} if key else {})
        data = "" if body is None else json.dumps(body)
        send = getattr(Client(raise_request_exception=False), method)
        path = reverse(name, kwargs=kwargs) + query
        return (
            send(path, headers=headers)
            if method == "get"
            else send(path, data, content_type="application/json", headers=headers)
        )


@pytest.fixture
def api(cast: Cast) -> Api:
    return Api(cast.dave)


def test_the_list_is_paged_and_narrowed(api: Api, cast: Cast) -> None:
    rows = [buy(cast.carol, 100 + n) for n in range(3)]
    buy(cast.mallory)
    answer = api.call("get", "api-expenses", query="?limit=2").json()
    assert [row["number"] for row in answer["results"]] == [3, 2] and answer["next"]
    assert answer["results"][0]["amount"] == 102 and answer["results"][0]["next_step"] == "receipt_missing"
    for query, count in (
        (f"?owner={cast.carol.pk}", 3), (f"?owner={cast.dave.pk}", 0), ("?next_step=ready", 0), ("?payment=cleared", 3),
        ("?kind=refund", 0), ("?purchased_from=2026-11-18T12:00:00Z", 3), ("?purchased_before=2026-11-18T12:00:00Z", 0),
        ("?books_lane=queue", 0),
    ):  # fmt: skip
        assert len(api.call("get", "api-expenses", query=query).json()["results"]) == count, query
    for query in ("?owner=x", "?next_step=moon", "?purchased_from=soon", "?kind=%00"):
        assert api.call("get", "api-expenses", query=query).status_code == 422, query
    assert rows


def test_an_expense_whole(api: Api, cast: Cast) -> None:
    expense = buy(cast.carol)
    whole = api.call("get", "api-expense", expense_id=expense.pk).json()
    assert whole["movements"][0]["amount"] == 14800 and whole["lines"][0]["is_locked"] is False
    assert whole["receipts"] == [] and whole["reviews"] == []
    assert api.call("get", "api-expense", expense_id=buy(cast.mallory).pk).status_code == 404
    assert Api(cast.carol).call("get", "api-expense", expense_id=buy(cast.dave).pk).status_code == 404


def test_coding_by_api(api: Api, cast: Cast) -> None:
    expense = buy(cast.carol, 12500)
    body = {"version": 1, "category": str(category_of(cast.carol, "hotel").pk), "note": "Two nights"}
    answer = api.call("patch", "api-expense", body, expense_id=expense.pk).json()
    assert answer["lines"][0]["tax_amount"] == 2500 and answer["note"] == "Two nights" and answer["version"] > 1
    stale = api.call("patch", "api-expense", body, expense_id=expense.pk)
    assert stale.status_code == 409 and stale.json()["error"]["code"] == "expense_changed"
    answer = api.call(
        "patch", "api-expense", {"tax_amount": 1000, "document_date": "2026-11-17"}, expense_id=expense.pk
    ).json()
    assert (answer["lines"][0]["tax_amount"], answer["document_date"]) == (1000, "2026-11-17")
    answer = api.call("patch", "api-expense", {"tax_amount": 0}, expense_id=expense.pk).json()
    assert answer["lines"][0]["tax_amount"] == 0, "no VAT is a value, not the absence of one"
    cleared = api.call("patch", "api-expense", {"category": None}, expense_id=expense.pk).json()
    assert cleared["lines"][0]["category"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"category": "x"}, {"category": str(uuid4())}, {"tax_amount": -1}, {"tax_amount": 10**30}, {"tax_amount": 1.5},
        {"version": 10**12}, {"note": "x" * 2000}, {"note": "a\x00b"}, {"document_date": "soon"}, {"tax_amount": 10**9}, [],
    ],
)  # fmt: skip
def test_senseless_coding_is_refused(api: Api, cast: Cast, body: Any) -> None:
    answer = api.call("patch", "api-expense", body, expense_id=buy(cast.carol).pk)
    assert answer.status_code == 422 and answer.json()["error"]["message"]


def test_masters_of_another_company_are_no_choice(api: Api, cast: Cast) -> None:
    theirs = Category.objects.filter(company=cast.other).first()
    code = TaxCode.objects.filter(company=cast.other).first()
    assert theirs and code
    for body in ({"category": str(theirs.pk)}, {"tax_code": str(code.pk)}):
        assert api.call("patch", "api-expense", body, expense_id=buy(cast.carol).pk).status_code == 422


def test_receipts_by_api(api: Api, cast: Cast) -> None:
    expense, receipt = buy(cast.carol), make_receipt(cast.carol, total=14800)
    answer = api.call("post", "api-expense-receipts", {"receipt": str(receipt.pk)}, key="k", expense_id=expense.pk)
    again = api.call("post", "api-expense-receipts", {"receipt": str(receipt.pk)}, key="k", expense_id=expense.pk)
    assert answer.status_code == again.status_code == 201 and answer.json() == again.json()
    (attached,) = answer.json()["receipts"]
    gone = api.call("delete", "api-expense-receipt", expense_id=expense.pk, attachment_id=attached["id"])
    assert gone.status_code == 200 and gone.json()["receipts"] == []
    theirs = make_receipt(cast.mallory)
    assert (
        api.call("post", "api-expense-receipts", {"receipt": str(theirs.pk)}, expense_id=expense.pk).status_code == 404
    )
    assert api.call("post", "api-expense-receipts", {}, expense_id=expense.pk).status_code == 422


def test_deciding_by_api(api: Api, cast: Cast) -> None:
    expense = buy(cast.carol)
    answer = api.call("post", "api-expense-approval", {"outcome": "okay"}, expense_id=expense.pk)
    assert answer.status_code == 201 and answer.json()["review"] == "okay"
    for body, status, code in (
        ({"outcome": "okay"}, 409, "already_decided"),
        ({"outcome": "not_okay"}, 422, "reason_missing"),
        ({"outcome": "great"}, 422, "invalid"),
    ):
        refused = api.call("post", "api-expense-approval", body, expense_id=expense.pk)
        assert refused.status_code == status and refused.json()["error"]["code"] == code
    assert api.call("delete", "api-expense-approval", expense_id=expense.pk).json()["review"] == ""
    own = api.call("post", "api-expense-approval", {"outcome": "okay"}, expense_id=buy(cast.dave).pk)
    assert own.status_code == 403 and own.json()["error"]["code"] == "own_expense"
    freeze(expense)
    locked = api.call("post", "api-expense-approval", {"outcome": "okay"}, expense_id=expense.pk)
    assert locked.status_code == 409 and locked.json()["error"]["code"] == "expense_locked"
    assert Expense.objects.get(pk=expense.pk).review == "" and NOON


def test_masters_by_api(api: Api, cast: Cast) -> None:
    for name in ("api-categories", "api-accounts", "api-tax-codes"):
        rows = api.call("get", name, query="?limit=200").json()["results"]
        assert rows and all(row["name"] for row in rows)
