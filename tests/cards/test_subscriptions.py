"""Vendor cards: the lock, the calendar of renewals, and changed prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cards.issue import VendorTerms, Wish
from cards.issuers.base import Merchant
from cards.models import Card, PriceChange, Subscription
from cards.replace import replace
from cards.watch_subscription import change_subscription, next_day, see_price_changes
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import NOON, buy, clear, kroner
from tests.conftest import Cast

SignIn = Callable[[Any], Client]
FIGMA = Merchant(name="FIGMA INC", id="M-FIGMA", category_code="5734", city="San Francisco", country="US")
MIRO = Merchant(name="MIRO", id="M-MIRO", category_code="5734", city="Amsterdam", country="NL")


def vendor(cast: Cast, **terms: Any) -> Card:
    play.fund(cast.company, 100_000)
    return play.new_card(cast.carol, wish=Wish(kind="vendor", vendor=VendorTerms(**terms)))


def pay(card: Card, amount: int, *, at: Any = NOON, shop: Merchant = FIGMA, **money: Any) -> None:
    paid = buy(card, amount, merchant=shop, occurred_at=at, **money)
    assert paid.outcome == "approved", paid.decline_reason
    clear(paid, amount, occurred_at=at, merchant=shop, **money)


def test_a_named_merchant_is_the_only_one(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma")
    assert buy(card, 100, merchant=MIRO).outcome == "declined"
    assert buy(card, 100, merchant=FIGMA).outcome == "approved"


def test_without_a_name_the_first_one_stays(cast: Cast) -> None:
    card = vendor(cast)
    pay(card, 100, shop=MIRO)
    assert buy(card, 100, merchant=FIGMA).outcome == "declined"
    assert Subscription.objects.get().merchant == "MIRO"


@pytest.mark.parametrize(
    ("day", "period", "anchor", "expected"),
    [
        (date(2026, 1, 31), "month", 31, date(2026, 2, 28)),
        (date(2026, 2, 28), "month", 31, date(2026, 3, 31)),
        (date(2028, 1, 30), "month", 30, date(2028, 2, 29)),
        (date(2026, 11, 30), "quarter", 30, date(2027, 2, 28)),
        (date(2028, 2, 29), "year", 29, date(2029, 2, 28)),
        (date(2026, 12, 28), "week", 28, date(2027, 1, 4)),
        (date(2026, 12, 28), "irregular", 28, None),
    ],
)
def test_renewals_keep_their_day(day: date, period: str, anchor: int, expected: date | None) -> None:
    assert next_day(day, period, anchor) == expected


def test_the_calendar_follows_what_is_paid(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma", renews_on=date(2026, 11, 22))
    pay(card, 5_400)
    held = Subscription.objects.get()
    assert (held.renews_on, held.paid_on, held.price) == (date(2026, 12, 22), date(2026, 11, 20), kroner(5_400))
    pay(card, 5_400, at=NOON + timedelta(days=45))
    held.refresh_from_db()
    assert held.renews_on == date(2027, 2, 4)


def test_a_changed_price_is_flagged_once_and_noted(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma", price=kroner(5_400))
    pay(card, 5_400)
    assert not PriceChange.objects.exists()
    pay(card, 6_000)
    pay(card, 6_000)
    change = PriceChange.objects.get()
    assert (change.old, change.new, change.percent) == (kroner(5_400), kroner(6_000), 11)
    assert (see_price_changes(card=card, by=cast.dave), see_price_changes(card=card, by=cast.dave)) == (1, 0)


def test_a_moved_exchange_rate_is_no_changed_price(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma", price=Money(1_500, "USD"))
    for amount in (10_300, 10_450):
        pay(card, amount, merchant_amount=Money(1_500, "USD"))
    assert not PriceChange.objects.exists()
    pay(card, 10_450, merchant_amount=Money(1_800, "USD"))
    assert PriceChange.objects.get().new == Money(1_800, "USD")


def test_it_survives_a_replacement(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma", price=kroner(5_400))
    new = replace(card=card, by=cast.carol, now=NOON)
    assert buy(new, 100, merchant=MIRO).outcome == "declined"
    pay(new, 6_000)
    assert (Subscription.objects.get().card, PriceChange.objects.count()) == (card, 1)


def test_an_old_payment_that_comes_late_changes_nothing(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma")
    pay(card, 5_400)
    pay(card, 4_000, at=NOON - timedelta(days=31))
    assert Subscription.objects.get().price == kroner(5_400)
    assert not PriceChange.objects.exists()


def test_the_pages(cast: Cast, sign_in: SignIn) -> None:
    card = vendor(cast, merchant="Figma", price=kroner(5_400), renews_on=date(2026, 12, 4))
    pay(card, 6_000)
    base, dave = f"/c/{cast.company.slug}", sign_in(cast.dave)
    for query, rows in (
        ("", 1), ("q=figma", 1), ("q=nobody", 0), ("period=year", 0), ("flagged=on", 1), ("sort=-merchant", 1),
        ("sort=x&cursor=y&period=z", 1), ("q=%00", 1),
    ):  # fmt: skip
        assert dave.get(f"{base}/subscriptions/?{query}").content.decode().count("data-row") == rows, query
    lines = b"".join(dave.get(f"{base}/subscriptions/subscriptions.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Figma" in lines and "60.00" in lines
    assert "The price changed from" in dave.get(f"{base}/cards/{card.pk}/").content.decode()
    assert dave.post(f"{base}/cards/{card.pk}/subscription/seen/").status_code == 303
    edit = f"{base}/cards/{card.pk}/subscription/"
    assert dave.post(edit, {"period": "never"}).status_code == 422
    assert dave.post(edit, {"period": "year", "renews_on": "9999-12-31"}).status_code == 422
    assert dave.post(edit, {"period": "year", "price": "720", "renews_on": "2027-01-31"}).status_code == 303
    assert Subscription.objects.get().renews_on == date(2027, 1, 31)
    assert sign_in(cast.lena).post(edit, {"period": "week"}).status_code == 403
    assert dave.get(f"{base}/cards/{play.new_card(cast.carol).pk}/subscription/").status_code == 404
    play.end(card)
    assert dave.get(f"{base}/subscriptions/").content.decode().count("data-row") == 0


def test_corrected_without_a_change_it_says_nothing(cast: Cast) -> None:
    card = vendor(cast, merchant="Figma", price=kroner(5_400))
    row = change_subscription(card=card, period="month", price=kroner(5_400), renews_on=None, by=cast.carol)
    assert row.price == kroner(5_400)


@pytest.mark.parametrize("fault", [{"period": "never"}, {"amount": -1}, {"anchor": 32}, {"currency": "kr"}])
def test_the_database_refuses_a_wrong_subscription(cast: Cast, fault: dict[str, Any]) -> None:
    vendor(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.update(**fault)
