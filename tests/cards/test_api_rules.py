"""The API of rules that hang on people and card policies, and of rules on trial."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cards.card_policies import make_policy
from cards.limits import set_limit
from cards.models import Card, CardTemplate, Control, Limit
from cards.set_control import set_control
from pleo.lib.money import Money
from tests.cards.test_api import caller
from tests.conftest import Cast


def dkk(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "DKK"}


@pytest.fixture
def policy(cast: Cast) -> CardTemplate:
    return make_policy(company=cast.company, name="Travelling staff", by=cast.dave)


@pytest.mark.parametrize("owner", ["people", "card-policies"])
def test_limits_of_a_person_and_of_a_policy(cast: Cast, policy: CardTemplate, owner: str) -> None:
    call, pk = caller(cast.dave), cast.carol.pk if owner == "people" else policy.pk
    asked = [
        {"interval": "month", "limit": dkk(900_000), "is_hard": False},
        {"interval": "day", "limit": dkk(50_000), "on_trial": True},
    ]
    answer = call("put", f"{owner}/{pk}/limits/", asked)
    assert answer.status_code == 200, answer.content
    shown = [(row["interval"], row["limit"], row["is_hard"], row["on_trial"]) for row in answer.json()]
    assert shown == [("month", dkk(900_000), False, False), ("day", dkk(50_000), True, True)]
    call("put", f"{owner}/{pk}/limits/", [{"interval": "month", "limit": None}])
    assert [row["interval"] for row in call("get", f"{owner}/{pk}/limits/").json()] == ["day"]
    wrong = call("put", f"{owner}/{pk}/limits/", [{"interval": "month", "limit": {"amount": 1, "currency": "EUR"}}])
    assert wrong.status_code in (400, 409, 422) and Limit.objects.filter(ended_at=None).count() == 1


def test_another_company_s_people_and_policies_are_not_found(cast: Cast) -> None:
    call, foreign = caller(cast.dave), make_policy(company=cast.other, name="Theirs", by=None)
    for path in (
        f"people/{cast.mallory.pk}/limits/",
        f"card-policies/{foreign.pk}/limits/",
        f"card-policies/{foreign.pk}/",
    ):
        assert call("get", path).status_code == 404
    rule = set_control(template=foreign, kind="country", values=["DK"], shadow=True, by=None)
    assert rule is not None
    assert call("get", f"rule-trials/{rule.pk}/").status_code == 404
    assert call("get", "rule-trials/").json() == []


def test_a_raise_of_a_person_is_made_and_ended(cast: Cast) -> None:
    set_limit(person=cast.carol, interval="month", amount=Money(1_000, "DKK"), by=cast.dave)
    call, ends = caller(cast.dave), (timezone.now() + timedelta(days=3)).isoformat()
    made = call("post", f"people/{cast.carol.pk}/raises/", {"interval": "month", "limit": dkk(5_000), "ends_at": ends})
    assert made.status_code == 201, made.content
    assert [row["limit"] for row in call("get", f"people/{cast.carol.pk}/raises/").json()] == [dkk(5_000)]
    for _ in range(2):
        assert call("delete", f"limit-raises/{made.json()['id']}/").status_code == 204
    assert call("get", f"people/{cast.carol.pk}/raises/").json() == []


def test_a_policy_is_renamed_archived_and_brought_back(cast: Cast, policy: CardTemplate) -> None:
    call, path = caller(cast.dave), f"card-policies/{policy.pk}/"
    assert call("patch", path, {"name": "Sales"}).json()["name"] == "Sales"
    assert call("patch", path, {"name": ""}).status_code == 422
    call("put", f"{path}controls/country/", {"values": ["DK"]})
    assert [row["kind"] for row in call("get", f"{path}controls/").json()] == ["country"]
    assert call("delete", f"{path}controls/country/").status_code == 204
    assert call("get", f"{path}controls/").json() == []
    assert call("delete", path).json()["archived_at"]
    assert call("post", f"{path}restoration/").json()["archived_at"] is None


def test_trials_are_listed_replayed_switched_on_and_dropped(card: Card, cast: Cast, policy: CardTemplate) -> None:
    call = caller(cast.dave)
    country = set_control(card=card, kind="country", values=["DK"], shadow=True, by=cast.dave)
    cap = set_limit(person=cast.carol, interval="day", amount=Money(1_000, "DKK"), shadow=True, by=cast.dave)
    assert country is not None and cap is not None
    shown = call("get", "rule-trials/").json()
    assert [(row["kind"], row["interval"], row["card"], row["person"]) for row in shown] == [
        ("country", "", str(card.pk), None), ("", "day", None, str(cast.carol.pk)),
    ]  # fmt: skip
    assert call("get", f"rule-trials/{country.pk}/").json()["declined"] == 0
    assert call("post", f"rule-trials/{country.pk}/switch/").status_code == 204
    assert call("delete", f"rule-trials/{cap.pk}/").status_code == 204
    assert call("post", f"rule-trials/{cap.pk}/switch/").status_code == 404, "it is over"
    assert Control.objects.live().filter(shadow=False, kind="country").exists()
    assert not Limit.objects.filter(ended_at=None).exists()
