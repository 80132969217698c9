"""A card's life, vendor cards, questions, files and leaving over the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from cards.models import Card, CardBatch, Plastic, Subscription
from tests.cards import play
from tests.cards.test_api import caller
from tests.cards.test_consent import asked
from tests.conftest import Cast

ADDRESS = {"name": "Carol", "line1": "Havnegade 3", "postal_code": "8000", "city": "Aarhus", "country": "DK"}


def new(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {"cardholder": str(cast.carol.pk), "name": "Everyday", **fields}


def test_each_kind_is_made(cast: Cast) -> None:
    dave = caller(cast.dave)
    total = {"amount": 50_000, "currency": "DKK"}
    ends = play.in_days(5).isoformat()
    for body in (
        new(cast),
        new(cast, kind="physical", ship_to=ADDRESS),
        new(cast, kind="temporary", starts_at=play.in_days(0).isoformat(), ends_at=ends, limit_total=total),
        new(cast, kind="single_use"),
        new(cast, kind="vendor", vendor={"merchant": "Figma", "price": {"amount": 5_400, "currency": "USD"}}),
    ):
        answer = dave("post", "cards/", body)
        assert answer.status_code == 201, answer.content
        assert answer.json()["kind"] == body.get("kind", "virtual")
    assert Subscription.objects.get().currency == "USD"
    assert [row["kind"] for row in dave("get", "cards/?kind=physical").json()["results"]] == ["physical"]
    plastic = Card.objects.get(kind="physical")
    assert dave("get", f"cards/{plastic.pk}/").json()["plastic"]["shipping"] == "ordered"


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"kind": "rubber"}, 422), ({"kind": "physical"}, 422), ({"kind": "physical", "ship_to": {"name": "x"}}, 422),
     ({"kind": "temporary"}, 422), ({"kind": "temporary", "starts_at": "9999-12-31T23:59:59Z", "ends_at": "0001-01-01T00:00:00Z"}, 422),
     ({"vendor": "Figma"}, 422), ({"kind": "vendor", "vendor": {"period": "never"}}, 422)],
)  # fmt: skip
def test_nonsense_is_refused(cast: Cast, fields: dict[str, Any], status: int) -> None:
    assert caller(cast.dave)("post", "cards/", new(cast, **fields)).status_code == status
    assert not Card.objects.exists()


def test_a_wrong_activation_counts_though_it_has_a_key(cast: Cast) -> None:
    card, carol = play.plastic(cast.carol, active=False), caller(cast.carol)
    wrong = {"last_four": f"{(int(card.last_four) + 1) % 10_000:04}"}
    path = f"cards/{card.pk}/activation/"
    for _ in range(6):
        answer = carol("post", path, wrong, **{"Idempotency-Key": str(uuid4())})
    assert (answer.status_code, Plastic.objects.get().tries) == (409, 5)
    assert caller(cast.dave)("post", path, {"last_four": card.last_four}).status_code == 403
    Plastic.objects.update(tries=0)
    assert carol("post", path, {"last_four": card.last_four}).json()["state"] == "active"


def test_lost_replaced_and_closed(cast: Cast) -> None:
    card, carol = play.plastic(cast.carol), caller(cast.carol)
    assert carol("post", f"cards/{card.pk}/loss/", {"because": "boredom"}).status_code == 422
    lost = carol("post", f"cards/{card.pk}/loss/", {"because": "stolen"})
    assert (lost.status_code, lost.json()["close_reason"]) == (201, "stolen")
    made = carol("post", f"cards/{card.pk}/replacement/", {}, **{"Idempotency-Key": "once"})
    again = carol("post", f"cards/{card.pk}/replacement/", {}, **{"Idempotency-Key": "once"})
    assert made.json()["id"] == again.json()["id"] and made.json()["replaces"] == str(card.pk)
    assert carol("post", f"cards/{card.pk}/replacement/", {}).status_code == 409
    closed = carol("post", f"cards/{made.json()['id']}/closing/")
    assert (closed.status_code, closed.json()["state"]) == (201, "closed")
    assert carol("post", f"cards/{card.pk}/closing/").status_code == 409
    assert caller(cast.mallory)("post", f"cards/{card.pk}/closing/").status_code == 404


def test_a_subscription_is_read_and_corrected(cast: Cast) -> None:
    dave = caller(cast.dave)
    made = dave("post", "cards/", new(cast, kind="vendor", vendor={"merchant": "Figma"})).json()
    path = f"cards/{made['id']}/subscription/"
    changed = dave(
        "put", path, {"period": "year", "price": {"amount": 100, "currency": "EUR"}, "renews_on": "2027-01-31"}
    )
    assert changed.json()["renews_on"] == "2027-01-31" and changed.json()["price"]["currency"] == "EUR"
    assert dave("delete", path).json()["is_flagged"] is False
    assert len(dave("get", "subscriptions/?period=year").json()["results"]) == 1
    assert dave("get", f"cards/{play.new_card(cast.carol).pk}/subscription/").status_code == 404
    assert caller(cast.lena)("put", path, {"period": "week", "price": None, "renews_on": None}).status_code == 403


def test_questions_are_read_and_never_answered(card: Card, cast: Cast) -> None:
    asked(card)
    rows = caller(cast.carol)("get", "consents/?status=open").json()["results"]
    assert [row["merchant_name"] for row in rows] == ["Kaffebar Nordhavn"]
    assert not caller(cast.mallory)("get", "consents/").json()["results"]


def test_a_file_is_given_checked_and_started(cast: Cast) -> None:
    dave = caller(cast.dave)
    text = "person,name\ncarol@example.com,Travel\nnobody@example.com,Travel\n"
    given = dave("post", "card-files/", {"csv": text, "filename": "a.csv"})
    assert (given.status_code, given.json()["row_count"]) == (201, 2)
    path = f"card-files/{given.json()['id']}/"
    wrong = dave("get", f"{path}lines/?status=wrong").json()["results"]
    assert wrong[0]["problems"] == ["Nobody here has nobody@example.com."]
    assert dave("post", f"{path}start/").status_code == 201
    assert dave("post", f"{path}start/").status_code == 409
    assert dave("post", "card-files/", {"csv": "a\x00b"}).status_code in (400, 422)
    assert dave("post", "card-files/", {"csv": "x"}).status_code == 422
    assert CardBatch.objects.count() == 1


def test_somebody_leaves_and_comes_back(card: Card, cast: Cast) -> None:
    dave, path = caller(cast.dave), f"people/{cast.carol.pk}/leaving"
    play.buy(card, 700)
    begun = dave("post", path, {"waits": True})
    assert (begun.status_code, begun.json()["reserved"]["amount"], begun.json()["is_leaving"]) == (201, 700, True)
    assert dave("delete", path).json()["is_leaving"] is False
    assert dave("post", f"{path}/end").status_code == 409
    dave("post", path, {})
    assert dave("post", f"{path}/end").json()["status"] == "left"
    assert dave("post", f"people/{cast.carol.pk}/return").json()["status"] == "active"
    assert caller(cast.mallory)("get", path).status_code == 404
