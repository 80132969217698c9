"""Receipts over the API."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.create_token import create_token
from receipts.models import Receipt
from receipts.process import process
from tests.receipts.conftest import fetch, image_bytes, upload

pytestmark = pytest.mark.usefixtures("rung", "reader")
SCOPES = ["receipts.see", "receipts.upload"]


class Api:
    """A client with a token."""

    def __init__(self, membership, by, scopes=SCOPES) -> None:
        self.headers = {
            "Authorization": f"Bearer {create_token(membership=membership, name='Till', scopes=scopes, by=by).secret}"
        }

    def get(self, path: str):
        return Client().get(f"/api/v1/{path}", headers=self.headers)

    def send(self, key: str = "", **fields):
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return Client().post("/api/v1/receipts", fields, headers=headers)


@pytest.fixture
def api(cast) -> Api:
    return Api(cast.carol, cast.carol)


def test_a_file_is_taken_in_and_can_be_followed(api, carol):
    answer = api.send(file=upload(name="bon.jpg"))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["source"], body["file_name"]) == ("received", "api", "bon.jpg")
    process(receipt_id=body["id"], now=timezone.now())
    whole = api.get(f"receipts/{body['id']}").json()
    assert whole["status"] == "ready"
    assert whole["reading"]["fields"]["total"]["value"] == 24000
    assert whole["uploaded_by"] == str(carol.pk)
    assert fetch(whole["pages"][0]["url"])[0] == 200
    assert whole["original_url"].startswith("http")


def test_the_same_key_is_the_same_receipt(api):
    first, again = api.send("once", file=upload()), api.send("once", file=upload())
    assert first.json()["id"] == again.json()["id"]
    assert again["Idempotent-Replay"] == "true" and "Idempotent-Replay" not in first
    other = api.send("once", file=upload(image_bytes("PNG")))
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert api.send("", file=upload()).json()["id"] != first.json()["id"]
    assert api.send("nøgle", file=upload()).status_code == 400
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "receipt_empty"), (b"<html>", 422, "receipt_type_unknown"), (None, 413, "receipt_too_large")],
)
def test_refusals_have_the_shape_of_the_api(api, settings, content, status, code):
    if content is None:
        settings.RECEIPT_MAX_BYTES, content = 100, image_bytes()
    answer = api.send(file=upload(content))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_missing_file_is_named(api):
    answer = api.send()
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, ["file"])


def test_the_list_is_drawn_to_who_may_see(api, cast, send):
    mine, his = send(), send(by=cast.dave)
    Receipt.objects.filter(pk=mine.pk).update(status="unreadable", last_error={"code": "encrypted"})
    assert [row["id"] for row in api.get("receipts").json()["results"]] == [str(mine.pk)]
    row = api.get("receipts?status=unreadable").json()["results"][0]
    assert row["error"] == {
        "code": "encrypted",
        "message": "The PDF is locked with a password. Save it without one and send it again.",
    }
    assert api.get("receipts?status=ready").json()["results"] == []
    assert api.get("receipts?status=eaten").status_code == 422
    finance = Api(cast.dave, cast.dave)
    assert {row["id"] for row in finance.get("receipts").json()["results"]} == {str(mine.pk), str(his.pk)}
    assert [row["id"] for row in finance.get(f"receipts?uploaded_by={cast.dave.pk}").json()["results"]] == [str(his.pk)]
    assert finance.get("receipts?created_from=2030-01-01T00:00:00Z").json()["results"] == []
    assert api.get(f"receipts/{his.pk}").status_code == 404
    assert Api(cast.mallory, cast.mallory).get(f"receipts/{mine.pk}").status_code == 404


def test_a_scope_is_needed_for_each(cast):
    reader_only = Api(cast.carol, cast.carol, scopes=["receipts.see"])
    assert reader_only.get("receipts").status_code == 200
    assert reader_only.send(file=upload()).status_code == 403
