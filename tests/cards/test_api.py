"""Cards, freezes, limits and authorizations over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.create_token import create_token
from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from cards.limits import set_limit
from cards.models import Card, Limit
from tests.cards import play
from tests.cards.play import buy, kroner, used_by
from tests.conftest import Cast

Call = Callable[..., Any]


def caller(person: Membership) -> Call:
    """Return a function that calls the API as somebody, with every scope the role allows."""
    scopes = [capability for capability in CAPABILITIES if person.can(capability)]
    secret = create_token(membership=person, name="Test", scopes=scopes, by=person).secret

    def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
        options: dict[str, Any] = {} if body is None else {"data": body, "content_type": "application/json"}
        send = getattr(Client(), method)
        return send(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}", **headers}, **options)

    return call


@pytest.fixture
def dave_calls(cast: Cast) -> Call:
    return caller(cast.dave)


@pytest.fixture
def carol_calls(cast: Cast) -> Call:
    return caller(cast.carol)


def test_a_card_is_made_once_per_key(cast: Cast, dave_calls: Call) -> None:
    body = {
        "cardholder": str(cast.carol.pk),
        "name": "Travel",
        "limit_purchase": {"amount": 50_000, "currency": "DKK"},
        "limit_month": {"amount": 80_000, "currency": "dkk"},
    }
    first = dave_calls("post", "cards/", body, **{"Idempotency-Key": "one"})
    again = dave_calls("post", "cards/", body, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code, Card.objects.count()) == (201, 201, 1)
    made = first.json()
    assert made == again.json()
    assert (made["name"], made["state"], made["is_frozen"], made["cardholder"]) == (
        "Travel", "active", False, str(cast.carol.pk),
    )  # fmt: skip
    assert {(limit.interval, limit.amount) for limit in Limit.objects.all()} == {
        ("purchase", 50_000),
        ("month", 80_000),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": None},
        {"name": "a\x00b"},
        {"cardholder": "nobody"},
        {"limit_month": 5},
        {"limit_month": {"amount": -1, "currency": "DKK"}},
        {"limit_month": {"amount": 1.5, "currency": "DKK"}},
        {"limit_month": {"amount": "5", "currency": "DKK"}},
        {"limit_month": {"amount": True, "currency": "DKK"}},
        {"limit_month": {"amount": 10**30, "currency": "DKK"}},
        {"limit_month": {"amount": 5, "currency": "ZZZ"}},
        {"limit_month": {"amount": 5, "currency": "EUR"}},
        {"limit_month": {"amount": 5}},
    ],
)
def test_a_card_with_wrong_values_is_422(cast: Cast, dave_calls: Call, changes: dict[str, Any]) -> None:
    answer = dave_calls("post", "cards/", {"cardholder": str(cast.carol.pk), "name": "Travel"} | changes)
    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["code"]
    assert not Card.objects.exists()


def test_a_card_for_somebody_elsewhere_is_404(cast: Cast, dave_calls: Call) -> None:
    for person in (str(cast.mallory.pk), str(uuid4())):
        assert dave_calls("post", "cards/", {"cardholder": person, "name": "Travel"}).status_code == 404


def test_lists_show_only_what_the_token_may_see(card: Card, cast: Cast, dave_calls: Call, carol_calls: Call) -> None:
    play.new_card(cast.dave)
    theirs = play.new_card(cast.mallory)
    assert len(dave_calls("get", "cards/").json()["results"]) == 2
    assert [row["id"] for row in carol_calls("get", "cards/").json()["results"]] == [str(card.pk)]
    assert dave_calls("get", f"cards/{theirs.pk}/").status_code == 404
    assert dave_calls("post", f"cards/{theirs.pk}/freeze/", {}).status_code == 404
    buy(card, 100)
    assert len(carol_calls("get", "authorizations/").json()["results"]) == 1
    assert caller(cast.mallory)("get", "authorizations/").json()["results"] == []


def test_lists_are_searched_and_filtered(card: Card, cast: Cast, dave_calls: Call) -> None:
    other = play.new_card(cast.dave)
    found = dave_calls("get", "cards/?q=everyday&state=active").json()["results"]
    assert {row["id"] for row in found} == {str(card.pk), str(other.pk)}
    assert [row["id"] for row in dave_calls("get", f"cards/?q={card.last_four}").json()["results"]][-1] == str(card.pk)
    assert dave_calls("get", "cards/?q=nobody").json()["results"] == []
    assert dave_calls("get", "cards/?state=lost").status_code == 422
    buy(card, 100)
    buy(card, 10**9)
    assert len(dave_calls("get", "authorizations/?outcome=declined").json()["results"]) == 1
    assert len(dave_calls("get", "authorizations/?status=pending").json()["results"]) == 1
    assert dave_calls("get", f"authorizations/?card={other.pk}").json()["results"] == []
    assert dave_calls("get", "authorizations/?card=x").status_code == 422


def test_one_card_says_what_it_can_spend(card: Card, cast: Cast, carol_calls: Call) -> None:
    set_limit(card=card, interval="month", amount=kroner(30_000), by=cast.dave)
    body = carol_calls("get", f"cards/{card.pk}/").json()
    assert body["spendable"] == {"amount": 30_000, "currency": "DKK"}


def test_freeze_and_thaw(card: Card, cast: Cast, dave_calls: Call, carol_calls: Call) -> None:
    frozen = dave_calls("post", f"cards/{card.pk}/freeze/", {"reason": "Lost"})
    assert (frozen.status_code, frozen.json()["is_frozen"]) == (201, True)
    refused = carol_calls("delete", f"cards/{card.pk}/freeze/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "frozen_by_finance")
    thawed = dave_calls("delete", f"cards/{card.pk}/freeze/")
    assert (thawed.status_code, thawed.json()["is_frozen"]) == (200, False)
    assert dave_calls("post", f"cards/{card.pk}/freeze/", {"reason": "x" * 201}).status_code == 422
    assert dave_calls("post", f"cards/{card.pk}/freeze/", {"reason": "a\x00b"}).status_code == 422


def test_limits_are_set_together_or_not_at_all(card: Card, cast: Cast, dave_calls: Call) -> None:
    path = f"cards/{card.pk}/limits/"
    wanted = [
        {"interval": "month", "limit": {"amount": 30_000, "currency": "DKK"}},
        {"interval": "purchase", "limit": {"amount": 9_000, "currency": "DKK"}, "is_hard": True},
    ]
    body = dave_calls("put", path, wanted).json()
    assert [(row["interval"], row["limit"]["amount"], row["owner"], row["is_hard"]) for row in body] == [
        ("purchase", 9_000, "card", True), ("month", 30_000, "card", True),
    ]  # fmt: skip
    wrong = [{"interval": "month", "limit": None}, {"interval": "week", "limit": {"amount": 5, "currency": "EUR"}}]
    assert dave_calls("put", path, wrong).status_code == 422
    assert len(dave_calls("get", path).json()) == 2
    assert [row["interval"] for row in dave_calls("put", path, wrong[:1]).json()] == ["purchase"]
    for nonsense in ({}, "x", [5], [{"interval": "fortnight", "limit": None}], wanted * 9):
        assert dave_calls("put", path, nonsense).status_code in (400, 422)


def test_a_decline_is_explained(card: Card, cast: Cast, carol_calls: Call) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(1_000), by=cast.dave)
    refused = buy(card, 4_800)
    body = carol_calls("get", f"authorizations/{refused.pk}/").json()
    assert (body["outcome"], body["decline_reason"], body["money"]) == (
        "declined", "limit_purchase", {"amount": 4_800, "currency": "DKK"},
    )  # fmt: skip
    assert "over your limit" in body["explanation"]["sentence"]
    assert body["explanation"]["ask"] == "Ask Dave to raise it."
    assert [check["code"] for check in body["checks"] if not check["passed"]] == ["limit_purchase"]
    paid = buy(card, 100)
    assert carol_calls("get", f"authorizations/{paid.pk}/").json()["explanation"] is None
    assert used_by(card, "month") == 100
