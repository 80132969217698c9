"""The pages and the API of what people sign instead of receipts."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from expenses.change_receipt_rules import change_receipt_rules
from expenses.models import Declaration, Expense, ReceiptRules
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy
from tests.expenses.test_declare import sign

pytestmark = pytest.mark.django_db
SIGNED = {"reason": "never_given", "text": "", "purpose": "Parking at the client", "signed": "on"}


def url(name: str, person: Any, **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": person.company.slug, **kwargs})


def test_signing_from_the_page(cast: Cast, sign_in: Any) -> None:
    expense, client = buy(cast.carol), sign_in(cast.carol)
    where = url("expense-declaration", cast.carol, expense_id=expense.pk)
    assert where in client.get(url("expense", cast.carol, expense_id=expense.pk)).content.decode()
    assert "Sign" in client.get(where).content.decode()
    for wrong in (
        {"signed": ""},
        {"purpose": "  "},
        {"reason": "because"},
        {"reason": "other"},
        {"purpose": "x" * 301},
    ):
        response = client.post(where, {**SIGNED, **wrong})
        assert response.status_code == 422 and not Declaration.objects.exists(), wrong
    assert client.post(where, SIGNED).status_code == 303
    page = client.get(url("expense", cast.carol, expense_id=expense.pk)).content.decode()
    assert "Signed instead of a receipt" in page and where not in page
    assert client.post(where, SIGNED).status_code == 409


def test_others_cannot_sign_for_somebody(cast: Cast, sign_in: Any) -> None:
    expense = buy(cast.carol)
    assert (
        sign_in(cast.dave).post(url("expense-declaration", cast.dave, expense_id=expense.pk), SIGNED).status_code == 409
    )
    other = sign_in(cast.mallory).get(url("expense-declaration", cast.mallory, expense_id=expense.pk))
    assert other.status_code == 404


def test_finance_decides_on_the_page(cast: Cast, sign_in: Any) -> None:
    change_receipt_rules(by=cast.dave, now=NOON, declaration_review_above=0, declarations_per_quarter=1)
    made, client = sign(buy(cast.carol)), sign_in(cast.dave)
    listed = client.get(url("declarations", cast.dave)).content.decode()
    assert "Waits for finance" in listed and "Carol" in listed and "1 person signed as often" in listed
    where = url("declaration-decision", cast.dave, declaration_id=made.pk)
    assert client.post(where, {"outcome": "refuse", "reason": ""}).status_code == 422
    assert client.post(where, {"outcome": "perhaps"}).status_code == 303
    assert client.post(where, {"outcome": "accept"}).status_code == 303
    made.refresh_from_db()
    assert made.status == "accepted"
    assert client.post(where, {"outcome": "refuse", "reason": "Ask them"}).status_code == 303
    page = sign_in(cast.carol).get(url("expense", cast.carol, expense_id=made.expense_id)).content.decode()
    assert "Ask them" in page


def test_the_list_is_narrowed_sorted_paged_and_streamed(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        sign(buy(cast.carol, 1000 + number, f"Shop {number}"), text="=1+1", purpose="=cmd()")
    client = sign_in(cast.dave)
    where = url("declarations", cast.dave)
    client.get(where)
    with django_assert_max_num_queries(14):
        assert client.get(where).content.decode().count("Shop ") == 4
    assert client.get(where, {"q": "shop 0"}).content.decode().count("Shop ") == 1
    assert "Nothing matches" in client.get(where, {"status": "refused"}).content.decode()
    for nonsense in ({"sort": "x"}, {"cursor": "%00"}, {"status": "\x00"}, {"q": "\x00" * 200}):
        assert client.get(where, nonsense).status_code == 200
    text = b"".join(client.get(url("declarations-export", cast.dave)).streaming_content).decode()
    assert text.count("Shop ") == 4 and "10.03" in text and "'=cmd()" in text
    assert sign_in(cast.carol).get(where).status_code == 403


def test_the_rules_are_saved_and_refused(cast: Cast, sign_in: Any) -> None:
    client, where = sign_in(cast.dave), url("settings-receipts", cast.dave)
    assert client.get(where).status_code == 200
    for wrong in (
        {"declaration_review_above": "-1"},
        {"declarations_per_quarter": "-1"},
        {"declaration_review_above": "x"},
    ):
        assert client.post(where, {"part": "declarations", **wrong}).status_code == 422
    assert client.post(where, {"part": "nonsense"}).status_code == 422
    values = {"part": "declarations", "declarations_allowed": "on", "declaration_review_above": "500"}
    assert client.post(where, values).status_code == 303
    rules = ReceiptRules.objects.get(company=cast.company)
    assert (rules.declaration_review_above, rules.declarations_per_quarter) == (50000, None)


def test_the_api_signs_lists_and_decides(cast: Cast, client: Any) -> None:
    from accounts.create_token import create_token

    def token(person: Any, *scopes: str) -> dict[str, Any]:
        made = create_token(membership=person, name="t", scopes=list(scopes), by=person, now=NOON)
        return {"HTTP_AUTHORIZATION": f"Bearer {made.secret}", "content_type": "application/json"}

    expense = buy(cast.carol)
    mine = token(cast.carol, "expenses.edit", "expenses.see")
    where = reverse("api-expense-declaration", kwargs={"expense_id": expense.pk})
    body = {"reason": "lost", "purpose": "Taxi"}
    assert client.post(where, {"reason": "lost", "purpose": " "}, **mine).status_code == 422
    row = client.post(where, body, **mine)
    assert row.status_code == 201 and row.json()["status"] == "accepted" and len(row.json()["digest"]) == 64
    assert client.post(where, body, **mine).status_code == 409
    assert len(client.get(reverse("api-declarations"), **mine).json()["results"]) == 1
    theirs = token(cast.mallory, "expenses.see")
    assert client.get(reverse("api-declarations"), **theirs).json()["results"] == []
    decide = reverse("api-declaration-decision", kwargs={"declaration_id": row.json()["id"]})
    finance = token(cast.dave, "receipts.rules")
    assert client.post(decide, {"outcome": "refuse"}, **finance).status_code == 422
    assert client.post(decide, {"outcome": "refuse", "reason": "No"}, **finance).json()["status"] == "refused"
    rules = reverse("api-receipt-rules")
    assert client.patch(rules, {"declaration_review_above": -1}, **finance).status_code == 422
    assert client.patch(rules, {"declaration_review_above": 100}, **finance).json()["declaration_review_above"] == 100
    assert Expense.objects.get().receipt_count == 0
