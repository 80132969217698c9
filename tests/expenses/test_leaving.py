"""Somebody leaves: cards rest, money settles, cards close, the way in closes; and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.change_role import LastOwner, RoleNotYours
from accounts.create_token import create_token
from accounts.leave import AddressTaken, LeadMissing, NotYourself
from accounts.models import ApiToken, Membership, Role
from cards.freeze import FrozenByFinance, freeze, thaw
from cards.issue import HolderLeaving, HolderLeft
from cards.models import Card, Freeze, Leaving
from cards.offboard import (
    NotLeaving,
    end_leaving,
    end_waiting,
    let_back_in,
    reserved_total,
    start_leaving,
    undo_leaving,
)
from events.models import Event
from tests.cards import play
from tests.cards.play import NOON, buy, clear, kroner, wallet
from tests.conftest import Cast, join

SignIn = Callable[[Any], Client]


@pytest.fixture
def card(cast: Cast, settings: Any) -> Card:
    settings.DECISION_SECONDS = None
    play.fund(cast.company, 100_000)
    return play.new_card(cast.carol)


def page(cast: Cast, person: Membership, more: str = "") -> str:
    return f"/c/{cast.company.slug}/people/{person.pk}/leave/{more}"


def test_step_by_step_to_the_end(card: Card, cast: Cast, sign_in: SignIn) -> None:
    paid, carol = buy(card, 5_000), sign_in(cast.carol)
    create_token(membership=cast.carol, name="Script", scopes=["cards.see"], by=cast.carol)
    leaving = start_leaving(person=cast.carol, by=cast.dave, waits=True, now=NOON)
    assert buy(card, 100).decline_reason == "not_frozen"
    assert (reserved_total(cast.carol), end_waiting(now=NOON)) == (kroner(5_000), 0)
    clear(paid, 5_000)
    assert (end_waiting(now=NOON), end_waiting(now=NOON)) == (1, 0)
    card.refresh_from_db()
    cast.carol.refresh_from_db()
    leaving.refresh_from_db()
    assert (card.close_reason, cast.carol.status, leaving.status) == ("left", "left", "done")
    assert carol.get(f"/c/{cast.company.slug}/cards/").status_code == 404
    assert ApiToken.objects.get().revoked_at == NOON
    assert card.authorizations.filter(outcome="approved").get() == paid


def test_ended_with_money_reserved_it_settles_all_the_same(card: Card, cast: Cast) -> None:
    paid = buy(card, 5_000)
    end_leaving(leaving=start_leaving(person=cast.carol, by=cast.dave), by=cast.dave)
    clear(paid, 5_000)
    assert wallet(cast.company).balance == kroner(95_000)


def test_staying_wakes_up_what_this_put_to_rest_and_nothing_else(card: Card, cast: Cast) -> None:
    other = play.new_card(cast.carol)
    freeze(card=other, by=cast.dave)
    leaving = start_leaving(person=cast.carol, by=cast.dave)
    with pytest.raises(FrozenByFinance):
        thaw(card=card, by=cast.carol)
    thaw(card=other, by=cast.dave)
    assert other.open_freezes().exists()
    freeze(card=other, by=cast.dave)
    undo_leaving(leaving=leaving, by=cast.dave)
    assert [row.card_id for row in Freeze.objects.filter(ended_at=None)] == [other.pk]
    with pytest.raises(NotLeaving):
        undo_leaving(leaving=leaving, by=cast.dave)
    with pytest.raises(NotLeaving):
        end_leaving(leaving=leaving, by=cast.dave)


def test_begun_twice_is_one(card: Card, cast: Cast) -> None:
    first = start_leaving(person=cast.carol, by=cast.dave)
    later = play.end(play.new_card(cast.lena))
    again = start_leaving(person=cast.carol, by=cast.alice, waits=True)
    assert (again.pk, again.started_by, again.waits) == (first.pk, cast.dave, True)
    assert Freeze.objects.count() == 1 and not later.freezes.exists()
    assert Event.objects.filter(verb="person.leaving").count() == 1


def test_killed_half_way_it_is_ended_again(card: Card, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    play.new_card(cast.carol)
    leaving = start_leaving(person=cast.carol, by=cast.dave)
    with monkeypatch.context() as patch:
        patch.setattr("cards.offboard.leave", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            end_leaving(leaving=leaving, by=cast.dave)
    cast.carol.refresh_from_db()
    assert (Card.objects.filter(state="closed").count(), cast.carol.status) == (2, "active")
    assert end_leaving(leaving=leaving, by=cast.dave).status == "done"


def test_who_leads_teams_hands_them_over(cast: Cast) -> None:
    with pytest.raises(LeadMissing):
        start_leaving(person=cast.lena, by=cast.dave)
    with pytest.raises(LeadMissing):
        start_leaving(person=cast.lena, by=cast.dave, lead=cast.lena)
    end_leaving(leaving=start_leaving(person=cast.lena, by=cast.dave, lead=cast.carol), by=cast.dave)
    assert list(cast.team.leads.all()) == [cast.carol]


def test_a_company_keeps_an_owner_and_nobody_goes_above_themselves(cast: Cast) -> None:
    with pytest.raises(NotYourself):
        start_leaving(person=cast.alice, by=cast.alice)
    with pytest.raises(RoleNotYours):
        start_leaving(person=cast.alice, by=cast.dave)
    second = join(cast.company, "olga", Role.OWNER)
    leaving = start_leaving(person=cast.alice, by=second)
    Membership.objects.filter(pk=second.pk).update(role=Role.ADMIN)
    second.role = Role.ADMIN
    with pytest.raises(RoleNotYours):
        end_leaving(leaving=leaving, by=second)
    Membership.objects.filter(pk=second.pk).update(role=Role.OWNER, status="left")
    second.role = Role.OWNER
    with pytest.raises(LastOwner):
        end_leaving(leaving=leaving, by=second)
    for stranger in (cast.carol, cast.bob, cast.lena, cast.mallory):
        with pytest.raises(RoleNotYours):
            start_leaving(person=cast.dave, by=stranger)


def test_who_began_it_and_left_leaves_it_to_others(card: Card, cast: Cast) -> None:
    start_leaving(person=cast.carol, by=cast.dave, waits=True)
    Membership.objects.filter(pk=cast.dave.pk).update(role=Role.EMPLOYEE)
    assert end_waiting() == 0
    assert Leaving.objects.get().waits is False


def test_no_card_is_made_for_who_leaves(card: Card, cast: Cast) -> None:
    leaving = start_leaving(person=cast.carol, by=cast.dave)
    with pytest.raises(HolderLeaving):
        play.new_card(cast.carol)
    end_leaving(leaving=leaving, by=cast.dave)
    cast.carol.refresh_from_db()
    with pytest.raises(HolderLeft):
        play.new_card(cast.carol)


def test_back_in_the_person_is_in_and_the_cards_stay_closed(card: Card, cast: Cast, sign_in: SignIn) -> None:
    end_leaving(leaving=start_leaving(person=cast.carol, by=cast.dave), by=cast.dave)
    cast.carol.refresh_from_db()
    let_back_in(person=cast.carol, by=cast.dave)
    card.refresh_from_db()
    assert not card.is_open
    assert sign_in(cast.carol).get(f"/c/{cast.company.slug}/cards/").status_code == 200
    assert play.new_card(cast.carol).is_live


def test_an_address_that_was_given_away_stays_away(card: Card, cast: Cast) -> None:
    end_leaving(leaving=start_leaving(person=cast.carol, by=cast.dave), by=cast.dave)
    cast.carol.refresh_from_db()
    Membership.objects.create(
        company=cast.company, name="Carol II", email=cast.carol.email, role="employee", status="invited"
    )
    with pytest.raises(AddressTaken):
        let_back_in(person=cast.carol, by=cast.dave)


def test_the_page_leads_through_it(card: Card, cast: Cast, sign_in: SignIn) -> None:
    dave = sign_in(cast.dave)
    paid = buy(card, 4_200, expires_at=timezone.now() + timedelta(days=7))
    assert "leaves the company" in dave.get(f"/c/{cast.company.slug}/people/{cast.carol.pk}/").content.decode()
    assert "Begin: let the cards rest" in dave.get(page(cast, cast.carol)).content.decode()
    assert dave.post(page(cast, cast.carol), {"waits": "on"}).status_code == 303
    shown = dave.get(page(cast, cast.carol)).content.decode()
    assert "Kaffebar Nordhavn" in shown and "End it now all the same" in shown and "1 of 1" in shown
    assert "is still reserved" in dave.get(f"/c/{cast.company.slug}/people/{cast.carol.pk}/").content.decode()
    assert dave.post(page(cast, cast.carol, "undo/")).status_code == 303
    assert dave.post(page(cast, cast.lena), {}).status_code == 422
    assert dave.post(page(cast, cast.lena), {"lead": cast.carol.pk}).status_code == 303
    assert "RoleNotYours" not in dave.get(page(cast, cast.alice)).content.decode()
    assert dave.post(page(cast, cast.alice), {}).status_code == 422
    clear(paid, 4_200)
    dave.post(page(cast, cast.carol), {})
    assert dave.post(page(cast, cast.carol, "end/")).status_code == 303
    assert "has left" in dave.get(page(cast, cast.carol)).content.decode()
    assert dave.post(page(cast, cast.carol, "undo/")).status_code == 303
    cast.carol.refresh_from_db()
    assert cast.carol.status == "active"
    assert sign_in(cast.lena).get(page(cast, cast.carol)).status_code == 403
    assert sign_in(cast.mallory).get(page(cast, cast.carol)).status_code == 404


@pytest.mark.parametrize(
    "fault",
    [{"status": "gone"}, {"status": "done"}, {"ended_at": datetime(2026, 11, 20, tzinfo=UTC)}, {"lead": "self"}],
)
def test_the_database_refuses_a_wrong_leaving(card: Card, cast: Cast, fault: dict[str, Any]) -> None:
    start_leaving(person=cast.carol, by=cast.dave)
    if "lead" in fault:
        fault = {"lead": cast.carol}
    with pytest.raises(IntegrityError), transaction.atomic():
        Leaving.objects.update(**fault)
    with pytest.raises(IntegrityError), transaction.atomic():
        Leaving.objects.create(company=cast.company, membership=cast.carol, started_by=cast.dave, started_at=NOON)
