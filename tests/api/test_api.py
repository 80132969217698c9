"""What all of the API has in common: one shape of refusals, paging, idempotent writes, the schema and its page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, OperationalError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.create_team import create_team
from accounts.create_token import create_token
from accounts.models import IdempotencyKey, Membership
from accounts.permissions import CAPABILITIES
from accounts.tasks import forget_idempotency_keys
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


class Api:
    """A program with a token."""

    def __init__(self, membership: Membership, scopes: list[str] | None = None) -> None:
        mine = [word for word in CAPABILITIES if membership.can(word)] if scopes is None else scopes
        self.secret = create_token(membership=membership, name="T", scopes=mine, by=membership).secret

    def get(self, path: str, **headers: str) -> Any:
        return Client().get(path, headers={"Authorization": f"Bearer {self.secret}", **headers})

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return Client(raise_request_exception=False).post(
            path, data, content_type=content_type, headers={"Authorization": f"Bearer {self.secret}", **headers}
        )


@pytest.fixture
def api(cast: Cast) -> Api:
    return Api(cast.dave)


def shape(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"error"} and body["error"]["code"] == code and body["error"]["message"]
    error: dict[str, Any] = body["error"]
    return error


def test_refusals_have_one_shape(api: Api, cast: Cast) -> None:
    shape(api.get("/api/v1/nowhere"), 404, "not_found")
    shape(api.get("/api/v1/"), 404, "not_found")
    shape(Client().get("/api/v1/nowhere/at/all"), 404, "not_found")
    shape(api.get(f"/api/v1/people/{cast.mallory.pk}"), 404, "not_found")
    shape(api.post("/api/v1/teams", {}), 403, "permission_denied")
    shape(Client().get("/api/v1/me"), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{not json", "application/json", 400, "malformed"),
        ("", "application/json", 422, "invalid"),
        ("[]", "application/json", 422, "invalid"),
        ('"text"', "application/json", 422, "invalid"),
        ("null", "application/json", 422, "invalid"),
        ('{"email": NaN}', "application/json", 400, "malformed"),
        (b"\xff\xfe", "application/json", 400, "malformed"),
        ("email=x@y.example", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("<email/>", "text/xml", 415, "unsupported_media_type"),
        ("x", "", 415, "unsupported_media_type"),
        ("[" * 100_000, "application/json", 400, "malformed"),
        ('{"email": "' + "x" * 3_000_000 + '"}', "application/json", 413, "too_large"),
    ],
)
def test_bad_bodies_are_refused_clearly(api: Api, body: Any, content_type: str, status: int, code: str) -> None:
    shape(api.post("/api/v1/people", body, content_type), status, code)


def test_fields_are_named(api: Api) -> None:
    error = shape(api.post("/api/v1/people", {"email": "x" * 300, "role": "king", "team": "no"}), 422, "invalid")
    assert set(error["fields"]) == {"email", "role", "team"}
    error = shape(api.post("/api/v1/people", {"email": "no"}), 422, "address_invalid")
    assert set(error["fields"]) == {"email"}
    shape(api.post("/api/v1/people", {"email": "carol@example.com"}), 409, "already_here")
    shape(api.post("/api/v1/people", {"email": "x@y.example", "role": "owner"}), 403, "role_not_yours")
    nul = api.post("/api/v1/people", {"email": "x@y.example", "name": "a\x00b"})
    assert nul.status_code == 422


def test_a_busy_database_is_a_conflict_not_a_fault(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("accounts.api.invite", locked)
    answer = api.post("/api/v1/people", {"email": "x@y.example"})
    shape(answer, 409, "busy")
    assert answer.headers["Retry-After"] == "2"


def test_lists_page_by_cursor_without_missing_or_repeating(api: Api, cast: Cast) -> None:
    for number in range(7):
        create_team(name=f"T{number}", by=cast.dave, now=timezone.now())
    seen: list[str] = []
    url = "/api/v1/teams?limit=3"
    while url:
        body = api.get(url).json()
        assert len(body["results"]) <= 3
        seen += [row["name"] for row in body["results"]]
        url = body["next"]
    assert seen == ["T6", "T5", "T4", "T3", "T2", "T1", "T0", "Studio"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=100000", "cursor=", "q="])
def test_odd_queries_still_answer(api: Api, query: str) -> None:
    assert api.get(f"/api/v1/people?{query}").status_code == 200


@pytest.mark.parametrize("cursor", ["AAAA", "%00", "cD1ub3QtYS11dWlk", "x" * 3000, "cD0lMDA=", "cj0xJnA9eA=="])
def test_made_up_cursors_are_not_found(api: Api, cursor: str) -> None:
    assert api.get(f"/api/v1/people?cursor={cursor}").status_code in (200, 404)


def test_events_are_codes_of_one_company(api: Api, cast: Cast) -> None:
    create_team(name="Projects", by=cast.dave, now=timezone.now())
    create_team(name="Theirs", by=cast.mallory, now=timezone.now())
    [row] = api.get("/api/v1/events?verb=team.created").json()["results"]
    assert row["subject_label"] == "Projects" and row["by"] == str(cast.dave.pk) and row["changes"] == {}
    shape(api.get("/api/v1/events?subject_id=no"), 422, "invalid")


def test_the_same_key_and_body_get_the_first_answer(api: Api) -> None:
    body = {"email": "x@y.example"}
    first = api.post("/api/v1/people", body, **{"Idempotency-Key": "k-1"})
    again = api.post("/api/v1/people", body, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true" and "Idempotent-Replay" not in first.headers
    assert Membership.objects.filter(email="x@y.example").count() == 1
    shape(
        api.post("/api/v1/people", {"email": "z@y.example"}, **{"Idempotency-Key": "k-1"}),
        422,
        "idempotency_key_reused",
    )
    assert api.post("/api/v1/people", {"email": "z@y.example"}, **{"Idempotency-Key": "k-2"}).status_code == 201


def test_a_refused_request_keeps_no_key(api: Api) -> None:
    body = {"email": "carol@example.com"}
    shape(api.post("/api/v1/people", body, **{"Idempotency-Key": "k"}), 409, "already_here")
    shape(api.post("/api/v1/people", {"email": 1, "role": "x"}, **{"Idempotency-Key": "k"}), 422, "invalid")
    assert not IdempotencyKey.objects.exists()
    assert api.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": "k"}).status_code == 201


def test_keys_belong_to_one_token(api: Api, cast: Cast) -> None:
    other = Api(cast.alice)
    assert api.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": "k"}).status_code == 201
    shape(other.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": "k"}), 409, "already_here")


@pytest.mark.parametrize("key", [" ", "x" * 256, "k\x7f"])
def test_malformed_keys_are_refused(api: Api, key: str) -> None:
    answer = api.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": key})
    shape(answer, 400, "idempotency_key_malformed")


def test_a_key_ends_after_a_day(api: Api) -> None:
    api.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": "k"})
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api.post("/api/v1/people", {"email": "z@y.example"}, **{"Idempotency-Key": "k"}).status_code == 201
    assert IdempotencyKey.objects.count() == 1
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    forget_idempotency_keys()
    assert not IdempotencyKey.objects.exists()


def test_the_database_keeps_a_key_once(api: Api) -> None:
    api.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": "k"})
    row = IdempotencyKey.objects.get()
    copy = {
        "actor": row.actor,
        "key": row.key,
        "method": "POST",
        "path": "/",
        "body_hash": "",
        "status": 1,
        "response": {},
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKey.objects.create(company=row.company, expires_at=row.expires_at, **copy)


def test_a_key_in_flight_past_the_wait_is_told_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("accounts.idempotency._reserve", waits)
    answer = api.post("/api/v1/people", {"email": "x@y.example"}, **{"Idempotency-Key": "k"})
    shape(answer, 409, "idempotency_key_in_flight")
    assert answer.headers["Retry-After"] == "2"


def test_the_schema_names_every_route_and_its_scope(db: None) -> None:
    from tests.permission_table import API

    document = Client().get("/api/v1/schema?format=json").json()
    paths = set(document["paths"])
    for name in API:
        assert any(reverse_shape(name) == path for path in paths), f"{name} is missing from the schema"
    people = document["paths"]["/api/v1/people"]
    assert people["get"]["operationId"] == "people_list" and "Scope: people.see" in people["get"]["description"]
    assert any(parameter["name"] == "Idempotency-Key" for parameter in people["post"]["parameters"])
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def reverse_shape(name: str) -> str:
    """Return a route of the API as the schema writes it: /api/v1/people/{person_id}."""
    from django.urls import get_resolver

    route = get_resolver().reverse_dict.getlist(name)[0][0][0][0]
    return "/" + route.replace("%(", "{").replace(")s", "}")


def test_the_docs_page_is_ours_and_within_the_policy(db: None) -> None:
    answer = Client().get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200 and "/api/v1/people" in page and "Idempotency-Key" in page
    assert "<script>" not in page and "style=" not in page
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_the_api_urls_have_names(db: None) -> None:
    assert reverse("api-people") == "/api/v1/people"
