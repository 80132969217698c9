"""Filters of the API's lists: sense narrows, nonsense is refused by the name of its parameter, and nothing is ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone, translation
from django_filters import UUIDFilter

from accounts.create_team import create_team
from accounts.create_token import create_token
from accounts.filters import ApiFilterSet, MomentFilter, SearchFilter, TruthFilter, WordFilter
from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from tests.conftest import Cast
from tests.permission_table import API

NONSENSE = {
    WordFilter: ["made-up", "null", "x" * 3000, "\x00", "", " "],
    UUIDFilter: ["x", "123", "x" * 3000, f"{uuid4()}\x00", "\x00", ""],
    MomentFilter: ["soon", "2026-13-45", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "12", "\x00", ""],
    TruthFilter: ["maybe", "2", "null", "\x00", ""],
    SearchFilter: ["a\x00b", "x" * 201],
}
SENSE = {
    UUIDFilter: [str(uuid4()), uuid4().hex],
    MomentFilter: ["2026-11-18T12:00:00Z", "2026-11-18T12:00:00+01:00", "2026-11-18T12:00", "2026-11-18"],
    TruthFilter: ["true", "false", "1", "0"],
    SearchFilter: ["søn", "a b c d e f g h i j", "x" * 200, "%", "_", "\\", "'", ""],
}


def lists() -> Iterator[tuple[str, type[ApiFilterSet]]]:
    """Yield the address and the filters of every list of the API that needs no id in its address."""
    for name in API:
        try:
            path = reverse(name)
        except NoReverseMatch:
            continue
        view = getattr(resolve(path).func, "view_class", None)
        if "listed" in getattr(getattr(view, "get", None), "__code__", compile("", "", "exec")).co_names:
            yield path, view.filterset_class


LISTS = dict(lists())
NARROWED = {path: filters for path, filters in LISTS.items() if filters.base_filters}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


class Api:
    """A program that may do all that its person may."""

    def __init__(self, membership: Membership) -> None:
        mine = [word for word in CAPABILITIES if membership.can(word)]
        self.secret = create_token(membership=membership, name="T", scopes=mine, by=membership).secret

    def get(self, path: str, query: str = "", **headers: str) -> Any:
        return Client().get(f"{path}?{query}", headers={"Authorization": f"Bearer {self.secret}", **headers})

    def rows(self, path: str, query: str = "") -> list[dict[str, Any]]:
        answer = self.get(path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    def refused(self, path: str, query: str) -> dict[str, list[str]]:
        """Return the sentences by parameter of a refusal in the one shape."""
        answer = self.get(path, query)
        assert answer.status_code == 422, (path, query[:80], answer.content[:300])
        body = answer.json()
        assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "fields"}
        assert body["error"]["code"] == "invalid" and body["error"]["message"]
        fields: dict[str, list[str]] = body["error"]["fields"]
        assert all(sentences and all(sentences) for sentences in fields.values())
        return fields


@pytest.fixture
def api(cast: Cast) -> Api:
    return Api(cast.dave)


def test_the_table_knows_the_lists() -> None:
    ends = {path.removeprefix("/api/v1/").rstrip("/") for path in NARROWED}
    assert ends == {
        "authorizations", "balance-entries", "bank-lines", "bank-statements", "book-items", "budgets", "card-files",
        "card-policies", "card-requests", "cards", "consents", "corrections", "declarations", "disputes", "events", "expense-rules",
        "expenses", "export-jobs", "legal-holds",
        "issuer-differences", "mails", "missing-receipts", "people", "receipts", "reimbursement-runs", "spend-requests",
        "sub-wallets", "subscriptions", "tags", "transfers", "withdrawals",
    }  # fmt: skip
    assert len(LISTS) >= len(NARROWED) + 6
    known = {type(each) for filters in NARROWED.values() for each in filters.base_filters.values()}
    assert known == set(NONSENSE), "say in NONSENSE what this kind of filter refuses"


@pytest.mark.parametrize("path", NARROWED)
def test_nonsense_is_refused_by_name(api: Api, path: str) -> None:
    for name, each in NARROWED[path].base_filters.items():
        for value in NONSENSE[type(each)]:
            assert set(api.refused(path, f"{name}={quote(value)}")) == {name}, (name, value[:60])


@pytest.mark.parametrize("path", NARROWED)
def test_sense_is_answered(api: Api, path: str) -> None:
    for name, each in NARROWED[path].base_filters.items():
        words = [word for word, _ in each.extra["choices"]] if isinstance(each, WordFilter) else SENSE[type(each)]
        for value in words[:25]:
            api.rows(path, f"{name}={quote(value)}&limit=5")


@pytest.mark.parametrize("path", LISTS)
def test_unknown_names_are_refused_and_paging_is_not(api: Api, path: str) -> None:
    assert set(api.refused(path, "made_up=1&limit=5")) == {"made_up"}
    assert set(api.refused(path, "%00=1")) == {"\x00"}
    api.rows(path, "limit=5&cursor=&format=json")


def test_all_that_is_wrong_is_said_at_once(api: Api) -> None:
    query = "state=lost&q=%00&holder=carol"
    assert set(api.refused(reverse("api-cards"), query)) == {"state", "q", "holder"}
    [sentence] = api.refused(reverse("api-cards"), "state=lost")["state"]
    assert "active" in sentence
    assert set(api.refused(reverse("api-cards"), "state=active&state=lost")) == {"state"}


def test_refusals_speak_the_callers_language(api: Api) -> None:
    spoken = set()
    for language in ("en", "da", "de"):
        answer = api.get(reverse("api-cards"), "made_up=1", **{"Accept-Language": language})
        spoken.add(answer.json()["error"]["fields"]["made_up"][0])
    assert len(spoken) == 3
    assert translation.get_language() == "en"


def test_people_and_events_are_narrowed(api: Api, cast: Cast) -> None:
    people = reverse("api-people")
    assert [row["name"] for row in api.rows(people, "q=carol")] == [cast.carol.name]
    everybody = api.rows(people)
    assert {row["status"] for row in everybody} >= {"active"}
    active = api.rows(people, "status=active")
    assert [row["id"] for row in active] == [row["id"] for row in everybody if row["status"] == "active"]
    made = [create_team(name=name, by=cast.dave, now=timezone.now()) for name in ("North", "South")]
    events = reverse("api-events")
    assert [row["subject_label"] for row in api.rows(events, f"subject_id={made[0].pk}")] == ["North"]
    assert {row["subject_label"] for row in api.rows(events, "verb=team.created")} >= {"North", "South"}
    assert {row["verb"] for row in api.rows(events, "verb=team.created")} == {"team.created"}
    assert UUID(api.rows(events, "verb=team.created&limit=1")[0]["subject_id"]) == made[1].pk


def test_the_schema_names_every_filter(db: None) -> None:
    paths = Client().get("/api/v1/schema?format=json").json()["paths"]
    for path, filters in LISTS.items():
        described = {each["name"]: each["schema"] for each in paths[path]["get"]["parameters"]}
        assert set(described) >= {*filters.base_filters, "limit", "cursor"}, path
        for name, each in filters.base_filters.items():
            if isinstance(each, WordFilter):
                assert set(described[name]["enum"]) == {word for word, _ in each.extra["choices"]}
    cards = {each["name"]: each for each in paths[reverse("api-cards")]["get"]["parameters"]}
    assert "last four" in cards["q"]["description"]
    expenses = {each["name"]: each["schema"] for each in paths[reverse("api-expenses")]["get"]["parameters"]}
    assert expenses["owner"]["format"] == "uuid" and expenses["purchased_from"]["format"] == "date-time"
