"""What each kind of card does at the till, and what the database refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cards.activate import NotHolder, NotWaiting, TooManyTries, WrongDigits, activate, allow_tries
from cards.cancel import cancel, open_holds
from cards.close import close
from cards.explain import explain
from cards.freeze import CardClosed, NotYours, freeze, thaw
from cards.issue import AddressMissing, PeriodWrong, TotalMissing, Wish, issue, make_wanted
from cards.issuers.base import Address, IssuerUnavailable
from cards.issuers.simulator import adapter
from cards.limits import set_limit
from cards.models import Card, Freeze, Limit, MessageKind, Plastic
from cards.replace import AlreadyReplaced, StillPosted, end_expired, renew_expiring, replace
from cards.report_lost import report_lost
from cards.ship import note_pin, note_shipping
from cards.tell_issuer import out_of_step, tell_all
from events.models import Event, Notification
from tests.cards import play
from tests.cards.play import NOON, buy, clear, kroner, tell, wallet
from tests.conftest import Cast

DAY = timedelta(days=1)


def temporary(cast: Cast, **changes: Any) -> Card:
    wish = Wish(**({"kind": "temporary", "starts_at": NOON, "ends_at": NOON + 3 * DAY} | changes))
    return issue(cardholder=cast.carol, name="Fair", by=cast.dave, wish=wish, limit_total=kroner(50_000), now=NOON)


@pytest.fixture
def money(cast: Cast) -> None:
    play.fund(cast.company, 100_000)


# ---- plastic


def test_rule_28_a_card_in_the_post_works_online_and_not_in_person(cast: Cast, money: None) -> None:
    """A physical card that is pending works online and not in person."""
    card = play.plastic(cast.carol, active=False)
    assert card.state == "pending"
    assert buy(card, 100, channel="online").outcome == "approved"
    for channel in ("chip", "contactless", "cash", "other"):
        refused = buy(card, 100, channel=channel)
        assert (refused.outcome, refused.decline_reason) == ("declined", "in_person")
    assert explain(refused, cast.carol).sentence == "Your card is not activated yet. Until then it works online only."
    activate(card=card, last_four=card.last_four, by=cast.carol, now=NOON)
    assert buy(card, 100, channel="chip").outcome == "approved"


def test_activation_takes_the_right_digits_and_bounds_the_wrong_ones(cast: Cast) -> None:
    card = play.plastic(cast.carol, active=False)
    wrong = f"{(int(card.last_four) + 1) % 10_000:04}"
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongDigits) as said:
            activate(card=card, last_four=wrong, by=cast.carol)
        assert said.value.params == {"left": left}
    with pytest.raises(TooManyTries):
        activate(card=card, last_four=wrong, by=cast.carol)
    with pytest.raises(TooManyTries):
        activate(card=card, last_four=card.last_four, by=cast.carol)
    with pytest.raises(NotYours):
        allow_tries(card=card, by=cast.carol)
    allow_tries(card=card, by=cast.dave)
    assert activate(card=card, last_four=f" {card.last_four} ", by=cast.carol).state == "active"


def test_only_the_holder_activates_and_only_once(cast: Cast) -> None:
    card = play.plastic(cast.carol, active=False)
    for person in (cast.dave, cast.lena, cast.mallory):
        with pytest.raises(NotHolder):
            activate(card=card, last_four=card.last_four, by=person)
    activate(card=card, last_four=card.last_four, by=cast.carol)
    with pytest.raises(NotWaiting):
        activate(card=card, last_four=card.last_four, by=cast.carol)


@pytest.mark.parametrize("missing", ["name", "line1", "city", "postal_code", "country"])
def test_plastic_needs_a_whole_address(cast: Cast, missing: str) -> None:
    parts = {"name": "Carol", "line1": "Havnegade 3", "postal_code": "8000", "city": "Aarhus", "country": "DK"}
    wish = Wish(kind="physical", ship_to=Address(**parts | {missing: " "}))
    with pytest.raises(AddressMissing):
        issue(cardholder=cast.carol, name="Everyday", by=cast.dave, wish=wish)
    assert not Card.objects.exists()


def test_the_posts_news_may_come_twice_and_out_of_order(cast: Cast) -> None:
    card = play.plastic(cast.carol, active=False)
    assert note_shipping(card=card, shipping="shipped", at=NOON, tracking="PN 1")
    assert not note_shipping(card=card, shipping="produced", at=NOON)
    assert not note_shipping(card=card, shipping="shipped", at=NOON)
    assert note_shipping(card=card, shipping="delivered", at=NOON + DAY)
    assert not note_shipping(card=card, shipping="ordered", at=NOON)
    row = Plastic.objects.get()
    assert (row.shipping, row.tracking, row.shipped_at, row.delivered_at) == ("delivered", "PN 1", NOON, NOON + DAY)
    assert Event.objects.filter(verb="card.shipping_changed").count() == 2


def test_a_blocked_pin_is_told_to_the_holder(cast: Cast) -> None:
    card = play.plastic(cast.carol)
    assert note_pin(card=card, pin="set")
    assert note_pin(card=card, pin="blocked")
    assert not note_pin(card=card, pin="blocked")
    told = Notification.objects.filter(event__verb="card.pin_blocked", channel="in_app")
    assert [row.membership for row in told] == [cast.carol]


# ---- temporary and single use


def test_a_temporary_card_works_in_its_time_and_for_its_sum(cast: Cast, money: None) -> None:
    card = temporary(cast)
    early, late = (
        buy(card, 100, occurred_at=NOON - timedelta(seconds=1)),
        buy(card, 100, occurred_at=NOON + 3 * DAY),
    )
    assert {early.decline_reason, late.decline_reason} == {"card_period"}
    assert explain(late, cast.dave).sentence == "The card works from 20 Nov to 23 Nov."
    assert buy(card, 50_000).outcome == "approved"
    assert buy(card, 1).decline_reason == "limit_total"


def test_a_temporary_card_ends_by_itself(cast: Cast) -> None:
    card = temporary(cast)
    assert end_expired(now=NOON + 3 * DAY - timedelta(seconds=1)) == 0
    assert (end_expired(now=NOON + 3 * DAY), end_expired(now=NOON + 3 * DAY)) == (1, 0)
    card.refresh_from_db()
    assert (card.state, card.close_reason) == ("closed", "ended")


@pytest.mark.parametrize(
    "changes",
    [{"ends_at": NOON}, {"ends_at": NOON - DAY}, {"ends_at": NOON + 400 * DAY}, {"starts_at": None}, {"ends_at": None},
     {"starts_at": NOON - 9 * DAY, "ends_at": NOON - DAY}],
)  # fmt: skip
def test_a_period_must_make_sense(cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(PeriodWrong):
        temporary(cast, **changes)


def test_a_temporary_card_needs_a_total(cast: Cast) -> None:
    wish = Wish(kind="temporary", starts_at=NOON, ends_at=NOON + DAY)
    with pytest.raises(TotalMissing):
        issue(cardholder=cast.carol, name="Fair", by=cast.dave, wish=wish, now=NOON)


@pytest.fixture
def once(cast: Cast, money: None) -> Card:
    return play.new_card(cast.carol, wish=Wish(kind="single_use"))


def test_a_single_use_card_pays_once(once: Card, cast: Cast) -> None:
    assert buy(once, 0).outcome == "approved"
    paid = buy(once, 5_000)
    assert paid.outcome == "approved"
    second = buy(once, 5_000)
    assert (second.decline_reason, explain(second, cast.carol).sentence) == (
        "single_use", "This card pays once, and it has paid.",
    )  # fmt: skip
    clear(paid, 5_000)
    once.refresh_from_db()
    assert (once.state, once.close_reason) == ("closed", "used")


def test_a_released_purchase_leaves_the_one_use(once: Card) -> None:
    given_back = buy(once, 5_000)
    tell(MessageKind.REVERSAL, given_back, 5_000)
    assert buy(once, 4_000).outcome == "approved"


def test_money_taken_without_asking_uses_it_up(once: Card) -> None:
    play.deliver(message=play.message(MessageKind.CLEARING, once, 900), now=NOON)
    once.refresh_from_db()
    assert (once.state, buy(once, 100).decline_reason) == ("closed", "card_active")


def test_a_part_that_settles_does_not_lose_the_rest(once: Card, cast: Cast) -> None:
    paid = buy(once, 5_000)
    clear(paid, 2_000, is_final=False)
    clear(paid, 3_000)
    assert wallet(cast.company).balance == kroner(95_000)


# ---- ends


def test_lost_closes_at_once_and_a_new_one_takes_its_place(cast: Cast, money: None) -> None:
    card = play.plastic(cast.carol)
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    reserved = buy(card, 6_000)
    report_lost(card=card, because="stolen", by=cast.carol)
    assert buy(card, 100).decline_reason == "card_active"
    new = replace(card=card, by=cast.carol, now=NOON)
    assert (new.kind, new.state, new.head, new.plastic.line1) == ("physical", "pending", card, "Havnegade 3")
    over = buy(new, 4_001, channel="online")
    assert (over.decline_reason, buy(new, 4_000, channel="online").outcome) == ("limit_month", "approved")
    clear(reserved, 6_000)
    assert wallet(cast.company).balance == kroner(94_000)
    with pytest.raises(StillPosted):
        replace(card=new, by=cast.carol, now=NOON)
    again = replace(card=new, by=cast.dave, now=NOON)
    assert (again.limit_owner, Limit.objects.filter(ended_at=None).count()) == (card, 1)


def test_a_damaged_card_works_until_the_new_one_is_active(cast: Cast, money: None) -> None:
    card = play.plastic(cast.carol)
    new = replace(card=card, by=cast.carol, now=NOON)
    assert buy(card, 100).outcome == "approved"
    activate(card=new, last_four=new.last_four, by=cast.carol)
    card.refresh_from_db()
    assert (card.state, card.close_reason) == ("closed", "replaced")
    assert buy(new, 100).outcome == "approved"


def test_a_number_is_replaced_at_once(card: Card, cast: Cast) -> None:
    new = replace(card=card, by=cast.dave, now=NOON)
    card.refresh_from_db()
    assert (card.close_reason, new.state) == ("replaced", "active")
    with pytest.raises(AlreadyReplaced):
        replace(card=card, by=cast.dave)


def test_nobody_gets_out_of_finances_freeze_by_losing_the_card(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.dave, reason="on leave")
    freeze(card=card, by=cast.carol)
    report_lost(card=card, because="lost", by=cast.carol)
    new = replace(card=card, by=cast.carol, now=NOON)
    assert [row.source for row in new.open_freezes()] == ["admin"]
    assert buy(new, 100).decline_reason == "not_frozen"


def test_who_may_end_a_card(card: Card, cast: Cast) -> None:
    for stranger in (cast.lena, cast.bob, cast.mallory):
        for act in (lambda by: cancel(card=card, by=by), lambda by: replace(card=card, by=by)):
            with pytest.raises(NotYours):
                act(stranger)
    cancel(card=card, by=cast.carol)
    for again in (
        lambda: cancel(card=card, by=cast.dave),
        lambda: replace(card=card, by=cast.dave),
        lambda: report_lost(card=card, because="lost", by=cast.dave),
        lambda: freeze(card=card, by=cast.dave),
    ):
        with pytest.raises(CardClosed):
            again()


def test_what_is_reserved_settles_after_the_end(card: Card, cast: Cast) -> None:
    paid = buy(card, 3_000)
    cancel(card=card, by=cast.dave)
    assert [row.pk for row in open_holds(card)] == [paid.pk]
    clear(paid, 3_000)
    assert (wallet(cast.company).balance, open_holds(card).count()) == (kroner(97_000), 0)


def test_cards_are_renewed_a_month_before_they_end(cast: Cast, money: None) -> None:
    card = play.plastic(cast.carol)
    Card.objects.filter(pk=card.pk).update(expires_month=date(2026, 12, 1))
    assert renew_expiring(now=NOON) == 0
    first = NOON.replace(month=12, day=1)
    assert (renew_expiring(now=first), renew_expiring(now=first)) == (1, 0)
    new = Card.objects.get(replaces=card)
    assert (new.state, buy(card, 100, occurred_at=first).outcome) == ("pending", "approved")
    assert end_expired(now=first + timedelta(days=30)) == 0
    assert end_expired(now=first + timedelta(days=31)) == 1
    card.refresh_from_db()
    assert card.close_reason == "expired"
    activate(card=new, last_four=new.last_four, by=cast.carol)


def test_who_left_gets_no_new_card(card: Card, cast: Cast) -> None:
    Card.objects.filter(pk=card.pk).update(expires_month=date(2026, 11, 1))
    cast.carol.status = "left"
    cast.carol.save()
    assert renew_expiring(now=NOON) == 0


# ---- the issuer's copy


def test_the_issuer_is_told_and_asked_again(card: Card, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, str]] = []

    def listen(*, card: str, status: str, reason: str, key: str) -> None:
        told.append((status, reason, key))

    def silent(**_: Any) -> None:
        raise IssuerUnavailable

    monkeypatch.setattr(type(adapter), "set_status", staticmethod(silent))
    freeze(card=card, by=cast.carol)
    assert [row.pk for row in out_of_step()] == [card.pk]
    monkeypatch.setattr(type(adapter), "set_status", staticmethod(listen))
    assert (tell_all(), tell_all()) == (1, 0)
    card.refresh_from_db()
    assert card.issuer_status == "frozen"
    thaw(card=card, by=cast.carol)
    freeze(card=card, by=cast.carol)
    report_lost(card=card, because="stolen", by=cast.carol)
    assert [status for status, _, _ in told] == ["frozen", "active", "frozen", "closed"]
    assert told[-1][1] == "stolen" and len({key for _, _, key in told}) == 4
    assert not out_of_step()


def test_a_card_closed_while_it_is_made_is_closed_at_the_issuer(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any) -> None:
        raise IssuerUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(adapter, "create_card", silent, raising=False)
        card = play.new_card(cast.carol)
    assert card.state == "issuing"
    stale = Card.objects.get(pk=card.pk)
    cancel(card=card, by=cast.carol)
    from cards.issue import make

    made = make(card=stale)
    assert (made.state, made.issuer_status, bool(made.issuer_reference)) == ("closed", "closed", True)
    assert make_wanted(now=NOON + 900 * DAY) == 0


# ---- what the database refuses


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rubber"},
        {"state": "asleep"},
        {"state": "pending"},
        {"state": "closed"},
        {"state": "closed", "closed_at": NOON},
        {"closed_at": NOON},
        {"close_reason": "lost"},
        {"state": "closed", "closed_at": NOON, "close_reason": "boredom"},
        {"kind": "temporary"},
        {"kind": "temporary", "starts_at": NOON, "ends_at": NOON},
        {"ends_at": NOON},
        {"issuer_status": "dizzy"},
        {"last_four": "12a4"},
    ],
)
def test_the_database_refuses_a_wrong_card(card: Card, fault: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Card.objects.filter(pk=card.pk).update(**fault)


def test_the_database_refuses_a_broken_chain(card: Card, cast: Cast) -> None:
    other = play.new_card(cast.carol)
    for fault in ({"replaces": card.pk, "head": card.pk}, {"replaces": other.pk}, {"head": other.pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Card.objects.filter(pk=card.pk).update(**fault)


@pytest.mark.parametrize(
    "fault", [{"shipping": "delivered"}, {"shipping": "lost"}, {"pin": "1234"}, {"tries": 6}, {"country": "Denmark"}]
)
def test_the_database_refuses_wrong_plastic(cast: Cast, fault: dict[str, Any]) -> None:
    play.plastic(cast.carol, active=False)
    with pytest.raises((IntegrityError, Exception)), transaction.atomic():
        Plastic.objects.update(**fault)


def test_a_closed_card_stays_closed(card: Card, cast: Cast) -> None:
    cancel(card=card, by=cast.dave)
    with pytest.raises(CardClosed):
        close(card=card, reason="lost", by=None, now=NOON)
    assert not Freeze.objects.exists()
