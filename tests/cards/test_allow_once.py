"""One refused purchase let through, exactly once; and what people ask for."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cards.allow_once import NotAllowable, Own, allow_once, withdraw_allowance
from cards.card_requests import (
    AlreadyAsked,
    AlreadyDecided,
    EndWrong,
    NotYourCard,
    OwnRequest,
    ask_card,
    ask_once,
    ask_raise,
    grant_request,
    refuse_request,
    withdraw_request,
)
from cards.explain import explain
from cards.freeze import freeze
from cards.issuers.base import Merchant
from cards.limits import set_limit
from cards.models import Allowance, Authorization, Card, CardRequest, Limit
from cards.raise_from_decline import raise_from_decline
from cards.set_control import set_control
from events.models import Notification
from tests.cards import play
from tests.cards.play import NOON, buy, kroner
from tests.conftest import Cast

OTHER = Merchant(name="Another shop", id="M-2", category_code="5814", country="DK")


@pytest.fixture
def refused(card: Card, cast: Cast) -> Authorization:
    """A purchase of 500 that the country rule and the purchase limit declined."""
    set_control(card=card, kind="country", values=["SE"], by=cast.dave, now=NOON)
    set_limit(card=card, interval="purchase", amount=kroner(400), by=cast.dave, now=NOON)
    row = buy(card, 500)
    assert row.decline_reason == "control_country"
    return row


def test_it_passes_once_and_the_rules_stay(card: Card, cast: Cast, refused: Authorization) -> None:
    made = allow_once(refused=refused, by=cast.dave, now=NOON)
    assert allow_once(refused=refused, by=cast.alice, now=NOON) == made
    assert buy(card, 501).outcome == "declined"
    assert buy(card, 500, merchant=OTHER).outcome == "declined"
    passed = buy(card, 499)
    assert passed.outcome == "approved"
    assert {each["code"] for each in passed.checks if each["params"].get("allowed_once") == str(made.pk)} == {
        "control_country", "limit_purchase",
    }  # fmt: skip
    made.refresh_from_db()
    assert made.used_by == passed
    assert buy(card, 499).outcome == "declined"


def test_it_ends_after_a_day_and_can_be_taken_back(card: Card, cast: Cast, refused: Authorization) -> None:
    made = allow_once(refused=refused, by=cast.dave, now=NOON)
    late = NOON + timedelta(hours=24)
    assert buy(card, 500, occurred_at=late).outcome == "declined"
    again = allow_once(refused=refused, by=cast.dave, now=late)
    assert again != made
    assert withdraw_allowance(allowance=again, by=cast.dave, now=late)
    assert not withdraw_allowance(allowance=again, by=cast.dave, now=late)
    assert buy(card, 500, occurred_at=late).outcome == "declined"


def test_it_lifts_no_other_rule_no_freeze_and_no_empty_wallet(card: Card, cast: Cast, refused: Authorization) -> None:
    made = allow_once(refused=refused, by=cast.dave, now=NOON)
    set_limit(card=card, interval="month", amount=kroner(100), by=cast.dave)
    assert buy(card, 500).outcome == "declined"
    set_limit(card=card, interval="month", amount=None, by=cast.dave)
    freeze(card=card, by=cast.dave)
    assert buy(card, 500).decline_reason == "not_frozen"
    made.refresh_from_db()
    assert made.used_at is None


def test_only_rules_can_be_lifted_and_not_by_oneself(card: Card, cast: Cast, refused: Authorization) -> None:
    with pytest.raises(NotAllowable):
        allow_once(refused=buy(play.new_card(cast.carol), 200_000), by=cast.dave)
    with pytest.raises(NotAllowable):
        allow_once(refused=buy(play.new_card(cast.carol), 100), by=cast.dave)
    own = play.new_card(cast.dave)
    set_limit(card=own, interval="purchase", amount=kroner(1), by=cast.alice)
    with pytest.raises(Own):
        allow_once(refused=buy(own, 500), by=cast.dave)


def test_finance_and_the_holder_see_what_can_be_done(card: Card, cast: Cast, refused: Authorization) -> None:
    finance, holder = explain(refused, cast.dave), explain(refused, cast.carol)
    assert [each.label for each in finance.remedies] == ["Allow this once", "Change the rule"]
    assert [each.label for each in holder.remedies] == ["Ask to allow it once"]
    assert holder.ask == "Ask Dave to allow it."
    ask_once(refused=refused, by=cast.carol, now=NOON)
    assert "Nobody has answered" in explain(refused, cast.carol).answered
    assert explain(refused, cast.dave).remedies


def test_raising_from_a_decline_makes_it_fit(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    buy(card, 800)
    row = buy(card, 500)
    made = raise_from_decline(refused=row, by=cast.dave, now=NOON)
    assert (made.amount, made.ends_at and made.ends_at.isoformat()) == (1_300, "2026-11-23T00:00:00+01:00")
    assert buy(card, 500).outcome == "approved"
    with pytest.raises(NotAllowable):
        raise_from_decline(refused=buy(card, 900_000), by=cast.dave, now=NOON)


def test_a_wish_for_a_raise_is_granted_once_by_somebody_else(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    until = NOON + timedelta(days=3)
    asked: dict[str, Any] = {
        "card": card,
        "interval": "month",
        "amount": kroner(3_000),
        "ends_at": until,
        "reason": "Fair",
    }
    with pytest.raises(NotYourCard):
        ask_raise(by=cast.lena, now=NOON, **asked)
    with pytest.raises(EndWrong):
        ask_raise(by=cast.carol, now=NOON, **(asked | {"ends_at": NOON}))
    wish = ask_raise(by=cast.carol, now=NOON, **asked)
    assert Notification.objects.filter(event__verb="card_request.made", membership=cast.dave).exists()
    with pytest.raises(AlreadyAsked):
        ask_raise(by=cast.carol, now=NOON, **asked)
    with pytest.raises(OwnRequest):
        grant_request(wish=wish, by=cast.carol, now=NOON)
    grant_request(wish=wish, by=cast.dave, comment="Enjoy", now=NOON)
    assert Limit.objects.get(ends_at__isnull=False).amount == 3_000
    assert Notification.objects.filter(event__verb="card_request.granted", membership=cast.carol).exists()
    for act in (grant_request, refuse_request):
        with pytest.raises(AlreadyDecided):
            act(wish=wish, by=cast.alice, now=NOON)
    with pytest.raises(AlreadyDecided):
        withdraw_request(wish=wish, by=cast.carol, now=NOON)


def test_wishes_for_good_for_a_card_and_for_one_purchase(card: Card, cast: Cast, refused: Authorization) -> None:
    grant_request(
        wish=ask_raise(card=card, by=cast.carol, interval="purchase", amount=kroner(450), ends_at=None, reason="", now=NOON),
        by=cast.dave, now=NOON,
    )  # fmt: skip
    assert Limit.objects.standing().get(interval="purchase").amount == 450
    wish = ask_card(by=cast.carol, name="Travel", amount=kroner(9_000), reason="Oslo", now=NOON)
    with pytest.raises(AlreadyAsked):
        ask_card(by=cast.carol, name="Another", amount=kroner(9_000), reason="", now=NOON)
    grant_request(wish=wish, by=cast.dave, now=NOON)
    wish.refresh_from_db()
    assert wish.made and (wish.made.cardholder, wish.made.name, wish.made.state) == (cast.carol, "Travel", "active")
    grant_request(wish=ask_once(refused=refused, by=cast.carol, now=NOON), by=cast.dave, now=NOON)
    assert buy(card, 500).outcome == "approved"


def test_a_wish_that_cannot_be_done_stays_open(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    wish = ask_raise(
        card=card, by=cast.carol, interval="month", amount=kroner(3_000), ends_at=NOON + timedelta(days=1), reason="", now=NOON
    )  # fmt: skip
    set_limit(card=card, interval="month", amount=kroner(5_000), by=cast.dave)
    with pytest.raises(Exception, match="already lets"):
        grant_request(wish=wish, by=cast.dave, now=NOON)
    wish.refresh_from_db()
    assert wish.status == "open"
    refuse_request(wish=wish, by=cast.dave, comment="It is higher already", now=NOON)
    assert wish.comment == "It is higher already"


def test_the_database_refuses_wishes_and_exceptions_that_make_no_sense(
    card: Card, cast: Cast, refused: Authorization
) -> None:
    ask_once(refused=refused, by=cast.carol, now=NOON)
    for fault in (
        {"status": "granted"}, {"amount": 0}, {"kind": "raise"}, {"kind": "new_card"}, {"status": "maybe"}, {"authorization": None},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            CardRequest.objects.update(**fault)
    allow_once(refused=refused, by=cast.dave, now=NOON)
    for wrong in ({"amount": 0}, {"used_at": NOON}, {"used_by": refused}, {"currency": "kr"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Allowance.objects.update(**wrong)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [False, True])
def test_two_tills_at_once_share_one_exception(
    card: Card, cast: Cast, refused: Authorization, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First without the card's lock: the condition in the statement alone must hold. Then with it."""
    from cards import authorize as deciding
    from cards.settle import lock_card

    if not locked:

        def unlocked(issuer: str, reference: str) -> Any:
            with monkeypatch.context() as patch:
                patch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, **_: self)
                return lock_card(issuer, reference)

        monkeypatch.setattr(deciding, "lock_card", unlocked)
    allow_once(refused=refused, by=cast.dave, now=NOON)
    start, said = threading.Barrier(4), []
    asked = [play.request(card, 500) for _ in range(4)]

    def till(number: int) -> None:
        try:
            start.wait(5)
            said.append(deciding.authorize(request=asked[number], now=NOON).outcome)
        finally:
            connection.close()

    tills = [threading.Thread(target=till, args=(number,)) for number in range(4)]
    for each in tills:
        each.start()
    for each in tills:
        each.join()
    assert sorted(said) == ["approved", "declined", "declined", "declined"]
    assert Allowance.objects.get().used_by is not None
