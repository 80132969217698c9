"""Who may put a card to rest, and who may wake it up."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from cards.freeze import CardClosed, FrozenByFinance, NotYours, freeze, may_freeze, may_thaw, thaw
from cards.models import Card, Freeze
from events.models import Event
from tests.cards import play
from tests.cards.play import NOON, buy
from tests.conftest import Cast

WHO = [("carol", "holder"), ("dave", "admin"), ("alice", "admin"), ("lena", "admin")]


@pytest.mark.parametrize(("name", "source"), WHO)
def test_holder_lead_and_finance_may_freeze(card: Card, cast: Cast, name: str, source: str) -> None:
    person = getattr(cast, name)
    row = freeze(card=card, by=person, reason="Left in a taxi", now=NOON)
    assert (row.source, row.by, row.created_at) == (source, person, NOON)
    event = Event.objects.get(verb="card.frozen")
    assert (event.by, event.changes) == (person, {"source": source, "reason": "Left in a taxi"})
    assert buy(card, 100).decline_reason == "not_frozen"
    thaw(card=card, by=person)
    assert buy(card, 100).outcome == "approved"
    assert Event.objects.get(verb="card.thawed").changes == {"sources": [source]}


@pytest.mark.parametrize("name", ["bob", "mallory"])
def test_nobody_else_may(card: Card, cast: Cast, name: str) -> None:
    person = getattr(cast, name)
    assert not may_freeze(person, card)
    with pytest.raises(NotYours):
        freeze(card=card, by=person)
    with pytest.raises(NotYours):
        thaw(card=card, by=person)


def test_a_colleague_may_not(card: Card, cast: Cast) -> None:
    from accounts.models import Role
    from tests.conftest import join

    assert not may_freeze(join(cast.company, "erik", Role.EMPLOYEE), card)


def test_freezing_twice_is_one_freeze(card: Card, cast: Cast) -> None:
    assert freeze(card=card, by=cast.dave) == freeze(card=card, by=cast.alice)
    assert Event.objects.filter(verb="card.frozen").count() == 1


def test_a_holder_cannot_end_finances(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.dave)
    assert (may_thaw(cast.carol, card), may_thaw(cast.alice, card)) == (False, True)
    with pytest.raises(FrozenByFinance, match="Dave froze this card"):
        thaw(card=card, by=cast.carol)
    assert buy(card, 100).decline_reason == "not_frozen"


def test_a_holder_ends_the_own_and_finances_stays(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.carol)
    freeze(card=card, by=cast.dave)
    assert not may_thaw(cast.carol, card)
    thaw(card=card, by=cast.carol)
    assert list(card.open_freezes().values_list("source", flat=True)) == ["admin"]
    thaw(card=card, by=cast.alice)
    assert not card.open_freezes().exists()
    assert buy(card, 100).outcome == "approved"


def test_finance_ends_the_holders_too(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.carol)
    thaw(card=card, by=cast.dave)
    row = Freeze.objects.get()
    assert (row.ended_by, buy(card, 1).outcome) == (cast.dave, "approved")


def test_thawing_a_card_that_works_changes_nothing(card: Card, cast: Cast) -> None:
    thaw(card=card, by=cast.carol)
    assert not Event.objects.filter(verb="card.thawed").exists()


def test_a_lock_of_the_system_is_nobodys_to_end_here(card: Card, cast: Cast) -> None:
    Freeze.objects.create(company=cast.company, card=card, source="lock")
    for person in (cast.carol, cast.dave):
        with pytest.raises(FrozenByFinance, match="Finance froze"):
            thaw(card=card, by=person)


def test_a_closed_card_cannot_rest(card: Card, cast: Cast) -> None:
    play.end(card)
    card.refresh_from_db()
    with pytest.raises(CardClosed):
        freeze(card=card, by=cast.dave)


@pytest.mark.parametrize("fault", [{"source": "weather"}, {"ended_at": None, "source": "holder"}])
def test_the_database_refuses_a_wrong_freeze(card: Card, cast: Cast, fault: dict[str, object]) -> None:
    freeze(card=card, by=cast.carol)
    freeze(card=card, by=cast.dave)
    with pytest.raises(IntegrityError), transaction.atomic():
        Freeze.objects.update(**fault)
