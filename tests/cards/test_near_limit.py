"""The cards that are close to a limit, found in the list's own query as its rows count them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cards.card_policies import follow_policy, make_policy
from cards.limits import raise_limit, set_limit
from cards.models import Card, LimitUse
from cards.near_limit import near_limit
from cards.overview import overview
from cards.replace import replace
from pleo.lib.money import Money
from tests.cards import play
from tests.conftest import Cast

SignIn = Callable[[Any], Client]
MOST_QUERIES = 30


def near(cast: Cast) -> set[Any]:
    now = timezone.now()
    rows = near_limit(Card.objects.visible_to(cast.dave), day=cast.company.day_of(now), now=now)
    found = set(rows.values_list("pk", flat=True))
    listed = Card.objects.visible_to(cast.dave).with_frozen().select_related("cardholder", "account", "company", "head")
    shown = {row.card.pk for row in overview(list(listed), now) if row.fullest and row.fullest.percent >= 80}
    assert found == shown, "the filter and the column say the same"
    return found


def kr(amount: int) -> Money:
    return Money(amount * 100, "DKK")


@pytest.fixture
def paid(card: Card) -> Card:
    """Carol's card, which spent 80 kr. today."""
    play.buy(card, 8000)
    return card


@pytest.mark.parametrize(
    ("cap", "is_near"), [(10_000, True), (10_001, False), (8_000, True), (0, True), (100_000, False)]
)
def test_a_card_is_near_from_eighty_percent(paid: Card, cast: Cast, cap: int, is_near: bool) -> None:
    set_limit(card=paid, interval="month", amount=Money(cap, "DKK"), by=None)
    assert near(cast) == ({paid.pk} if is_near else set())


def test_the_holders_limit_counts_for_all_their_cards(paid: Card, cast: Cast) -> None:
    second, other = play.new_card(cast.carol), play.new_card(cast.lena)
    set_limit(person=cast.carol, interval="week", amount=kr(90), by=None)
    set_limit(person=cast.lena, interval="week", amount=kr(90), by=None)
    assert near(cast) == {paid.pk, second.pk} and other.pk not in near(cast)


def test_a_policys_limit_counts_unless_the_card_has_its_own(paid: Card, cast: Cast) -> None:
    policy = make_policy(company=cast.company, name="Travel", by=cast.dave)
    set_limit(template=policy, interval="month", amount=kr(90), by=cast.dave)
    assert near(cast) == set()
    follow_policy(card=paid, template=policy, by=cast.dave)
    assert near(cast) == {paid.pk}
    set_limit(card=paid, interval="month", amount=kr(900), by=None)
    assert near(cast) == set()


def test_a_raise_in_force_lifts_the_cap_and_what_is_tried_does_not_count(paid: Card, cast: Cast) -> None:
    set_limit(card=paid, interval="month", amount=kr(90), by=None)
    now = timezone.now()
    raise_limit(card=paid, interval="month", amount=kr(200), ends_at=now + timedelta(days=3), by=cast.dave)
    assert near(cast) == set()
    set_limit(card=paid, interval="day", amount=kr(80), by=None, shadow=True)
    set_limit(card=paid, interval="cash_day", amount=kr(1), by=None)
    assert near(cast) == set()


def test_another_window_and_a_purchase_limit_do_not_count(paid: Card, cast: Cast) -> None:
    set_limit(card=paid, interval="purchase", amount=kr(80), by=None)
    set_limit(card=paid, interval="day", amount=kr(90), by=None)
    assert near(cast) == {paid.pk}
    LimitUse.objects.filter(interval="day").update(used=0)
    try:
        assert near(cast) == set()
    finally:
        LimitUse.objects.filter(interval="day").update(used=8000)


def test_a_replaced_card_is_as_near_as_its_chain(paid: Card, cast: Cast) -> None:
    set_limit(card=paid, interval="month", amount=kr(90), by=None)
    replace(card=paid, by=cast.dave, because="damaged")
    assert len(near(cast)) == 2


def test_the_view_of_the_list_takes_no_query_for_each_card(paid: Card, cast: Cast, sign_in: SignIn) -> None:
    set_limit(person=cast.carol, interval="month", amount=kr(90), by=None)
    home, dave = f"/c/{cast.company.slug}/cards/?state=near", sign_in(cast.dave)
    dave.get(home)
    asked = []
    for expected in (1, 2, 12):
        while Card.objects.filter(cardholder=cast.carol).count() < expected:
            play.new_card(cast.carol)
        with CaptureQueriesContext(connection) as counted:
            shown = dave.get(home).content.decode()
        assert shown.count("data-row") == expected
        asked.append(len(counted))
    assert asked[1] == asked[2] <= MOST_QUERIES
