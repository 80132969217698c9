"""Acts on many cards, differences with the issuer and cards close to a limit, over the API."""

# ruff: noqa: F811 - fixtures of another module

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from cards import reconcile
from cards.card_policies import make_policy
from cards.limits import set_limit
from cards.models import Card, Drift
from cards.run_bulk import run_bulk
from tests.cards import play
from tests.cards.play import buy, kroner
from tests.cards.stripe_mock import StripeMock
from tests.cards.test_api import caller
from tests.cards.test_stripe_doors import NOW, mock  # noqa: F401 - a fixture
from tests.cards.test_stripe_doors import card as stripe_card  # noqa: F401 - a fixture
from tests.conftest import Cast


def test_many_cards_follow_a_policy_and_back(card: Card, cast: Cast) -> None:
    policy = make_policy(company=cast.company, name="Travel", by=cast.dave)
    others = [play.new_card(cast.lena), play.new_card(cast.mallory)]
    dave, ids = caller(cast.dave), [str(one.pk) for one in (card, *others)]
    made = dave("post", "card-acts/", {"act": "follow", "cards": ids, "policy": str(policy.pk)})
    assert (made.status_code, made.json()["total"], made.json()["status"]) == (202, 2, "waiting")
    run_bulk(made.json()["id"])
    done = dave("get", f"card-acts/{made.json()['id']}/").json()
    assert (done["done"], done["status"], done["can_be_undone"]) == (2, "done", True)
    rows = dave("get", f"card-acts/{made.json()['id']}/results/?state=done").json()["results"]
    assert {row["card"] for row in rows} == set(ids[:2])
    undo = dave("post", f"card-acts/{made.json()['id']}/undo/")
    assert (undo.status_code, undo.json()["undo_of"]) == (202, made.json()["id"])
    assert dave("post", f"card-acts/{made.json()['id']}/undo/").status_code == 409
    assert caller(cast.lena)("get", f"card-acts/{made.json()['id']}/").status_code in (403, 404)


@pytest.mark.parametrize(
    "body",
    [{}, {"act": "undo"}, {"act": "follow", "policy": None}, {"act": "freeze", "cards": []}, {"act": "freeze", "cards": ["x"]},
     {"act": "follow", "policy": str(uuid4())}, {"act": "freeze", "cards": [str(uuid4())]}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(card: Card, cast: Cast, body: dict[str, object]) -> None:
    asked = {"cards": [str(card.pk)]} | body
    assert caller(cast.dave)("post", "card-acts/", asked).status_code in (409, 422)


def test_cards_close_to_a_limit_are_asked_for(card: Card, cast: Cast) -> None:
    play.new_card(cast.lena)
    set_limit(card=card, interval="month", amount=kroner(10_000), by=None)
    buy(card, 9_000)
    dave = caller(cast.dave)
    assert [one["id"] for one in dave("get", "cards/?near_limit=true").json()["results"]] == [str(card.pk)]
    assert len(dave("get", "cards/?near_limit=false").json()["results"]) == 1
    assert dave("get", "cards/?near_limit=maybe").status_code == 422


def test_a_difference_is_listed_and_put_right(stripe_card: Card, mock: StripeMock, cast: Cast) -> None:
    mock.cards[stripe_card.issuer_reference]["status"] = "inactive"
    now = NOW + timedelta(hours=1)
    (row,) = reconcile.begin(now=now)
    reconcile.run(reconciliation_id=row.pk, now=now)
    dave = caller(cast.dave)
    (found,) = dave("get", "issuer-differences/?kind=card_status&state=open").json()["results"]
    assert (found["ours"], found["theirs"]) == ({"status": "active"}, {"status": "frozen"})
    assert "send_ours" in found["remedies"]
    path = f"issuer-differences/{found['id']}/remedy/"
    assert dave("post", path, {"remedy": "melt"}).status_code == 422
    assert dave("post", path, {"remedy": "send_ours"}).json()["state"] == "over"
    assert dave("post", path, {"remedy": "send_ours"}).status_code == 409
    assert Drift.objects.get().ended_by == cast.dave
    assert dave("post", "issuer-differences/looks/").status_code in (202, 422)
