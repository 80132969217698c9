"""Card policies, rules on trial, and replaying them over what was bought."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cards.backtest import backtest
from cards.card_policies import (
    CardClosed,
    PolicyInUse,
    PolicyNameMissing,
    PolicyNameTaken,
    archive_policy,
    follow_policy,
    followers,
    make_policy,
    own_rules,
    preview,
    rename_policy,
    restore_policy,
)
from cards.issuers.base import Merchant
from cards.limits import raise_limit, rooms, set_limit
from cards.models import Card, CardTemplate, Control, Limit
from cards.set_control import set_control
from cards.shadow import ran
from cards.trials import drop_trial, switch_on
from pleo.lib.errors import WrongState
from tests.cards import play
from tests.cards.play import NOON, buy, kroner
from tests.conftest import Cast

ABROAD = Merchant(name="Hotel Adlon", id="M-9", category_code="7011", city="Berlin", country="DE")


@pytest.fixture
def policy(cast: Cast) -> CardTemplate:
    """A policy: 500 a purchase, Denmark only."""
    made = make_policy(company=cast.company, name="Travelling staff", by=cast.dave)
    set_limit(template=made, interval="purchase", amount=kroner(500), by=cast.dave, now=NOON)
    set_control(template=made, kind="country", values=["DK"], by=cast.dave, now=NOON)
    return made


def test_a_change_of_the_policy_reaches_every_card_that_follows(card: Card, cast: Cast, policy: CardTemplate) -> None:
    assert buy(card, 600, merchant=ABROAD).outcome == "approved"
    follow_policy(card=card, template=policy, by=cast.dave)
    said = buy(card, 600, merchant=ABROAD)
    assert [each["code"] for each in said.checks if not each["passed"]] == ["control_country", "limit_purchase"]
    assert (
        next(each for each in said.checks if each["code"] == "control_country")["params"]["policy"]
        == "Travelling staff"
    )
    set_limit(template=policy, interval="purchase", amount=kroner(700), by=cast.dave)
    set_control(template=policy, kind="country", values=None, by=cast.dave)
    assert buy(card, 600, merchant=ABROAD).outcome == "approved"


def test_a_card_s_own_rule_stands_in_place_of_the_policy_s(card: Card, cast: Cast, policy: CardTemplate) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(100), by=cast.dave)
    set_limit(card=card, interval="year", amount=kroner(9_000), by=cast.dave)
    (change,) = preview(template=policy, cards=[card])
    assert (len(change.limits), change.limits[0][1] is not None, change.kept, change.already) == (1, True, 1, False)
    follow_policy(card=card, template=policy, by=cast.dave)
    assert {room.limit.interval for room in rooms(card, NOON)} == {"purchase", "year"}
    assert buy(card, 400).outcome == "approved"
    set_limit(card=card, interval="purchase", amount=kroner(50), by=cast.dave)
    assert buy(card, 60).decline_reason == "limit_purchase"
    set_limit(card=card, interval="purchase", amount=None, by=cast.dave)
    assert buy(card, 60).outcome == "approved"
    raise_limit(
        card=card, interval="purchase", amount=kroner(900), ends_at=NOON + timedelta(days=1), by=cast.dave, now=NOON
    )
    assert buy(card, 800).outcome == "approved"


def test_a_replacement_follows_too_and_counts_on(card: Card, cast: Cast, policy: CardTemplate) -> None:
    set_limit(template=policy, interval="month", amount=kroner(1_000), by=cast.dave)
    follow_policy(card=card, template=policy, by=cast.dave)
    buy(card, 500)
    renewed = play.new_card(cast.carol)
    Card.objects.filter(pk=renewed.pk).update(replaces=card, head=card)
    play.end(card)
    renewed = Card.objects.get(pk=renewed.pk)
    assert list(followers(policy)) == [renewed]
    assert buy(renewed, 501).decline_reason == "limit_purchase"
    assert buy(renewed, 500).outcome == "approved"
    assert buy(renewed, 1).decline_reason == "limit_month"


def test_rules_of_its_own_are_a_copy(card: Card, cast: Cast, policy: CardTemplate) -> None:
    follow_policy(card=card, template=policy, by=cast.dave)
    own_rules(card=card, by=cast.dave)
    own_rules(card=card, by=cast.dave)
    set_limit(template=policy, interval="purchase", amount=kroner(1), by=cast.dave)
    assert buy(card, 500).outcome == "approved"
    assert buy(card, 501).decline_reason == "limit_purchase"
    assert buy(card, 1, merchant=ABROAD).decline_reason == "control_country"
    assert not followers(policy).exists()


def test_a_first_purchase_locks_each_card_that_follows_to_its_own_merchant(
    card: Card, cast: Cast, policy: CardTemplate
) -> None:
    set_control(template=policy, kind="country", values=None, by=cast.dave)
    set_control(template=policy, kind="first_shop", values=[], by=cast.dave)
    other = play.new_card(cast.lena)
    for each in (card, other):
        follow_policy(card=each, template=policy, by=cast.dave)
    assert buy(card, 100).outcome == "approved"
    assert buy(other, 100, merchant=ABROAD).outcome == "approved"
    assert buy(card, 100, merchant=ABROAD).decline_reason == "control_first_shop"
    assert buy(other, 100).decline_reason == "control_first_shop"


def test_names_and_archives(card: Card, cast: Cast, policy: CardTemplate) -> None:
    with pytest.raises(PolicyNameTaken):
        make_policy(company=cast.company, name="Travelling staff", by=cast.dave)
    with pytest.raises(PolicyNameMissing):
        make_policy(company=cast.company, name=" ", by=cast.dave)
    other = make_policy(company=cast.company, name="Office", by=cast.dave)
    with pytest.raises(PolicyNameTaken):
        rename_policy(template=other, name="Travelling staff", by=cast.dave)
    assert rename_policy(template=other, name="Home", by=cast.dave).name == "Home"
    follow_policy(card=card, template=policy, by=cast.dave)
    with pytest.raises(PolicyInUse):
        archive_policy(template=policy, by=cast.dave)
    own_rules(card=card, by=cast.dave)
    archive_policy(template=policy, by=cast.dave)
    with pytest.raises(WrongState):
        follow_policy(card=card, template=policy, by=cast.dave)
    assert restore_policy(template=policy, by=cast.dave).archived_at is None
    assert restore_policy(template=policy, by=cast.dave).archived_at is None, "twice changes nothing"
    archive_policy(template=policy, by=cast.dave)
    make_policy(company=cast.company, name="Travelling staff", by=cast.dave)
    with pytest.raises(PolicyNameTaken):
        restore_policy(template=policy, by=cast.dave)
    with pytest.raises(WrongState):
        follow_policy(card=card, template=make_policy(company=cast.other, name="X", by=None), by=cast.dave)
    play.end(card)
    card.refresh_from_db()
    with pytest.raises(CardClosed):
        follow_policy(card=card, template=other, by=cast.dave)
    with pytest.raises(IntegrityError), transaction.atomic():
        CardTemplate.objects.filter(pk=other.pk).update(name="")


def test_a_trial_is_replayed_switched_on_or_dropped(card: Card, cast: Cast) -> None:
    for days, amount, shop in ((100, 900, ABROAD), (20, 700, ABROAD), (19, 300, play.CAFE), (1, 500, ABROAD)):
        buy(card, amount, merchant=shop, occurred_at=NOON - timedelta(days=days))
    rule = set_control(card=card, kind="country", values=["DK"], shadow=True, by=cast.dave, now=NOON)
    assert rule is not None
    trial = backtest(rule, NOON)
    assert (trial.purchases, trial.declined, trial.sum, [row.amount for row in trial.rows]) == (
        3,
        2,
        kroner(1_200),
        [500, 700],
    )
    buy(card, 250, merchant=ABROAD, occurred_at=NOON + timedelta(minutes=1))
    so_far = ran(rule, NOON + timedelta(hours=1))
    assert (so_far.purchases, so_far.declined, so_far.sum) == (1, 1, kroner(250))
    assert switch_on(rule=rule, by=cast.dave, now=NOON)
    assert buy(card, 250, merchant=ABROAD).decline_reason == "control_country"
    for act in (switch_on, drop_trial):
        with pytest.raises(WrongState):
            act(rule=rule, by=cast.dave)
    other = set_control(card=card, kind="country", values=["SE"], shadow=True, by=cast.dave)
    assert other is not None
    drop_trial(rule=other, by=cast.dave)
    assert Control.objects.live().get().values == ["DK"]


def test_a_limit_on_trial_counts_what_it_would_have_let_through(card: Card, cast: Cast) -> None:
    for day in (3, 2, 1):
        buy(card, 400, occurred_at=NOON - timedelta(days=day))
    buy(card, 100)
    # Of this week: 400, 400 are let through up to 900, the third would not have fitted, the last does.
    limit = set_limit(card=card, interval="week", amount=kroner(900), by=cast.dave, shadow=True, now=NOON)
    assert limit is not None
    assert [backtest(limit, NOON).declined, backtest(limit, NOON).amount] == [1, 400]
    person = set_limit(person=cast.carol, interval="month", amount=kroner(0), by=cast.dave, shadow=True, now=NOON)
    assert person is not None and backtest(person, NOON).declined == 4
    single = set_limit(card=card, interval="purchase", amount=kroner(399), by=cast.dave, shadow=True, now=NOON)
    assert single is not None and backtest(single, NOON).amount == 1_200
    cash = set_limit(card=card, interval="cash", amount=kroner(0), by=cast.dave, shadow=True, now=NOON)
    assert cash is not None and backtest(cash, NOON).declined == 0
    switch_on(rule=limit, by=cast.dave, now=NOON)
    assert Limit.objects.standing().get().amount == 900


def test_a_policy_s_trial_is_replayed_over_every_card_that_follows(
    card: Card, cast: Cast, policy: CardTemplate
) -> None:
    other = play.new_card(cast.lena)
    for each in (card, other):
        follow_policy(card=each, template=policy, by=cast.dave)
        buy(each, 300)
    buy(play.new_card(cast.dave), 300)
    limit = set_limit(template=policy, interval="day", amount=kroner(200), by=cast.dave, shadow=True, now=NOON)
    assert limit is not None and backtest(limit, NOON + timedelta(minutes=1)).declined == 2
