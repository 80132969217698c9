"""The pages and the API of limits, rules, trials, policies and wishes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from cards.card_policies import follow_policy, make_policy
from cards.card_requests import ask_raise
from cards.limits import set_limit
from cards.models import Allowance, Authorization, Card, CardRequest, CardTemplate, Control, ControlKind, Limit
from cards.set_control import set_control
from tests.cards.play import buy, kroner
from tests.cards.test_api import caller
from tests.conftest import Cast

SignIn = Callable[[Membership], Client]
RULES: dict[str, dict[str, Any]] = {
    "category": {"mode": "block", "groups": ["gambling"], "codes": "5812, 5813"},
    "merchant": {"mode": "allow", "merchants": "Kaffebar\nBooking.com"},
    "first_shop": {},
    "country": {"mode": "allow", "countries": "Denmark, se"},
    "weekday": {"days": ["0", "1"]},
    "hours": {"begin": "08:00", "end": "18:00"},
    "channel": {"channels": ["chip"]},
    "amount": {"min": "1", "max": "500", "whole": ""},
}
WRONG: dict[str, dict[str, Any]] = {
    "category": {"mode": "block", "codes": "58"},
    "merchant": {"mode": "allow", "merchants": "..."},
    "country": {"mode": "allow", "countries": "Atlantis"},
    "weekday": {"days": ["9"]},
    "hours": {"begin": "08:00", "end": "08:00"},
    "channel": {"channels": ["telepathy"]},
    "amount": {"min": "500", "max": "1"},
}


@pytest.fixture
def base(cast: Cast) -> str:
    return f"/c/{cast.company.slug}"


@pytest.mark.parametrize("kind", ControlKind.values)
def test_each_rule_is_set_shown_tried_and_removed(
    card: Card, cast: Cast, sign_in: SignIn, base: str, kind: str
) -> None:
    client, url = sign_in(cast.dave), f"{base}/cards/{card.pk}/rules/{kind}/"
    assert client.get(url).status_code == 200
    if kind in WRONG:
        assert client.post(url, WRONG[kind]).status_code == 422
        assert not Control.objects.exists()
    assert client.post(url, RULES[kind] | {"note": "By the book"}).status_code == 303
    assert Control.objects.live().get().kind == kind
    assert client.get(url).status_code == 200
    page = client.get(f"{base}/cards/{card.pk}/").content.decode()
    assert "By the book" in page and "follows no card policy" in page
    assert client.post(url, RULES[kind] | {"do": "try"}).status_code == 303
    trial = Control.objects.live().get(shadow=True)
    assert (
        "no purchase in the last 90 days" in client.get(f"{base}/cards/{card.pk}/trials/{trial.pk}/").content.decode()
    )
    assert client.post(f"{base}/cards/{card.pk}/trials/{trial.pk}/", {"do": "on"}).status_code == 303
    assert client.get(f"{base}/cards/{card.pk}/trials/{trial.pk}/").status_code == 404
    assert client.post(url, {"do": "remove"}).status_code == 303
    assert not Control.objects.live().exists()


def test_limits_of_card_person_and_policy(card: Card, cast: Cast, sign_in: SignIn, base: str) -> None:
    client = sign_in(cast.dave)
    policy = make_policy(company=cast.company, name="Staff", by=cast.dave)
    for owner in (f"cards/{card.pk}", f"people/{cast.carol.pk}", f"policies/{policy.pk}"):
        url = f"{base}/{owner}/limits/"
        assert client.get(url).status_code == 200
        assert client.post(url, {"month": "nonsense"}).status_code == 422
        assert client.post(url, {"month": "100,00", "month_kind": "soft", "cash_day": "5"}).status_code == 303
        assert client.post(url, {"month": "100,00", "month_kind": "soft", "cash_day": "5"}).status_code == 303
        assert client.post(url, {"month": "200", "do": "try"}).status_code == 303
        page = client.get(url).content.decode()
        assert "On trial" in page
    assert Limit.objects.standing().count() == 6 and Limit.objects.filter(shadow=True).count() == 3
    assert set(Limit.objects.standing().filter(interval="month").values_list("hard", flat=True)) == {False}
    trial = Limit.objects.get(shadow=True, membership=cast.carol)
    assert client.get(f"{base}/people/{cast.carol.pk}/trials/{trial.pk}/").status_code == 200
    assert client.post(f"{base}/people/{cast.carol.pk}/trials/{trial.pk}/", {"do": "drop"}).status_code == 303


def test_a_raise_is_made_and_ended(card: Card, cast: Cast, sign_in: SignIn, base: str) -> None:
    client, url = sign_in(cast.dave), f"{base}/cards/{card.pk}/raise/"
    assert "no limit that could be raised" in client.get(url).content.decode()
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    until = (timezone.now() + timedelta(days=3)).date().isoformat()
    assert client.post(url, {"interval": "month", "amount": "50", "ends_on": until}).status_code == 422
    for wrong in ("", "9999-12-31", "2001-01-01", "soon"):
        assert client.post(url, {"interval": "month", "amount": "500", "ends_on": wrong}).status_code == 422
    assert client.post(url, {"interval": "month", "amount": "500", "ends_on": until}).status_code == 303
    row = Limit.objects.get(ends_at__isnull=False)
    assert "End it now" in client.get(f"{base}/cards/{card.pk}/limits/").content.decode()
    assert client.post(f"{base}/limits/{row.pk}/end/").status_code == 303
    row.refresh_from_db()
    assert row.ended_at is not None


def test_policies_are_made_and_followed_by_many(card: Card, cast: Cast, sign_in: SignIn, base: str) -> None:
    client = sign_in(cast.dave)
    assert "No card policies yet" in client.get(f"{base}/policies/").content.decode()
    assert client.post(f"{base}/policies/new/", {"name": ""}).status_code == 422
    assert client.post(f"{base}/policies/new/", {"name": "Staff"}).status_code == 303
    assert client.post(f"{base}/policies/new/", {"name": "Staff"}).status_code == 422
    policy = CardTemplate.objects.get()
    url = f"{base}/policies/{policy.pk}/"
    assert client.post(f"{url}rules/country/", RULES["country"]).status_code == 303
    assert client.post(f"{url}limits/", {"month": "100"}).status_code == 303
    assert "Denmark" in client.get(url).content.decode()
    assert client.post(url, {"name": "Everybody"}).status_code == 303
    assert client.get(f"{url}cards/").status_code == 200
    assert client.get(f"{url}cards/?q=carol", headers={"HX-Request": "true"}).status_code == 200
    assert client.post(f"{url}cards/", {"card": ["nonsense"]}).status_code == 422
    assert "Change 1 card" in client.post(f"{url}cards/", {"card": [str(card.pk)]}).content.decode()
    card.refresh_from_db()
    assert card.template is None
    done = client.post(f"{url}cards/", {"card": [str(card.pk)], "do": "apply"}, follow=True).content.decode()
    assert "1 card follows Everybody now." in done
    card.refresh_from_db()
    assert card.template == policy
    assert client.post(f"{url}archive/").status_code == 303
    assert "follow" in client.get(f"{base}/cards/{card.pk}/").content.decode()
    assert client.get(f"{base}/policies/policies.csv").getvalue().decode().count("Everybody") == 2  # type: ignore[attr-defined]
    assert client.get(f"{base}/policies/?q=every&sort=-name").content.decode().count("Everybody") == 1
    assert client.post(f"{base}/cards/{card.pk}/rules/own/").status_code == 303
    card.refresh_from_db()
    assert card.template is None
    client.post(f"{url}archive/")
    policy.refresh_from_db()
    assert policy.archived_at is not None


def test_a_decline_is_answered_in_one_tap(card: Card, cast: Cast, sign_in: SignIn, base: str) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(100), by=cast.alice)
    row = buy(card, 500, occurred_at=timezone.now())
    url = f"{base}/declines/{row.pk}/"
    holder, finance = sign_in(cast.carol), sign_in(cast.dave)
    assert "Ask to allow it once" in holder.get(url).content.decode()
    assert holder.post(f"{url}allow/").status_code == 403
    assert holder.post(f"{url}ask/").status_code == 303
    assert holder.post(f"{url}ask/").status_code == 409
    assert "Nobody has answered yet" in holder.get(url).content.decode()
    assert finance.post(f"{url}allow/").status_code == 303
    assert "allows it once" in holder.get(url).content.decode()
    assert finance.post(f"{base}/allowances/{Allowance.objects.get().pk}/withdrawal/").status_code == 303
    assert finance.post(f"{url}raise/").status_code == 303
    assert Limit.objects.get(ends_at__isnull=False).amount == 500
    assert finance.post(f"{url}raise/").status_code == 303
    assert Limit.objects.filter(ends_at__isnull=False).count() == 1


def test_wishes_are_asked_listed_and_answered(card: Card, cast: Cast, sign_in: SignIn, base: str) -> None:
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    holder, finance, other = sign_in(cast.carol), sign_in(cast.dave), sign_in(cast.lena)
    url = f"{base}/cards/{card.pk}/more/"
    assert holder.get(url).status_code == 200 and other.get(url).status_code == 404
    assert holder.post(url, {"interval": "month", "amount": "", "reason": ""}).status_code == 422
    assert holder.post(url, {"interval": "month", "amount": "500", "reason": "Trade fair"}).status_code == 303
    assert holder.post(url, {"interval": "month", "amount": "500", "reason": "Trade fair"}).status_code == 422
    assert (
        holder.post(f"{base}/cards/requests/new/", {"name": "Travel", "amount": "9", "reason": "Oslo"}).status_code
        == 303
    )
    wish = CardRequest.objects.get(kind="raise")
    one = f"{base}/cards/requests/{wish.pk}/"
    listed = finance.get(f"{base}/cards/requests/?q=trade&sort=-amount").content.decode()
    assert "Trade fair" in listed and "Oslo" not in listed
    assert "Nobody waits" in other.get(f"{base}/cards/requests/").content.decode()
    assert other.get(one).status_code == 404
    assert "Trade fair" in finance.get(f"{base}/cards/requests/requests.csv").getvalue().decode()  # type: ignore[attr-defined]
    assert finance.post(f"{one}withdrawal/").status_code == 422
    assert finance.post(f"{one}answer/", {"do": "grant", "comment": "Go"}).status_code == 303
    assert finance.post(f"{one}answer/", {"do": "refuse"}).status_code == 409
    assert "“Go”" in holder.get(one).content.decode()
    assert Limit.objects.standing().get(interval="month").amount == 50_000
    new = CardRequest.objects.get(kind="new_card")
    assert holder.post(f"{base}/cards/requests/{new.pk}/withdrawal/").status_code == 303
    for query in ("status=refused&kind=raise", "status=nonsense", "cursor=x", "sort=x", "q=%00"):
        assert finance.get(f"{base}/cards/requests/?{query}").status_code == 200


def test_asking_from_a_decline_begins_with_what_it_needed(card: Card, cast: Cast, sign_in: SignIn, base: str) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(100), by=cast.alice)
    row = buy(card, 51_234)
    holder = sign_in(cast.carol)
    address = f"{base}/cards/{card.pk}/more/?decline={row.pk}"
    assert address in holder.get(f"{base}/declines/{row.pk}/").content.decode()
    assert "512,34" in holder.get(address).content.decode()


def test_the_api_sets_rules_policies_raises_and_answers(card: Card, cast: Cast) -> None:
    cache.clear()
    finance, holder = caller(cast.dave), caller(cast.carol)
    path = f"cards/{card.pk}"
    assert finance("put", f"{path}/controls/country/", {"values": ["SE"], "note": "Only there"}).status_code == 200
    assert finance("put", f"{path}/controls/country/", {"values": ["Atlantis"]}).status_code == 422
    assert finance("put", f"{path}/controls/colour/", {"values": []}).status_code == 404
    assert (
        finance("put", f"{path}/controls/hours/", {"values": ["08:00", "09:00"], "on_trial": True}).status_code == 200
    )
    (country, hours) = holder("get", f"{path}/controls/").json()
    assert (country["says"], country["on_trial"], hours["on_trial"]) == ("Only Sweden", False, True)
    assert finance("get", f"{path}/controls/hours/trial/").json()["declined"] == 0
    row = buy(card, 500)
    asked = holder("post", "card-requests/", {"kind": "allow_once", "authorization": str(row.pk)})
    assert asked.status_code == 201
    assert holder("post", "card-requests/", {"kind": "raise"}).status_code == 422
    wish = asked.json()["id"]
    assert holder("post", f"card-requests/{wish}/grant/", {}).status_code == 403
    assert finance("post", f"card-requests/{wish}/grant/", {"comment": "Go"}).json()["status"] == "granted"
    assert finance("post", f"card-requests/{wish}/refusal/", {}).status_code == 409
    assert Allowance.objects.get().refused == row
    assert finance("post", f"authorizations/{row.pk}/allowance/").status_code == 201
    assert finance("delete", f"{path}/controls/country/").status_code == 204
    assert finance("get", "card-requests/?status=open&q=carol").json()["results"] == []
    set_limit(card=card, interval="month", amount=kroner(100), by=cast.dave)
    soon = (timezone.now() + timedelta(days=1)).isoformat()
    raised = {"interval": "month", "limit": {"amount": 900, "currency": "DKK"}, "ends_at": soon}
    assert finance("post", f"{path}/raises/", raised).status_code == 201
    assert len(holder("get", f"{path}/raises/").json()) == 1
    policy = finance("post", "card-policies/", {"name": "Staff"}).json()["id"]
    assert finance("put", f"card-policies/{policy}/controls/country/", {"values": ["DK"]}).status_code == 200
    followed = finance("post", f"card-policies/{policy}/cards/", {"cards": [str(card.pk), policy]}).json()
    assert [each["error"] for each in followed] == ["", "not_found"]
    assert finance("delete", f"{path}/policy/").status_code == 204
    assert finance("get", "card-policies/?q=staff").json()["results"][0]["name"] == "Staff"


def test_another_company_sees_none_of_it(card: Card, cast: Cast, sign_in: SignIn) -> None:
    set_limit(card=card, interval="month", amount=kroner(100), by=cast.dave)
    set_control(card=card, kind="country", values=["DK"], by=cast.dave)
    wish = ask_raise(card=card, by=cast.carol, interval="month", amount=kroner(900), ends_at=None, reason="")
    policy = make_policy(company=cast.company, name="Staff", by=cast.dave)
    follow_policy(card=card, template=policy, by=cast.dave)
    stranger, base = sign_in(cast.mallory), f"/c/{cast.other.slug}"
    for path in (
        f"cards/{card.pk}/rules/", f"cards/{card.pk}/limits/", f"policies/{policy.pk}/", f"cards/requests/{wish.pk}/",
        f"people/{cast.carol.pk}/limits/", f"policies/{policy.pk}/cards/",
    ):  # fmt: skip
        assert stranger.get(f"{base}/{path}").status_code == 404
    assert "Staff" not in stranger.get(f"{base}/policies/").content.decode()
    assert not Authorization.objects.filter(company=cast.other).exists()
