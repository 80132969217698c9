"""Many tills at once: the last money is spent once, and a limit is passed once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction

from cards.authorize import authorize
from cards.check_limits import check_limits
from cards.expire import release
from cards.intake import deliver
from cards.issue import issue
from cards.limits import set_limit
from cards.models import Authorization, Card, Clearing, Limit, MessageKind
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import NOON, kroner, wallet
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from wallet.check_ledger import check_ledger
from wallet.hold import InsufficientFunds, take_hold
from wallet.models import Hold, LedgerAccount


@pytest.fixture(autouse=True)
def _deadline_off(settings: Any) -> None:
    """A crowd of 32 on two cores may wait longer for its turn than a till would; the deadline has its own tests."""
    settings.DECISION_SECONDS = None


def test_32_tills_at_one_card_with_money_for_ten(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    asked = [play.request(card, 1_000) for _ in range(32)]
    answers = together(32, lambda number: authorize(request=asked[number], now=NOON))
    assert Counter(answer.outcome for answer in answers) == {"approved": 10, "declined": 22}
    assert {answer.decline_reason for answer in answers if answer.outcome == "declined"} == {"funds"}
    assert (wallet(cast.company).available, wallet(cast.company).reserved) == (kroner(0), kroner(10_000))
    assert Hold.objects.count() == 10
    assert (check_ledger(), check_limits()) == ([], [])


def test_32_tills_at_32_cards_with_money_for_ten(cast: Cast, together: Together) -> None:
    """Different cards share no lock: the wallet's own conditional update decides."""
    play.fund(cast.company, 10_000)
    cards = [play.new_card(cast.carol) for _ in range(32)]
    asked = [play.request(card, 1_000) for card in cards]
    answers = together(32, lambda number: authorize(request=asked[number], now=NOON))
    assert Counter(answer.outcome for answer in answers) == {"approved": 10, "declined": 22}
    assert wallet(cast.company).available == kroner(0)
    assert (check_ledger(), check_limits()) == ([], [])


def test_the_race_for_money_is_real(cast: Cast, together: Together) -> None:
    """Look first and take afterwards, without the condition in the statement: two take what one may have."""
    play.fund(cast.company, 1_000)
    looked = threading.Barrier(2)

    def look_then_take(number: int) -> bool:
        account = wallet(cast.company)
        enough = account.available >= kroner(1_000)
        looked.wait(timeout=30)
        if enough:
            LedgerAccount.objects.filter(pk=account.pk).update(debits_pending=account.debits_pending + 1_000)
        return enough

    assert together(2, look_then_take) == [True, True]


def test_the_condition_in_the_statement_prevents_it(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 1_000)
    account = wallet(cast.company)

    def take(number: int) -> bool:
        try:
            with transaction.atomic():
                take_hold(account=account, amount=kroner(1_000))
        except InsufficientFunds:
            return False
        return True

    assert sorted(together(8, take)) == [False] * 7 + [True]
    assert wallet(cast.company).available == kroner(0)


@pytest.mark.parametrize("owner", ["card", "person"])
def test_two_cannot_both_pass_a_limit(cast: Cast, together: Together, owner: str) -> None:
    play.fund(cast.company, 100_000)
    cards = [play.new_card(cast.carol) for _ in range(8)]
    if owner == "card":
        set_limit(card=cards[0], interval="month", amount=kroner(1_500), by=None)
        cards = [cards[0]] * 8
    else:
        set_limit(person=cast.carol, interval="month", amount=kroner(1_500), by=None)
    asked = [play.request(card, 1_000) for card in cards]
    answers = together(8, lambda number: authorize(request=asked[number], now=NOON))
    assert Counter(answer.decline_reason for answer in answers) == {"": 1, "limit_month": 7}
    assert (check_ledger(), check_limits()) == ([], [])


