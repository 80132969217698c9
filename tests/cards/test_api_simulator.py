"""The simulator over the API: everything a network says, and only where the cards are simulated."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company
from cards.models import Authorization, Card, Clearing, Dispute
from tests.cards import play
from tests.cards.test_api import Call, caller
from tests.cards.test_simulate import doors  # noqa: F401 - a fixture
from tests.conftest import Cast


@pytest.fixture
def call(cast: Cast, card: Card, doors: None) -> Call:  # noqa: F811
    play.fund(cast.company, 10_000_000)
    return caller(cast.dave)


def test_a_purchase_and_what_is_said_of_it(call: Call, card: Card) -> None:
    bought = call("post", "simulator/purchases/", {"card": str(card.pk), "amount": 4_800, "currency": "DKK"})
    assert (bought.status_code, bought.json()["approved"]) == (201, True)
    about: dict[str, Any] = {"authorization": bought.json()["authorization"]}
    grown = call("post", "simulator/messages/", about | {"say": "grow", "amount": 200})
    assert (grown.status_code, grown.json()) == (201, {"sent": True, "approved": True, "balance": None})
    assert call("post", "simulator/messages/", about | {"say": "settle"}).status_code == 201
    assert Clearing.objects.get().amount == 5_000
    inquired = call("post", "simulator/messages/", {"card": str(card.pk), "say": "inquire"}).json()
    assert inquired["balance"] == play.wallet(card.company).available.amount
    forced = {"card": str(card.pk), "amount": 900, "currency": "EUR", "merchant": "Kiosk", "without_asking": True}
    assert call("post", "simulator/purchases/", forced).status_code == 201
    assert Clearing.objects.filter(authorization=None, merchant_name="Kiosk").exists()


def test_a_story_a_day_and_a_dispute(call: Call, card: Card) -> None:
    told = call("post", "simulator/stories/", {"card": str(card.pk), "scenario": "fraud"})
    assert (told.status_code, len(told.json()["lines"])) == (201, 4)
    about = {"dispute": str(Dispute.objects.get().pk)}
    assert call("post", "simulator/messages/", about | {"say": "won"}).status_code == 201
    assert Dispute.objects.get().status == "won"
    assert call("post", "simulator/messages/", about | {"say": "lost"}).status_code == 404
    assert call("post", "simulator/days/").json() == {"settled": 0, "expired": 0}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"say": "settle"},
        {"say": "dance", "authorization": "0190b3c4-0000-7000-8000-000000000000"},
        {"say": "settle", "card": "0190b3c4-0000-7000-8000-000000000000"},
        {"say": "grow", "authorization": "0190b3c4-0000-7000-8000-000000000000", "amount": -1},
        {"say": "grow", "authorization": "nonsense"},
    ],
)
def test_nonsense_is_422(call: Call, body: dict[str, Any]) -> None:
    assert call("post", "simulator/messages/", body).status_code == 422
    assert not Authorization.objects.exists()


@pytest.mark.parametrize("path", ["purchases", "messages", "stories", "days"])
def test_it_is_not_there_for_real_cards_nor_for_employees(call: Call, cast: Cast, path: str) -> None:
    assert caller(cast.carol)("post", f"simulator/{path}/", {}).status_code == 403
    Company.objects.filter(pk=cast.company.pk).update(issuer="stripe")
    assert call("post", f"simulator/{path}/", {}).status_code == 404


def test_a_card_of_another_company_is_not_there(call: Call, cast: Cast) -> None:
    theirs = play.new_card(cast.mallory)
    body = {"card": str(theirs.pk), "amount": 1, "currency": "DKK"}
    assert call("post", "simulator/purchases/", body).status_code == 404
