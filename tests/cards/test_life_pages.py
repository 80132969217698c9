"""Pages of a card's life, as its holder and as finance sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cards.freeze import freeze
from cards.models import Card, Control, Limit, Plastic, Subscription
from cards.ship import note_pin
from pleo.lib.ids import uuid7
from tests.cards import play
from tests.conftest import Cast

SignIn = Callable[[Any], Client]
ADDRESS = {"line1": "Havnegade 3", "postal_code": "8000", "city": "Aarhus", "country": "DK", "recipient": ""}


def url(cast: Cast, path: str = "") -> str:
    return f"/c/{cast.company.slug}/cards/{path}"


def new(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {"cardholder": str(cast.carol.pk), "name": "Everyday", "key": str(uuid7()), **fields}


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"kind": "physical"}, "The card needs an address to go to."),
        ({"kind": "temporary"}, "Say on which day it ends."),
        ({"kind": "temporary", "ends_on": "2031-01-01"}, "Say how much the card may spend in all."),
        ({"kind": "rubber"}, "Select a valid choice"),
        ({"kind": "temporary", "ends_on": "2020-01-01", "limit_total": "100"}, "A temporary card ends after it starts"),
        ({"kind": "vendor", "price": "-4"}, "The amount must be more than zero."),
    ],
)
def test_a_form_says_what_the_kind_lacks(cast: Cast, sign_in: SignIn, fields: dict[str, str], missing: str) -> None:
    answer = sign_in(cast.dave).post(url(cast, "new/"), new(cast, **fields))
    assert (answer.status_code, Card.objects.count()) == (422, 0)
    assert missing in answer.content.decode()
    assert "Everyday" in answer.content.decode()


def test_finance_makes_each_kind(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.dave)
    assert "From a day to a day" in page(client, url(cast, "new/"))
    for fields in (
        {"kind": "virtual", "limit_month": "1.000"},
        {"kind": "physical", **ADDRESS},
        {"kind": "temporary", "ends_on": cast.company.day_of(play.in_days(5)).isoformat(), "limit_total": "500"},
        {"kind": "single_use", "limit_purchase": "200", "limit_month": "5"},
        {"kind": "vendor", "merchant": "Figma", "price": "54", "period": "month"},
        {"kind": "vendor"},
    ):
        answer = client.post(url(cast, "new/"), new(cast, **fields))
        assert answer.status_code == 303, answer.content.decode()
        made = Card.objects.latest("id")
        assert made.kind == fields["kind"]
        assert "Everyday" in page(client, answer["Location"])
    assert Plastic.objects.get().recipient == "Carol"
    assert sorted(Limit.objects.values_list("interval", "amount")) == [
        ("month", 100_000), ("purchase", 20_000), ("total", 50_000),
    ]  # fmt: skip
    locks = Control.objects.order_by("id").values_list("kind", flat=True)
    assert list(locks) == ["merchant", "first_shop"]
    assert Subscription.objects.get(merchant="Figma").price == play.kroner(5_400)


def test_the_holder_activates_on_the_page(cast: Cast, sign_in: SignIn) -> None:
    card, carol, dave = play.plastic(cast.carol, active=False), sign_in(cast.carol), sign_in(cast.dave)
    act = url(cast, f"{card.pk}/activate/")
    assert "Last four digits of the card" in page(carol, url(cast, f"{card.pk}/"))
    assert "Last four digits of the card" not in page(dave, url(cast, f"{card.pk}/"))
    assert carol.post(act, {"last_four": "12"}).status_code == 422
    wrong = carol.post(act, {"last_four": "0000" if card.last_four != "0000" else "1111"})
    assert (wrong.status_code, "4 tries left" in wrong.content.decode()) == (422, True)
    assert dave.post(act, {"last_four": card.last_four}).status_code == 403
    assert carol.post(act, {"last_four": card.last_four}).status_code == 303
    card.refresh_from_db()
    assert card.state == "active"
    assert carol.post(act, {"last_four": card.last_four}).status_code == 409


def test_finance_lets_the_holder_try_again(cast: Cast, sign_in: SignIn) -> None:
    card = play.plastic(cast.carol, active=False)
    Plastic.objects.update(tries=5)
    assert "Too many wrong tries" in page(sign_in(cast.carol), url(cast, f"{card.pk}/"))
    dave = sign_in(cast.dave)
    assert "typed the last four digits wrong too often" in page(dave, url(cast, f"{card.pk}/"))
    assert dave.post(url(cast, f"{card.pk}/tries/")).status_code == 303
    assert Plastic.objects.get().tries == 0


def test_the_simulators_post_is_played_step_by_step(cast: Cast, sign_in: SignIn) -> None:
    card, dave = play.plastic(cast.carol, active=False), sign_in(cast.dave)
    for step in ("produced", "shipped", "delivered", "delivered"):
        assert dave.post(url(cast, f"{card.pk}/shipping/")).status_code == 303
        assert Plastic.objects.get().shipping == step
    assert "/shipping/" not in page(dave, url(cast, f"{card.pk}/"))


def test_lost_closes_and_sends_another(cast: Cast, sign_in: SignIn) -> None:
    card, carol = play.plastic(cast.carol), sign_in(cast.carol)
    lost = url(cast, f"{card.pk}/lost/")
    assert "cannot come back" in page(carol, lost)
    assert carol.post(lost, {"because": "boredom"}).status_code == 422
    assert carol.post(lost, {"because": "lost", "again": "on", "line1": ""}).status_code == 422
    card.refresh_from_db()
    assert card.is_open
    answer = carol.post(lost, {"because": "lost", "again": "on", **ADDRESS})
    made = Card.objects.get(replaces=card)
    assert (answer.status_code, answer["Location"]) == (303, url(cast, f"{made.pk}/"))
    shown = page(carol, url(cast, f"{card.pk}/"))
    assert "took its place" in shown and "Refunds still arrive" in shown
    assert page(carol, lost, 409)


def test_lost_without_another_can_be_replaced_later(cast: Cast, sign_in: SignIn) -> None:
    card, carol = play.new_card(cast.carol), sign_in(cast.carol)
    assert carol.post(url(cast, f"{card.pk}/lost/"), {"because": "stolen"}).status_code == 303
    assert "New card in its place" in page(carol, url(cast, f"{card.pk}/"))
    assert carol.post(url(cast, f"{card.pk}/replace/"), {}).status_code == 303
    assert page(carol, url(cast, f"{card.pk}/replace/"), 409)


def test_closing_says_that_it_is_for_good_and_what_is_reserved(card: Card, cast: Cast, sign_in: SignIn) -> None:
    play.buy(card, 4_200)
    dave, close = sign_in(cast.dave), url(cast, f"{card.pk}/close/")
    shown = page(dave, close)
    assert "This cannot be undone" in shown and "Kaffebar Nordhavn" in shown and "42" in shown
    assert page(sign_in(cast.lena), close, 403)
    assert dave.post(close).status_code == 303
    assert dave.post(close).status_code == 409


def test_a_blocked_pin_is_unblocked_by_the_holder(cast: Cast, sign_in: SignIn) -> None:
    card, carol = play.plastic(cast.carol), sign_in(cast.carol)
    assert carol.post(url(cast, f"{card.pk}/pin/unblock/")).status_code == 409
    note_pin(card=card, pin="blocked")
    assert "Unblock the PIN" in page(carol, url(cast, f"{card.pk}/"))
    assert carol.post(url(cast, f"{card.pk}/pin/unblock/")).status_code == 303
    assert Plastic.objects.get().pin == "set"


def test_a_lead_freezes_but_does_not_end(card: Card, cast: Cast, sign_in: SignIn) -> None:
    lena = sign_in(cast.lena)
    shown = page(lena, url(cast, f"{card.pk}/"))
    assert "Freeze" in shown and "Close for good" not in shown and "Replace" not in shown
    assert lena.post(url(cast, f"{card.pk}/close/")).status_code == 403
    assert lena.post(url(cast, f"{card.pk}/freeze/")).status_code == 303


def test_every_state_has_a_page(cast: Cast, sign_in: SignIn) -> None:
    posted, closed = play.plastic(cast.carol, active=False), play.end(play.new_card(cast.carol))
    frozen = play.new_card(cast.carol)
    freeze(card=frozen, by=cast.dave, reason="on leave")
    for card in (posted, closed, frozen):
        for person in (cast.carol, cast.dave, cast.lena):
            assert page(sign_in(person), url(cast, f"{card.pk}/"))
