"""The month's end through the API."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.create_token import create_token
from tests.bookkeeping.conftest import purchase
from tests.bookkeeping.test_close import DECEMBER_2


def client_of(person: Any, *scopes: str) -> Client:
    secret = create_token(membership=person, name="Robot", scopes=list(scopes), by=person).secret
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_month_is_checked_closed_and_opened(cast: Any, monkeypatch: Any) -> None:
    client = client_of(cast.bob, "books.see", "periods.lock")
    monkeypatch.setattr(timezone, "now", lambda: DECEMBER_2)
    purchase(cast.carol, 100, receipt=False)
    listed = client.get("/api/v1/months/2026-11/checklist").json()
    assert {"code": "receipts", "words": "Receipts missing", "count": 1, "amount": 100, "currency": "DKK"} in listed[
        "points"
    ]
    assert client.get("/api/v1/months/2026-99/checklist").status_code == 404
    refused = client.post("/api/v1/closings", {"month": "2026-11"}, content_type="application/json")
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "close_needs_reason"
    assert client.post("/api/v1/closings", {"month": "x"}, content_type="application/json").status_code == 422
    body = {"month": "2026-11", "reason": "Known", "also": ["claims"]}
    closing = client.post("/api/v1/closings", body, content_type="application/json")
    assert closing.status_code == 201 and closing.json()["points"] == {"receipts": [1, 100]}
    assert client.post("/api/v1/closings", body, content_type="application/json").status_code == 409
    url = f"/api/v1/closings/{closing.json()['id']}/reopening"
    assert client.post(url, {}, content_type="application/json").status_code == 422
    opened = client.post(url, {"reason": "One more"}, content_type="application/json")
    assert opened.status_code == 201 and opened.json()["reopened_reason"] == "One more"
    assert client.post(url, {"reason": "Again"}, content_type="application/json").status_code == 409
    assert len(client.get("/api/v1/closings").json()["results"]) == 1
