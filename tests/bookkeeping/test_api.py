"""The same books through the API."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from accounts.create_token import create_token
from bookkeeping.build import build
from bookkeeping.models import BookItem, Export
from expenses.models import ChartAccount, Lane
from tests.bookkeeping.conftest import NOW, item_of, make_export, purchase, stored

SCOPES = ["books.see", "books.queue", "books.export"]


@pytest.fixture
def call(cast):
    """Send a request as Bob's token; returns the response."""

    def sender(person, scopes):
        secret = create_token(membership=person, name="Robot", scopes=scopes, by=person).secret
        client = Client(headers={"Authorization": f"Bearer {secret}"})

        def send(method, path, body=None, **headers):
            return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

        return send

    return sender


@pytest.fixture
def api(call, cast):
    return call(cast.bob, SCOPES)


def test_items_are_listed_and_filtered(cast, api, month):
    bare = purchase(cast.carol, merchant="Bare", receipt=False)

    def ids(query=""):
        return {row["id"] for row in api("get", f"book-items{query}").json()["results"]}

    assert len(ids()) == 6 and str(item_of(bare).pk) in ids("?lane=unexported")
    assert len(ids("?ready=true")) == 5 and ids("?lane=exported") == set()
    assert ids("?q=bare") == {str(item_of(bare).pk)} and len(ids("?q=&ready=false")) == 6
    row = next(row for row in api("get", "book-items?q=bauhaus").json()["results"] if row["direction"] == "spend")
    assert (row["amount"], row["currency"], row["lane"], row["text"]) == (12500, "DKK", "unexported", "Bauhaus Altona")


def test_queue_and_back(cast, api, month):
    bare = purchase(cast.carol, merchant="Bare", receipt=False)
    body = {"items": [str(item_of(bare).pk), str(uuid4())], "expenses": [str(month["paper"].pk)]}
    answer = api("post", "book-items/queue", body)
    assert answer.status_code == 200, answer.content
    assert [row["expense"] for row in answer.json()["done"]] == [str(month["paper"].pk)]
    assert answer.json()["skipped"] == [
        {
            "item": str(item_of(bare).pk),
            "text": "Bare",
            "reasons": [{"code": "receipt_missing", "message": "No receipt."}],
        }
    ]
    back = api("post", "book-items/withdrawals", {"items": [str(item_of(month["paper"]).pk)]})
    assert len(back.json()["done"]) == 1 and item_of(month["paper"]).lane == Lane.UNEXPORTED


def test_an_expense_with_nothing_to_book_has_no_item(cast, api):
    from expenses.record_authorization import record
    from tests.expenses.conftest import authorize

    reserved = record(authorization=authorize(cast.carol, 100))
    skipped = api("post", "book-items/queue", {"expenses": [str(reserved.pk)]}).json()["skipped"]
    assert skipped[0]["item"] is None and skipped[0]["reasons"][0]["code"] == "nothing_to_book"


