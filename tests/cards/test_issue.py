"""Making a card."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import MembershipStatus, Role
from cards.issue import CardNameMissing, HolderCannotSpend, HolderLeft, issue, make, make_wanted
from cards.issuers import simulator
from cards.limits import LimitCurrency
from cards.models import Authorization, Card, Clearing, IssuerMessage, Limit, MessageKind
from events.models import Event
from pleo.lib.errors import WrongState
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import NOON, buy, clear, kroner
from tests.conftest import Cast, join


def test_a_card_works_the_moment_it_is_made(cast: Cast) -> None:
    play.fund(cast.company, 100_000)
    card = issue(
        cardholder=cast.carol,
        name="  Travel ",
        by=cast.dave,
        limit_purchase=kroner(50_000),
        limit_month=kroner(80_000),
        now=NOON,
    )
    assert (card.state, card.kind, card.name, card.issued_by) == ("active", "virtual", "Travel", cast.dave)
    assert len(card.last_four) == 4
    assert card.expires_month == date(2029, 11, 1)
    assert {(limit.interval, limit.amount, limit.set_by) for limit in Limit.objects.all()} == {
        ("purchase", 50_000, cast.dave), ("month", 80_000, cast.dave),
    }  # fmt: skip
    event = Event.objects.get(verb="card.issued")
    assert (event.by, event.changes["cardholder"], event.happened_at) == (cast.dave, str(cast.carol.pk), NOON)
    assert buy(card, 1_000).outcome == "approved"


def test_the_same_wish_twice_is_one_card(cast: Cast) -> None:
    wish = uuid7()
    first = issue(cardholder=cast.carol, name="Travel", by=cast.dave, card_id=wish)
    assert issue(cardholder=cast.carol, name="Travel", by=cast.dave, card_id=wish) == first
    assert (Card.objects.count(), Event.objects.filter(verb="card.issued").count()) == (1, 1)


def test_a_wish_cannot_take_the_id_of_another_companys_card(cast: Cast) -> None:
    theirs = play.new_card(cast.mallory)
    with pytest.raises(WrongState), transaction.atomic():
        issue(cardholder=cast.carol, name="Travel", by=cast.dave, card_id=theirs.pk)


def test_an_issuer_that_does_not_answer_is_asked_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(simulator.adapter, "create_card", silent)
        with pytest.raises(TimeoutError):
            issue(cardholder=cast.carol, name="Travel", by=cast.dave, now=NOON)
    wanted = Card.objects.get()
    assert (wanted.state, wanted.issuer_reference) == ("issuing", "")
    assert make_wanted(now=NOON + timedelta(seconds=10)) == 0
    assert make_wanted(now=NOON + timedelta(minutes=1)) == 1
    wanted.refresh_from_db()
    reference = wanted.issuer_reference
    assert (wanted.state, make(card=wanted).issuer_reference) == ("active", reference)


def test_a_far_issuer_is_never_asked_inside_a_transaction(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator.adapter, "is_remote", True, raising=False)
    assert issue(cardholder=cast.carol, name="Travel", by=cast.dave).state == "issuing"


def test_refusals(cast: Cast) -> None:
    cast.carol.status = MembershipStatus.LEFT
    with pytest.raises(HolderLeft):
        issue(cardholder=cast.carol, name="Travel", by=cast.dave)
    with pytest.raises(HolderCannotSpend):
        issue(cardholder=cast.bob, name="Travel", by=cast.dave)
    with pytest.raises(HolderCannotSpend):
        issue(cardholder=join(cast.company, "robot", Role.SERVICE), name="Travel", by=cast.dave)
    with pytest.raises(CardNameMissing):
        issue(cardholder=cast.dave, name="  ", by=cast.dave)
    with pytest.raises(LimitCurrency):
        issue(cardholder=cast.dave, name="Travel", by=cast.dave, limit_month=Money(1, "EUR"))
    assert not Card.objects.exists()


def test_employees_see_their_own_leads_their_teams_and_finance_all(cast: Cast) -> None:
    carols, daves, theirs = play.new_card(cast.carol), play.new_card(cast.dave), play.new_card(cast.mallory)
    seen = {
        name: set(Card.objects.visible_to(getattr(cast, name)))
        for name in ("carol", "lena", "dave", "alice", "mallory")
    }
    assert seen == {
        "carol": {carols}, "lena": {carols}, "dave": {carols, daves}, "alice": {carols, daves}, "mallory": {theirs},
    }  # fmt: skip


CONSTRAINTS = [
    (Card, {"state": "lost"}),
    (Card, {"kind": "golden"}),
    (Card, {"last_four": "12a4"}),
    (Authorization, {"amount": -1}),
    (Authorization, {"open_amount": -1}),
    (Authorization, {"cleared_total": -1}),
    (Authorization, {"outcome": "perhaps"}),
    (Authorization, {"our_answer": "perhaps"}),
    (Authorization, {"decided_by": "fate"}),
    (Authorization, {"status": "lost"}),
    (Authorization, {"channel": "telepathy"}),
    (Authorization, {"currency": "kr"}),
    (Authorization, {"merchant_currency": "kr"}),
    (Authorization, {"outcome": "declined", "open_amount": 1}),
    (Clearing, {"amount": 0}),
    (Clearing, {"merchant_amount": 0}),
    (Clearing, {"kind": "gift"}),
    (Clearing, {"currency": "kr"}),
    (IssuerMessage, {"kind": "gossip"}),
    (IssuerMessage, {"status": "lost"}),
    (IssuerMessage, {"amount": -1}),
    (IssuerMessage, {"currency": "kr"}),
]


@pytest.mark.parametrize(
    ("model", "fault"), CONSTRAINTS, ids=[f"{model.__name__} {fault}" for model, fault in CONSTRAINTS]
)
def test_the_database_refuses_a_wrong_value(card: Card, model: type[Card], fault: dict[str, object]) -> None:
    clear(buy(card, 1_000), 1_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**fault)


def test_the_database_keeps_references_single(card: Card, cast: Cast) -> None:
    first, second = buy(card, 1_000), buy(card, 1_000)
    clear(first, 1_000)
    clear(second, 1_000)
    other = play.new_card(cast.carol)
    attempts = [
        lambda: Card.objects.filter(pk=other.pk).update(issuer_reference=card.issuer_reference),
        lambda: Authorization.objects.update(issuer_reference="same"),
        lambda: Authorization.objects.filter(pk=second.pk).update(hold=first.hold),
        lambda: Clearing.objects.update(issuer_reference="same"),
        lambda: IssuerMessage.objects.filter(kind=MessageKind.CLEARING).update(message_id="same"),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
