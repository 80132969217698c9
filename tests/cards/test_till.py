"""The till on PostgreSQL writes what the ORM's way writes, says what it says, and locks as it locks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict

from cards import authorize as deciding
from cards.allow_once import allow_once
from cards.authorize import ReferenceReused, authorize
from cards.card_policies import follow_policy, make_policy
from cards.freeze import freeze, thaw
from cards.issuers.base import Merchant
from cards.limits import raise_limit, set_limit
from cards.models import Authorization, Card, LimitUse
from cards.set_control import set_control
from cards.till import OrmTill, till
from events.models import Event
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import NOON, kroner
from tests.conftest import Cast
from wallet.models import Hold

pytestmark = pytest.mark.postgres
ABROAD = Merchant(name="Hotel Adlon", id="M-9", category_code="7011", city="Berlin", country="DE")


def shape(row: Any) -> dict[str, Any]:
    """Return a row without what differs from one run to the next."""
    return {name: value for name, value in model_to_dict(row).items() if name not in ("id", "hold", "issuer_reference")}


def shopping(card: Card, cast: Cast) -> list[dict[str, Any]]:
    """Buy all kinds of things on a card with all kinds of rules, and return what was stored."""
    holder, boss = cast.carol, cast.dave
    policy = make_policy(company=cast.company, name=f"Staff {card.pk}", by=boss)
    set_limit(template=policy, interval="week", amount=kroner(60_000), by=boss, now=NOON)
    set_control(template=policy, kind="channel", mode="block", values=["online"], by=boss, now=NOON)
    follow_policy(card=card, template=policy, by=boss, now=NOON)
    set_limit(card=card, interval="purchase", amount=kroner(20_000), by=boss, now=NOON)
    set_limit(card=card, interval="month", amount=kroner(50_000), hard=False, by=boss, now=NOON)
    set_limit(card=card, interval="day", amount=kroner(1), shadow=True, by=boss, now=NOON)
    set_limit(person=holder, interval="cash_day", amount=kroner(700), by=boss, now=NOON)
    raise_limit(
        card=card, interval="purchase", amount=kroner(30_000), ends_at=NOON + timedelta(hours=1), by=boss, now=NOON
    )
    set_control(card=card, kind="country", values=["DK"], by=boss, now=NOON)
    said: list[Any] = []

    def buy(amount: int, **more: Any) -> Authorization:
        row = authorize(request=play.request(card, amount, **more), now=NOON)
        said.append(shape(row) | {"held": row.hold.amount if row.hold else None})
        return row

    buy(0)
    buy(29_000)
    buy(29_000, occurred_at=NOON + timedelta(hours=2))
    buy(500, channel="online")
    refused = buy(900, merchant=ABROAD)
    allow_once(refused=refused, by=boss, now=NOON)
    buy(900, merchant=ABROAD)
    buy(900, merchant=ABROAD)
    buy(600, channel="cash")
    buy(600, channel="cash")
    buy(30_000)
    buy(100, currency="EUR")
    freeze(card=card, by=boss, now=NOON)
    buy(100)
    thaw(card=card, by=boss, now=NOON)
    buy(2_000_000)
    return said


def test_both_ways_store_the_same(card: Card, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(till()).__name__ == "PostgresTill"
    fast = shopping(card, cast)
    uses = sorted(LimitUse.objects.filter(card=card).values_list("interval", "window_start", "used"))
    LimitUse.objects.filter(membership=cast.carol).update(used=0)
    twin = play.new_card(cast.carol)
    monkeypatch.setattr(deciding, "till", OrmTill)
    slow = shopping(twin, cast)
    for each in (*fast, *slow):
        for name in ("card", "search_text", "decided_at"):
            each.pop(name, None)
        for check in each["checks"]:
            for name in (
                "limit",
                "control",
                "template",
                "policy",
                "allowed_once",
                "available",
                "missing",
                "freezes",
                "set_at",
            ):
                check["params"].pop(name, None)
    assert fast == slow
    assert uses == sorted(LimitUse.objects.filter(card=twin).values_list("interval", "window_start", "used"))
    Authorization.objects.update(open_amount=0, authorized_total=0, expires_at=None)
    LimitUse.objects.all().delete()
    Hold.objects.update(amount=0)
    cast.company.refresh_from_db()
    play.wallet(cast.company).__class__.objects.update(debits_pending=0)


def test_what_is_read_is_what_the_orm_reads(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    set_control(card=card, kind="merchant", values=["A", {"name": "B", "id": "7"}], by=cast.dave)
    with transaction.atomic():
        fast = till().open(card.issuer, card.issuer_reference, NOON)
        slow = OrmTill().open(card.issuer, card.issuer_reference, NOON)
        assert till().open(card.issuer, "nobody", NOON) is None and till().open(card.issuer, "", NOON) is None
    assert fast and slow
    for name in ("card", "live", "rules"):
        one, other = getattr(fast, name), getattr(slow, name)
        pairs = [(one, other)] if name == "card" else list(zip(one, other, strict=True))
        assert [vars(a).keys() - {"_state", "raised"} <= vars(b).keys() for a, b in pairs] == [True] * len(pairs)
        assert [model_to_dict(a) for a, _ in pairs] == [model_to_dict(b) for _, b in pairs]
    for part in ("company", "cardholder", "account"):
        assert model_to_dict(getattr(fast.card, part)) == model_to_dict(getattr(slow.card, part))


def test_a_repeated_request_gets_the_stored_answer(card: Card, cast: Cast) -> None:
    asked = play.request(card, 700)
    assert authorize(request=asked, now=NOON) == authorize(request=asked, now=NOON)
    assert (
        Hold.objects.filter(amount=700).count() == 1
        and Event.objects.filter(verb="authorization.approved").count() == 1
    )
    other = play.new_card(cast.lena)
    with pytest.raises(ReferenceReused):
        authorize(request=play.request(other, 700, reference=asked.reference), now=NOON)


def test_a_fault_in_the_middle_leaves_nothing(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "event_of", lambda **values: Event(verb=None, happened_at=None))
    with pytest.raises(IntegrityError):
        authorize(request=play.request(card, 700), now=NOON)
    assert not Authorization.objects.exists() and not LimitUse.objects.exists() and not Hold.objects.exists()
    assert play.wallet(card.company).reserved == Money(0, "DKK")
    assert connection.is_usable()
