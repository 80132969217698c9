"""What people press on the pages: saved, refused, kept as typed; and whatever else is sent, never a 500."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse
from PIL import Image

from expenses.attach import attach
from expenses.match_receipt import match_receipt
from expenses.models import Attachment, Category, ChartAccount, Expense
from expenses.record_authorization import record
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, category_of, freeze, make_receipt
from tests.expenses.test_pages import url

pytestmark = pytest.mark.django_db


def picture(name: str = "slip.jpg") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), "image/jpeg")


def read_purchase(carol: Any) -> Expense:
    expense = buy(carol, 14800)
    receipt = make_receipt(carol, total=14800, tax=2960)
    attach(expense=expense, receipt=receipt, by=carol, now=NOON)
    match_receipt(receipt=receipt, now=NOON)
    expense.refresh_from_db()
    return expense


def test_the_spender_saves_everything_at_once(carol: Any, sign_in: Any) -> None:
    expense = read_purchase(carol)
    page = sign_in(carol).get(url("expense", carol, expense_id=expense.pk)).content.decode()
    assert "Is this right?" in page and "29,60" in page and "Printed on the receipt." in page
    data = {
        "version": expense.version, "category": category_of(carol).pk, "note": "Coffee", "accepted": ["total", "date", "tax"],
        "tax": "29,60", "document_date": "",
    }  # fmt: skip
    response = sign_in(carol).post(url("expense-code", carol, expense_id=expense.pk), data)
    assert response.status_code == 303
    expense.refresh_from_db()
    assert not expense.reading_open and expense.note == "Coffee" and expense.is_coded
    assert expense.lines.get().tax_amount == 2960 and expense.next_step(carol) == "done"


def test_yes_to_all_takes_the_guess_of_a_category_too(carol: Any, sign_in: Any) -> None:
    expense = read_purchase(carol)
    sign_in(carol).post(
        url("expense-code", carol, expense_id=expense.pk), {"version": expense.version, "accept_all": "1"}
    )
    expense.refresh_from_db()
    assert expense.lines.get().category.code == "meals" and not expense.reading_open


def test_the_panel_saves_a_change_and_says_so(cast: Cast, sign_in: Any) -> None:
    expense = read_purchase(cast.carol)
    client, here = sign_in(cast.dave), url("expense-code", cast.dave, expense_id=expense.pk)
    data = {"version": expense.version, "category": category_of(cast.carol, "gifts").pk, "tax": "29,60", "note": ""}
    answer = client.post(here, data, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "Saved" in answer.content.decode() and "<html" not in answer.content.decode()
    expense.refresh_from_db()
    line = expense.lines.get()
    assert (line.category.code, line.tax_amount, expense.reading_open) == ("gifts", 0, True)


def test_a_stale_form_keeps_what_was_typed(cast: Cast, sign_in: Any) -> None:
    expense = read_purchase(cast.carol)
    Expense.objects.filter(pk=expense.pk).update(version=7)
    here = url("expense-code", cast.carol, expense_id=expense.pk)
    response = sign_in(cast.carol).post(here, {"version": 1, "note": "mine, all mine"})
    page = response.content.decode()
    assert response.status_code == 409 and "mine, all mine" in page and 'value="7"' in page
    assert Expense.objects.get(pk=expense.pk).note == ""


@pytest.mark.parametrize(
    "data",
    [
        {"category": "not-a-uuid"},
        {"category": str(uuid4())},
        {"version": "9" * 40},
        {"version": "-1"},
        {"version": "x"},
        {"tax": "9" * 50},
        {"tax": "-5"},
        {"tax": "1,2,3"},
        {"tax": "\u202e100"},
        {"note": "a\x00b"},
        {"note": "x" * 5000},
        {"document_date": "31.02.2026"},
        {"document_date": "99999-01-01"},
        {"accepted": ["nonsense"]},
    ],
)
def test_senseless_coding_is_answered_beside_its_field(carol: Any, sign_in: Any, data: dict[str, Any]) -> None:
    expense = read_purchase(carol)
    response = sign_in(carol).post(url("expense-code", carol, expense_id=expense.pk), data)
    assert response.status_code == 422
    assert "field__error" in response.content.decode() or "accepted" in data or "version" in data
    expense.refresh_from_db()
    assert (expense.version, expense.note) == (1, "")


def test_another_companys_category_is_no_choice(cast: Cast, sign_in: Any) -> None:
    expense = read_purchase(cast.carol)
    theirs = Category.objects.filter(company=cast.other).first()
    assert theirs
    response = sign_in(cast.carol).post(url("expense-code", cast.carol, expense_id=expense.pk), {"category": theirs.pk})
    assert response.status_code == 422


QUERIES = [
    "?q=%00", "?q=" + "x" * 500, "?q=%E2%80%AEabc", "?q=%23" + "9" * 60, "?q=%25_%5C", "?date_from=nonsense&date_to=9999-12-31",
    "?date_from=0001-01-01", "?amount_from=" + "9" * 80, "?amount_to=-1", "?person=x", "?team=1", "?category=%00", "?step=moon",
    "?kind=%27%3B--", "?sort=--date", "?sort=-id", "?cursor=abc", "?cursor=%00", "?cursor=WyJuZXh0IiwgMSwgMl0",
    "?cursor=WyJuZXh0IiwgIngiLCAieSJd", "?step=ready&step=x&q=a&q=b",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_senseless_addresses_show_a_list(cast: Cast, sign_in: Any, query: str) -> None:
    buy(cast.carol)
    pages = [(cast.alice, name) for name in ("expenses", "expenses-figures", "receipts", "expenses-export")]
    for person, name in [*pages, (cast.carol, "expenses")]:
        response = sign_in(person).get(url(name, person, query))
        assert response.status_code == 200, (name, query)
        if response.streaming:
            b"".join(response.streaming_content)
    assert sign_in(cast.alice).get(url("books-accounts", cast.alice, query)).status_code == 200


def test_what_made_no_sense_is_named(cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.alice).get(url("expenses", cast.alice, "?date_from=nonsense")).content.decode()
    assert "made no sense" in page


def test_okay_with_undo_and_the_books_button(cast: Cast, sign_in: Any) -> None:
    expense = read_purchase(cast.carol)
    client = sign_in(cast.dave)
    review_url = url("expense-review", cast.dave, "?step=to_review", expense_id=expense.pk)
    response = client.post(review_url, {"outcome": "okay"})
    assert response.status_code == 303 and response.headers["Location"].endswith("?step=to_review")
    assert (
        url("expense-review-withdrawal", cast.dave, expense_id=expense.pk)
        in client.get(response.headers["Location"]).content.decode()
    )
    assert client.post(review_url, {"outcome": "okay"}).status_code == 409
    assert client.post(url("expense-review-withdrawal", cast.dave, expense_id=expense.pk)).status_code == 303
    assert client.post(url("expense-review-withdrawal", cast.dave, expense_id=expense.pk)).status_code == 409
    assert Expense.objects.get(pk=expense.pk).review == ""


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"outcome": "great"}, 422),
        ({"outcome": "not_okay"}, 422),
        ({"outcome": "okay", "reason": "x" * 600}, 422),
    ],
)
def test_senseless_decisions(cast: Cast, sign_in: Any, data: dict[str, str], status: int) -> None:
    expense = buy(cast.carol)
    assert sign_in(cast.dave).post(url("expense-review", cast.dave, expense_id=expense.pk), data).status_code == status
    assert not expense.reviews.exists()


def test_a_company_of_one_confirms_first(cast: Cast, sign_in: Any) -> None:
    expense = buy(cast.mallory)
    decide = url("expense-review", cast.mallory, expense_id=expense.pk) + "?kind=card&sort=amount"
    response = sign_in(cast.mallory).post(decide, {"outcome": "okay"})
    assert response.status_code == 303 and response.headers["Location"].startswith(reverse("account_reauthenticate"))
    back = QueryDict(response.headers["Location"].partition("?")[2])["next"]
    assert back.endswith("?kind=card&sort=amount"), "the way back keeps the filters of the list"
    assert not expense.reviews.exists()


def test_ticked_rows_get_an_okay_and_the_rest_says_why(cast: Cast, sign_in: Any) -> None:
    fine, own, frozen = buy(cast.carol), buy(cast.dave), freeze(buy(cast.carol))
    theirs = buy(cast.mallory)
    client = sign_in(cast.dave)
    data = {"act": "okay", "expense": [fine.pk, own.pk, frozen.pk, theirs.pk, "nonsense"]}
    response = client.post(url("expenses-bulk", cast.dave, "?sort=amount"), data)
    page = client.get(response.headers["Location"]).content.decode()
    assert "1 expense is okay." in page and f"#{own.number}" in page and f"#{frozen.number}" in page
    assert Expense.objects.get(pk=theirs.pk).review == ""
    nothing = client.post(url("expenses-bulk", cast.dave, "?sort=amount"), {"act": "okay"})
    assert nothing.status_code == 303 and nothing.headers["Location"].endswith("?sort=amount")


def test_what_was_ticked_in_the_inbox_leads_back_there(cast: Cast, sign_in: Any) -> None:
    client, here = sign_in(cast.dave), url("expenses-bulk", cast.dave)
    data = {"act": "okay", "expense": [buy(cast.carol).pk], "inbox": "mine"}
    assert client.post(here, data).headers["Location"] == url("review", cast.dave, "?queue=mine")
    strange = {"act": "okay", "expense": [buy(cast.carol).pk], "inbox": "//elsewhere"}
    assert client.post(here, strange).headers["Location"] == url("expenses", cast.dave)


def test_files_land_on_the_expense(carol: Any, sign_in: Any) -> None:
    expense, client = buy(carol), sign_in(carol)
    here = url("expense-upload", carol, expense_id=expense.pk)
    assert client.post(here, {"files": [picture(), picture("two.jpg")], "client_key": "k"}).status_code == 303
    assert Expense.objects.get(pk=expense.pk).receipt_count == 2
    assert client.post(here, {"files": [picture(), picture("two.jpg")], "client_key": "k"}).status_code == 303
    assert Expense.objects.get(pk=expense.pk).receipt_count == 2
    page = client.get(url("expense", carol, expense_id=expense.pk)).content.decode()
    assert 'hx-trigger="tick"' in page
    waiting = client.get(url("expense-reading", carol, expense_id=expense.pk), headers={"HX-Request": "true"})
    assert waiting.status_code == 204


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([], 422),
        ([SimpleUploadedFile("empty.jpg", b"")], 422),
        ([SimpleUploadedFile("page.jpg", b"<html><script>alert(1)</script>")], 422),
    ],
)
def test_files_that_are_refused_say_why(carol: Any, sign_in: Any, files: list[Any], status: int) -> None:
    expense, here = buy(carol), url("expense-upload", carol, expense_id=buy(carol).pk)
    for file in files:
        file.seek(0)
    assert sign_in(carol).post(here, {"files": files}).status_code == status
    for file in files:
        file.seek(0)
    answer = sign_in(carol).post(here, {"files": files}, headers={"Accept": "application/json"})
    assert answer.status_code == status and json.loads(answer.content)["error"]["message"]
    assert expense.receipt_count == 0


def test_matching_from_the_inbox_and_back(cast: Cast, sign_in: Any) -> None:
    expense, receipt = buy(cast.carol), make_receipt(cast.carol, total=14800)
    client = sign_in(cast.carol)
    matches = client.get(url("receipt-matches", cast.carol, receipt_id=receipt.pk))
    assert "148" in matches.content.decode()
    for bad in ("", "x", str(uuid4()), str(buy(cast.mallory).pk), str(buy(cast.dave).pk)):
        assert client.post(url("receipt-match", cast.carol, receipt_id=receipt.pk), {"expense": bad}).status_code == 404
    assert (
        client.post(url("receipt-match", cast.carol, receipt_id=receipt.pk), {"expense": expense.pk}).status_code == 303
    )
    attachment = Attachment.objects.get()
    assert "Nothing unmatched" in client.get(url("receipts", cast.carol)).content.decode()
    here = url("expense-detach", cast.carol, expense_id=expense.pk, attachment_id=attachment.pk)
    assert client.post(here).status_code == 303
    again = url("expense-attach", cast.carol, f"?receipt={receipt.pk}", expense_id=expense.pk)
    assert client.post(again).status_code == 303
    assert Attachment.objects.filter(detached_at=None).count() == 1
    assert client.post(url("expense-attach", cast.carol, expense_id=expense.pk), {"receipt": "\x00"}).status_code == 404


def test_a_claim_from_photo_to_expense(cast: Cast, sign_in: Any) -> None:
    client, here = sign_in(cast.carol), url("expense-create", cast.carol)
    assert client.post(here).status_code == 422
    taken = client.post(here, {"files": picture()})
    assert taken.status_code == 303 and "?receipt=" in taken.headers["Location"]
    waiting = client.get(taken.headers["Location"], headers={"HX-Request": "true"})
    assert waiting.status_code == 204
    receipt = make_receipt(cast.carol, total=5000, merchant="Apoteket")
    form = url("expense-create", cast.carol, f"?receipt={receipt.pk}")
    bad = client.post(form, {"merchant": "", "date": "tomorrow", "amount": "0"})
    assert bad.status_code == 422 and bad.content.decode().count("field__error") >= 3
    data = {
        "merchant": "Apoteket",
        "date": "2026-11-18",
        "amount": "50,00",
        "category": category_of(cast.carol).pk,
        "note": "x",
    }
    assert client.post(form, {**data, "date": "2999-01-01"}).status_code == 422
    assert client.post(form, data).status_code == 303
    assert client.post(form, data).status_code == 409
    assert Expense.objects.get(kind="out_of_pocket").amount == 5000
    theirs = make_receipt(cast.dave, total=1)
    for other in (theirs.pk, uuid4(), "x"):
        assert client.get(url("expense-create", cast.carol, f"?receipt={other}")).status_code == 404


@pytest.mark.parametrize(
    ("what", "data", "status"),
    [
        ("accounts", {"number": "1", "name": "One", "type": "expense"}, 303),
        ("accounts", {"number": "3600", "name": "Twice", "type": "expense"}, 409),
        ("accounts", {"number": "", "name": "", "type": "moon"}, 422),
        ("tax-codes", {"code": "N", "name": "New", "rate": "12", "account": "", "valid_from": "2026-01-01"}, 422),
        ("tax-codes", {"code": "N", "name": "New", "rate": "9" * 40, "valid_from": "x"}, 422),
        ("tax-codes", {"code": "N", "name": "New", "rate": "NaN", "valid_from": "2026-01-01"}, 422),
        ("tax-codes", {"code": "N", "name": "New", "rate": "0", "valid_from": "2026-01-01"}, 303),
        ("categories", {"name": "Hotel", "account": "x"}, 422),
        ("nonsense", {}, 404),
    ],
)
def test_masters_by_form(cast: Cast, sign_in: Any, what: str, data: dict[str, str], status: int) -> None:
    assert sign_in(cast.alice).post(url("books-master-create", cast.alice, what=what), data).status_code == status


def test_masters_of_others_and_archiving(cast: Cast, sign_in: Any) -> None:
    client, account = sign_in(cast.alice), ChartAccount.objects.get(company=cast.company, number="3600")
    theirs = ChartAccount.objects.filter(company=cast.other).first()
    assert theirs
    assert client.get(url("books-master", cast.alice, what="accounts", master_id=theirs.pk)).status_code == 404
    assert client.post(url("books-master-archive", cast.alice, what="accounts", master_id=theirs.pk)).status_code == 404
    here = url("books-master-archive", cast.alice, what="accounts", master_id=account.pk)
    assert client.post(here).status_code == 303
    account.refresh_from_db()
    assert account.archived_at is None, "a category still books on it"
    category = category_of(cast.alice, "office")
    gone = url("books-master-archive", cast.alice, what="categories", master_id=category.pk)
    assert client.post(gone).status_code == 303
    assert client.post(here).status_code == 303
    account.refresh_from_db()
    assert account.archived_at
    assert client.post(gone, {"restore": "1"}).status_code == 303
    category.refresh_from_db()
    assert category.archived_at is None


def test_the_words_of_the_timeline(carol: Any, sign_in: Any) -> None:
    from expenses import record_clearing
    from tests.expenses.conftest import clear

    authorization = authorize(carol, 128400, "Klitten")
    record(authorization=authorization)
    expense = record_clearing.record(clearing=clear(authorization, 141200)).expense
    page = sign_in(carol).get(url("expense", carol, expense_id=expense.pk)).content.decode()
    assert "The tip of 128,00\xa0kr. came on top." in page and "With you" in page and "at the till" in page


def test_history_is_in_words(carol: Any, sign_in: Any) -> None:
    expense = read_purchase(carol)
    page = sign_in(carol).get(url("expense-history", carol, expense_id=expense.pk)).content.decode()
    assert "Settled" in page and "Attached receipt" in page


def test_letters_are_found_as_people_type_them(cast: Cast, sign_in: Any) -> None:
    for merchant in ("Køkken Ånd", "Straßenbäckerei", "Plain"):
        buy(cast.carol, 100, merchant)
    client = sign_in(cast.alice)
    for query, found in (
        ("kokken", 1),
        ("KØKKEN", 1),
        ("koekken", 1),
        ("aand", 1),
        ("strassen", 1),
        ("carol", 3),
        ("nope", 0),
    ):
        page = client.get(url("expenses", cast.alice, f"?q={query}")).content.decode()
        assert page.count("data-row") - 0 == found, query