def test_the_race_for_a_limit_is_real(cast: Cast, together: Together) -> None:
    """Read what was used, compare, and only then count: both fit."""
    from cards.limits import used

    play.fund(cast.company, 100_000)
    card = play.new_card(cast.carol)
    limit = set_limit(card=card, interval="month", amount=kroner(1_500), by=None)
    assert limit is not None
    looked = threading.Barrier(2)

    def look(number: int) -> bool:
        fits = used(card, NOON).get(("card", "month"), 0) + 1_000 <= limit.amount
        looked.wait(timeout=30)
        return fits

    assert together(2, look) == [True, True]


def test_one_request_asked_eight_times_at_once_is_one_authorization(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 100_000)
    asked = play.request(play.new_card(cast.carol), 1_000)
    answers = together(8, lambda number: authorize(request=asked, now=NOON))
    assert len({answer.pk for answer in answers}) == Authorization.objects.count() == Hold.objects.count() == 1
    assert wallet(cast.company).reserved == kroner(1_000)


def test_rule_11_expiry_and_settling_at_once_end_the_same(cast: Cast, together: Together) -> None:
    """Expiry releases the whole pending amount, once; racing a capture it has one ending."""
    play.fund(cast.company, 100_000)
    paid = play.buy(play.new_card(cast.carol), 1_000)
    told = play.message(
        MessageKind.CLEARING, paid.card, 900, authorization_reference=paid.issuer_reference, is_final=True
    )

    def act(number: int) -> None:
        if number % 2:
            release(authorization=paid, now=NOON)
        else:
            deliver(message=told, now=NOON)

    acts = [act_quietly(act, number) for number in range(2)]
    together(2, lambda number: acts[number]())
    paid.refresh_from_db()
    assert (paid.status, paid.open_amount, paid.cleared_total) == ("closed", 0, 900)
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(99_100), kroner(0))
    assert (check_ledger(), check_limits()) == ([], [])


def act_quietly(act: Any, number: int) -> Any:
    return lambda: act(number)


def test_messages_of_many_cards_of_one_company_never_wait_in_a_circle(cast: Cast, together: Together) -> None:
    """Purchases, clearings, force posts and refunds at once: all are booked and nothing locks up."""
    play.fund(cast.company, 1_000_000)
    cards = [play.new_card(cast.carol) for _ in range(4)]
    paid = [play.buy(card, 1_000) for card in cards for _ in range(2)]
    messages = [
        play.message(
            MessageKind.CLEARING, each.card, 1_100, authorization_reference=each.issuer_reference, is_final=True
        )
        for each in paid
    ]
    messages += [play.message(MessageKind.CLEARING, card, 500) for card in cards]
    messages += [play.message(MessageKind.REFUND, card, 200) for card in cards]
    asked = [play.request(card, 100) for card in cards * 2]

    def act(number: int) -> None:
        if number < len(messages):
            deliver(message=messages[number], now=NOON)
        else:
            authorize(request=asked[number - len(messages)], now=NOON)

    together(len(messages) + len(asked), act)
    assert Clearing.objects.count() == 16
    assert wallet(cast.company).balance == kroner(1_000_000 - 8 * 1_100 - 4 * 500 + 4 * 200)
    assert wallet(cast.company).reserved == kroner(800)
    assert (check_ledger(), check_limits()) == ([], [])


def test_two_admins_set_a_limit_at_once_and_one_is_live(cast: Cast, together: Together) -> None:
    card = play.new_card(cast.carol)
    together(6, lambda number: set_limit(card=card, interval="month", amount=kroner(1_000 + number), by=None))
    assert Limit.objects.filter(card=card, ended_at=None).count() == 1
    assert Limit.objects.count() == 6


def test_one_card_wanted_twice_at_once_is_one_card(cast: Cast, together: Together) -> None:
    from pleo.lib.ids import uuid7

    wanted = uuid7()
    made = together(4, lambda number: issue(cardholder=cast.carol, name="Travel", by=None, card_id=wanted))
    assert {card.pk for card in made} == {wanted}
    assert Card.objects.count() == 1


def test_each_thread_has_a_connection_of_its_own(together: Together) -> None:
    assert len(set(together(8, lambda number: id(connection.connection)))) == 8
    assert Money(0, "DKK") == kroner(0)
