"""Money arrives from the company's bank."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.models import Event, Notification
from pleo.lib.money import Money
from tests.cards.play import kroner, wallet
from tests.conftest import Cast
from wallet.check_ledger import check_ledger
from wallet.models import TopUp, Transfer
from wallet.top_up import BankLineReused, receive_top_up
from wallet.transfer import AmountNotPositive, OtherCurrency

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def arrive(cast: Cast, amount: Money, **changes: Any) -> TopUp:
    values: dict[str, Any] = {
        "account": wallet(cast.company),
        "bank_line": "2026-11-20/17",
        "amount": amount,
        "value_date": date(2026, 11, 20),
        "payer": "Havblik ApS",
        "now": NOON,
    }
    return receive_top_up(**(values | changes))


def test_it_raises_the_balance_and_writes_down_who(cast: Cast) -> None:
    top_up = arrive(cast, kroner(500_000), by=cast.dave)
    assert wallet(cast.company).available == kroner(500_000)
    booked = Transfer.objects.get()
    assert (booked.code, booked.subject_id, booked.booked_at, booked.text) == ("top_up", top_up.pk, NOON, "Havblik ApS")
    event = Event.objects.get(verb="top_up.received")
    assert (event.by, event.changes) == (cast.dave, {"amount": 500_000, "currency": "DKK"})
    assert check_ledger() == []


def test_the_same_bank_line_again_moves_nothing(cast: Cast) -> None:
    assert arrive(cast, kroner(500_000)) == arrive(cast, kroner(500_000))
    assert (TopUp.objects.count(), Transfer.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="top_up.received").count() == 1
    assert wallet(cast.company).balance == kroner(500_000)


def test_the_same_bank_line_with_another_amount_is_refused(cast: Cast) -> None:
    arrive(cast, kroner(500_000))
    with pytest.raises(BankLineReused):
        arrive(cast, kroner(400_000))
    assert wallet(cast.company).balance == kroner(500_000)


def test_two_companies_banks_may_number_their_lines_alike(cast: Cast) -> None:
    arrive(cast, kroner(500_000))
    arrive(cast, Money(100, "EUR"), account=wallet(cast.other))
    assert wallet(cast.other).balance == Money(100, "EUR")


@pytest.mark.parametrize(
    ("amount", "error"),
    [(kroner(0), AmountNotPositive), (kroner(-5), AmountNotPositive), (Money(5, "EUR"), OtherCurrency)],
)
def test_amounts_that_make_no_sense_are_refused(cast: Cast, amount: Money, error: type[Exception]) -> None:
    with pytest.raises(error):
        arrive(cast, amount)
    assert not TopUp.objects.exists()


def test_finance_is_told_and_who_reported_it_knows(cast: Cast) -> None:
    arrive(cast, kroner(500_000), by=cast.dave, now=timezone.now())
    told = set(Notification.objects.values_list("membership", "channel"))
    assert told == {(cast.alice.pk, "in_app"), (cast.alice.pk, "email")}


def test_nobody_is_told_of_what_arrived_long_ago(cast: Cast) -> None:
    arrive(cast, kroner(500_000), now=timezone.now() - timedelta(days=40))
    assert not Notification.objects.exists()