def test_an_export_through_the_api(cast, api, month):
    api("post", "book-items/queue", {"items": [str(pk) for pk in BookItem.objects.values_list("pk", flat=True)]})
    begun = api("post", "exports", {"with_receipts": True}, **{"Idempotency-Key": "one"})
    again = api("post", "exports", {"with_receipts": True}, **{"Idempotency-Key": "one"})
    assert begun.status_code == again.status_code == 201 and begun.json() == again.json()
    batch = Export.objects.get()
    build(export_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    one = api("get", f"exports/{batch.pk}").json()
    assert (
        one["status"] == "ready" and one["sha256"] == batch.sha256 and one["totals"]["debit"] == batch.totals["debit"]
    )
    assert [row["id"] for row in api("get", "exports").json()["results"]] == [str(batch.pk)]
    for name, key in (("file", batch.file_key), ("receipts", batch.receipts_key)):
        for accept in ("*/*", "text/csv", "application/json"):
            response = api("get", f"exports/{batch.pk}/{name}", Accept=accept)
            assert response.status_code == 200 and response.getvalue() == stored(key)
    entries = api("get", f"exports/{batch.pk}/entries").json()["results"]
    assert len(entries) == 5
    for entry in entries:
        assert sum(line["debit"] for line in entry["postings"]) == sum(line["credit"] for line in entry["postings"]) > 0
    undone = api("post", f"exports/{batch.pk}/withdrawal", {"reason": "Wrong month"})
    assert undone.status_code == 201 and undone.json()["withdrawn_reason"] == "Wrong month"
    assert api("post", f"exports/{batch.pk}/withdrawal", {"reason": "Again"}).status_code == 409


def test_an_empty_queue_is_refused(api):
    answer = api("post", "exports", {})
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "queue_empty"


def test_a_failure_says_which_entries(cast, api, month):
    from tests.bookkeeping.conftest import queue_all

    queue_all(cast.bob)
    key = api("post", "exports", {}).json()["id"]
    ChartAccount.objects.filter(company=cast.company, number="3600").update(archived_at=NOW)
    build(export_id=key, now=NOW)
    error = api("get", f"exports/{key}").json()["error"]
    assert error["code"] == "entries_not_ready" and error["entries"][0]["message"] == "Account 3600 was archived."
    assert api("get", f"exports/{key}/file").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("book-items/queue", {"items": ["no id"]}),
        ("book-items/queue", {"items": "x"}),
        ("book-items/queue", {"expenses": [1.5]}),
        ("book-items/withdrawals", {}),
        ("book-items/withdrawals", {"items": []}),
        ("exports", {"formats": "xls"}),
        ("exports", {"with_receipts": "perhaps"}),
        ("book-items/queue", {"items": [str(uuid4()) for _ in range(501)]}),
    ],
)
def test_bad_bodies_are_told(api, path, body):
    answer = api("post", path, body)
    assert (
        answer.status_code == 422 and answer.json()["error"]["code"] == "invalid" and answer.json()["error"]["fields"]
    )


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, None])
def test_a_withdrawal_wants_a_reason(cast, api, month, reason):
    batch = make_export(cast.bob)
    assert api("post", f"exports/{batch.pk}/withdrawal", {"reason": reason}).status_code == 422


def test_another_companys_rows_do_not_exist(cast, call, month):
    batch = make_export(cast.bob)
    theirs = call(cast.mallory, SCOPES)
    for path in ("", "/entries", "/file", "/receipts"):
        assert theirs("get", f"exports/{batch.pk}{path}").status_code == 404
    assert theirs("post", f"exports/{batch.pk}/withdrawal", {"reason": "Mine"}).status_code == 404
    assert theirs("get", "book-items").json()["results"] == []
    answer = theirs("post", "book-items/withdrawals", {"items": [str(item_of(month["paper"]).pk)]})
    assert answer.json() == {"done": [], "skipped": []}


def test_an_export_of_several_formats(cast, api, month):
    api("post", "book-items/queue", {"items": [str(pk) for pk in BookItem.objects.values_list("pk", flat=True)]})
    made = api("post", "exports", {"formats": ["sie", "xlsx"]})
    assert made.status_code == 201 and made.json()["formats"] == ["sie", "xlsx"] and made.json()["files"] == []
    unknown = api("post", "exports", {"formats": ["custom:nothing"]})
    assert unknown.status_code == 422 and unknown.json()["error"]["code"] == "format_unknown"
    batch = Export.objects.get()
    build(export_id=batch.pk, now=NOW)
    files = api("get", f"exports/{batch.pk}").json()["files"]
    assert [(file["format"], file["kind"]) for file in files][:2] == [("sie", "journal"), ("xlsx", "journal")]
    for file in files:
        data = b"".join(api("get", f"exports/{batch.pk}/files/{file['id']}").streaming_content)
        assert data == stored(batch.files.get(pk=file["id"]).key)
