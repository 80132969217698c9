"""Reserving money."""

from __future__ import annotations

import pytest
from django.db import transaction

from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import kroner, wallet
from tests.conftest import Cast
from wallet.check_ledger import check_ledger
from wallet.hold import InsufficientFunds, open_hold, set_hold, take_hold
from wallet.models import Hold, LedgerAccount


def test_a_hold_reserves_and_the_balance_stays(cast: Cast) -> None:
    play.fund(cast.company, 1_000)
    take_hold(account=wallet(cast.company), amount=kroner(400))
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(1_000), kroner(400))
    assert wallet(cast.company).available == kroner(600)
    assert check_ledger() == []


def test_it_takes_the_last_and_not_one_more(cast: Cast) -> None:
    play.fund(cast.company, 1_000)
    with pytest.raises(InsufficientFunds):
        take_hold(account=wallet(cast.company), amount=kroner(1_001))
    take_hold(account=wallet(cast.company), amount=kroner(1_000))
    with pytest.raises(InsufficientFunds):
        take_hold(account=wallet(cast.company), amount=kroner(1))
    assert (Hold.objects.count(), wallet(cast.company).available) == (1, kroner(0))
    assert check_ledger() == []


def test_an_account_read_long_ago_does_not_deceive_it(cast: Cast) -> None:
    play.fund(cast.company, 1_000)
    stale = wallet(cast.company)
    take_hold(account=wallet(cast.company), amount=kroner(1_000))
    assert stale.available == kroner(1_000)
    with pytest.raises(InsufficientFunds):
        take_hold(account=stale, amount=kroner(1))


def test_an_overdraft_can_be_spent(cast: Cast) -> None:
    LedgerAccount.objects.filter(pk=wallet(cast.company).pk).update(overdraft=500)
    take_hold(account=wallet(cast.company), amount=kroner(500))
    assert wallet(cast.company).available == kroner(0)


def test_what_was_decided_elsewhere_is_held_below_zero(cast: Cast) -> None:
    hold = open_hold(account=wallet(cast.company), amount=kroner(300))
    assert wallet(cast.company).available == kroner(-300)
    set_hold(hold=hold, amount=kroner(900))
    assert wallet(cast.company).available == kroner(-900)
    set_hold(hold=hold, amount=kroner(0))
    assert wallet(cast.company).available == kroner(0)
    assert check_ledger() == []


def test_a_hold_that_changed_meanwhile_is_not_overwritten(cast: Cast) -> None:
    hold = open_hold(account=wallet(cast.company), amount=kroner(300))
    stale = Hold.objects.get(pk=hold.pk)
    set_hold(hold=hold, amount=kroner(100))
    with pytest.raises(WrongState), transaction.atomic():
        set_hold(hold=stale, amount=kroner(0))
    assert wallet(cast.company).reserved == kroner(100)
    assert check_ledger() == []


@pytest.mark.parametrize("amount", [Money(0, "DKK"), Money(-1, "DKK"), Money(1, "EUR")])
def test_a_hold_of_nothing_or_of_other_money_is_a_programmers_error(cast: Cast, amount: Money) -> None:
    with pytest.raises(AssertionError):
        take_hold(account=wallet(cast.company), amount=amount)


@pytest.mark.django_db(transaction=True)
def test_a_hold_outside_a_transaction_is_a_programmers_error() -> None:
    account = LedgerAccount(currency="DKK")
    with pytest.raises(AssertionError, match="one transaction"):
        take_hold(account=account, amount=kroner(1))
