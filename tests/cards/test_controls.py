"""Controls: where, when and how a card works; the lock to the first merchant; cash; raises for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cards.check_limits import check_limits
from cards.explain import explain
from cards.issuers.base import Merchant
from cards.limits import NothingToRaise, RaisePeriod, end_raise, raise_limit, rooms, set_limit, spendable
from cards.models import Card, Control, Limit, LimitUse, MessageKind
from cards.rules import (
    AmountsWrong,
    Facts,
    HoursWrong,
    RuleEmpty,
    RuleUnreadable,
    is_merchant,
    passes,
    plain_name,
    read_values,
)
from cards.set_control import set_control
from events.models import Event, Notification
from pleo.lib import format
from tests.cards import play
from tests.cards.play import NOON, buy, kroner
from tests.conftest import Cast

SHOP = Merchant(name="BOOKING.COM Hotel", id="M-7", category_code="7011", city="Berlin", country="DE")
COPENHAGEN_SATURDAY_NIGHT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def rule(card: Card, cast: Cast, kind: str, values: Any, mode: str = "allow", **more: Any) -> Control | None:
    return set_control(card=card, kind=kind, mode=mode, values=values, by=cast.dave, now=NOON, **more)


@pytest.mark.parametrize(
    ("kind", "mode", "values", "refused", "approved"),
    [
        ("category", "block", ["hotels"], {"merchant": SHOP}, {}),
        (
            "category",
            "allow",
            ["restaurants", "7011"],
            {"merchant": Merchant(name="X", category_code="7995")},
            {"merchant": SHOP},
        ),
        ("category", "allow", ["restaurants"], {"merchant": Merchant(name="Nothing said")}, {}),
        ("merchant", "block", ["Booking.com"], {"merchant": SHOP}, {}),
        ("merchant", "allow", ["booking.com"], {}, {"merchant": SHOP}),
        ("country", "allow", ["DK", "SE"], {"merchant": SHOP}, {}),
        ("country", "allow", ["DK"], {"merchant": Merchant(name="Nowhere")}, {}),
        ("country", "block", ["DE"], {"merchant": SHOP}, {"merchant": Merchant(name="Nowhere")}),
        ("weekday", "allow", [0, 1, 2, 3, 4], {"occurred_at": COPENHAGEN_SATURDAY_NIGHT}, {}),
        ("hours", "allow", ["08:00", "18:00"], {"occurred_at": COPENHAGEN_SATURDAY_NIGHT}, {}),
        ("hours", "allow", ["18:00", "02:00"], {}, {"occurred_at": COPENHAGEN_SATURDAY_NIGHT}),
        ("channel", "block", ["online", "cash"], {"channel": "online"}, {}),
        ("amount", "allow", {"min": 1_000}, {"amount": 999}, {"amount": 1_000}),
        ("amount", "allow", {"max": 1_000}, {"amount": 1_001}, {"amount": 1_000}),
        ("amount", "allow", {"whole": 10_000}, {"amount": 20_000}, {"amount": 19_999}),
    ],
)
def test_a_rule_refuses_and_says_so(
    card: Card, cast: Cast, kind: str, mode: str, values: Any, refused: dict[str, Any], approved: dict[str, Any]
) -> None:
    rule(card, cast, kind, values, mode, note="by the book")
    row = buy(card, refused.pop("amount", 500), **refused)
    assert (row.outcome, row.decline_reason) == ("declined", f"control_{kind}")
    with translation.override("en"), format.region("DK"):
        said = explain(row, cast.carol)
    assert said.sentence.endswith(".") and "%" not in said.sentence
    assert said.rule.startswith("Rule “") and "set by Dave" in said.rule and "“by the book”" in said.rule
    assert buy(card, approved.pop("amount", 500), **approved).outcome == "approved"
    assert check_limits() == []


def test_a_rule_taken_away_refuses_nothing(card: Card, cast: Cast) -> None:
    rule(card, cast, "country", ["SE"])
    assert buy(card, 100).outcome == "declined"
    assert rule(card, cast, "country", None) is None
    assert rule(card, cast, "country", None) is None
    assert buy(card, 100).outcome == "approved"
    assert [event.verb for event in Event.objects.filter(verb__startswith="control.").order_by("created_at")] == [
        "control.set", "control.removed",
    ]  # fmt: skip


def test_what_stands_already_is_not_written_again(card: Card, cast: Cast) -> None:
    first = rule(card, cast, "country", ["SE", "DK", "SE"])
    assert first is not None and first.values == ["DK", "SE"]
    assert rule(card, cast, "country", ["DK", "SE"]) == first
    second = rule(card, cast, "country", ["DK"])
    assert second != first
    assert list(Control.objects.live()) == [second]


def test_the_first_purchase_locks_the_card(card: Card, cast: Cast) -> None:
    rule(card, cast, "first_shop", [])
    assert buy(card, 0).outcome == "approved"
    assert buy(card, 200_000, merchant=SHOP).decline_reason == "funds"
    assert Control.objects.get().values == []
    assert buy(card, 100).outcome == "approved"
    assert Control.objects.get().values == [{"name": play.CAFE.name, "id": play.CAFE.id}]
    assert buy(card, 100, merchant=SHOP).decline_reason == "control_first_shop"
    assert buy(card, 100).outcome == "approved"
    assert Event.objects.filter(verb="control.locked").count() == 1


def test_a_rule_on_trial_is_stored_and_decides_nothing(card: Card, cast: Cast) -> None:
    rule(card, cast, "country", ["SE"], shadow=True)
    set_limit(card=card, interval="day", amount=kroner(50), by=cast.dave, shadow=True)
    row = buy(card, 100)
    assert row.outcome == "approved"
    said = {check["code"]: check for check in row.checks}
    assert not said["control_country"]["passed"] and said["control_country"]["params"]["shadow"]
    assert not said["limit_day"]["passed"] and said["limit_day"]["params"]["shadow"]
    assert rooms(card, NOON) == [] and spendable(Card.objects.get(), NOON) == kroner(99_900)
    refused = buy(card, 200_000)
    assert (refused.decline_reason, [each["code"] for each in refused.checks if not each["passed"]][-1]) == (
        "funds",
        "funds",
    )
    assert explain(refused, cast.dave).also == []


def test_cash_has_limits_of_its_own(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="cash", amount=kroner(10_000), by=cast.dave)
    set_limit(card=card, interval="cash_month", amount=kroner(15_000), by=cast.dave)
    assert buy(card, 20_000).outcome == "approved"
    assert buy(card, 10_001, channel="cash").decline_reason == "limit_cash"
    assert buy(card, 10_000, channel="cash").outcome == "approved"
    assert buy(card, 5_001, channel="cash").decline_reason == "limit_cash_month"
    taken = buy(card, 5_000, channel="cash")
    assert taken.outcome == "approved"
    assert play.used_by(card, "cash_day") == 15_000 and play.used_by(card, "day") == 35_000
    play.tell(MessageKind.REVERSAL, taken)
    assert play.used_by(card, "cash_day") == 10_000 and play.used_by(card, "day") == 30_000
    assert spendable(Card.objects.get(), NOON) == kroner(70_000)


def test_money_taken_without_asking_counts_as_cash_too(card: Card) -> None:
    from cards.intake import deliver

    deliver(message=play.message(MessageKind.CLEARING, card, 700, channel="cash"), now=NOON)
    assert play.used_by(card, "cash_month") == 700


def test_a_soft_limit_marks_what_crosses_it_and_tells(card: Card, cast: Cast) -> None:
    now = datetime.now(UTC)
    set_limit(card=card, interval="purchase", amount=kroner(100), by=cast.dave, hard=False)
    row = buy(card, 150, occurred_at=now)
    assert row.outcome == "approved"
    event = Event.objects.get(verb="limit.crossed")
    assert (event.changes["amount"], event.changes["interval"]) == (50, "purchase")
    told = Notification.objects.filter(event=event, channel="in_app").values_list("membership", flat=True)
    assert set(told) == {cast.carol.pk, cast.dave.pk}
    buy(card, 100, occurred_at=now)
    assert Event.objects.filter(verb="limit.crossed").count() == 1


def test_a_raise_holds_for_a_while_and_ends_by_itself(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    until = NOON + timedelta(days=2)
    raise_limit(card=card, interval="month", amount=kroner(5_000), ends_at=until, by=cast.dave, now=NOON)
    row = buy(card, 4_000)
    assert row.outcome == "approved"
    said = next(check for check in row.checks if check["code"] == "limit_month")
    assert (said["params"]["amount"], said["params"]["raised_until"]) == (5_000, until.isoformat())
    (room,) = rooms(card, NOON)
    assert (room.left, room.limit.cap) == (kroner(1_000), kroner(5_000))
    assert buy(card, 1, occurred_at=until).decline_reason == "limit_month"
    assert buy(card, 1, occurred_at=until - timedelta(seconds=1)).outcome == "approved"
    set_limit(card=card, interval="month", amount=kroner(9_000), by=cast.dave)
    assert rooms(card, NOON)[0].limit.cap == kroner(9_000)


def test_a_raise_survives_a_replacement_and_a_change_and_can_end_early(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    until = NOON + timedelta(days=2)
    made = raise_limit(card=card, interval="month", amount=kroner(5_000), ends_at=until, by=cast.dave, now=NOON)
    renewed = play.new_card(cast.carol)
    Card.objects.filter(pk=renewed.pk).update(replaces=card, head=card)
    renewed.refresh_from_db()
    set_limit(card=renewed, interval="month", amount=kroner(2_000), by=cast.dave)
    assert buy(renewed, 4_000).outcome == "approved"
    assert end_raise(limit=made, by=cast.dave, now=NOON)
    assert not end_raise(limit=made, by=cast.dave, now=NOON)
    assert buy(renewed, 1).decline_reason == "limit_month"


def test_a_person_s_limit_is_raised_and_a_second_raise_replaces_the_first(card: Card, cast: Cast) -> None:
    set_limit(person=cast.carol, interval="day", amount=kroner(100), by=cast.dave)
    until = NOON + timedelta(days=1)
    for amount in (900, 500):
        raise_limit(person=cast.carol, interval="day", amount=kroner(amount), ends_at=until, by=cast.dave, now=NOON)
    assert Limit.objects.filter(ends_at__isnull=False, ended_at=None).count() == 1
    assert buy(card, 501).decline_reason == "limit_day"
    assert buy(card, 500).outcome == "approved"


def test_raises_that_make_no_sense_are_refused(card: Card, cast: Cast) -> None:
    tomorrow = NOON + timedelta(days=1)
    with pytest.raises(NothingToRaise):
        raise_limit(card=card, interval="month", amount=kroner(1), ends_at=tomorrow, by=cast.dave, now=NOON)
    set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave)
    with pytest.raises(NothingToRaise):
        raise_limit(card=card, interval="month", amount=kroner(1_000), ends_at=tomorrow, by=cast.dave, now=NOON)
    for ends_at in (NOON, NOON - timedelta(days=1), NOON + timedelta(days=500)):
        with pytest.raises(RaisePeriod):
            raise_limit(card=card, interval="month", amount=kroner(2_000), ends_at=ends_at, by=cast.dave, now=NOON)


def test_the_hour_that_summer_time_skips_and_repeats(card: Card, cast: Cast) -> None:
    rule(card, cast, "hours", ["02:00", "03:00"])
    # On 29 March there is no 02:30 in Copenhagen; on 25 October there are two.
    assert buy(card, 100, occurred_at=datetime(2026, 3, 29, 1, 30, tzinfo=UTC)).outcome == "declined"
    assert buy(card, 100, occurred_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC)).outcome == "approved"
    assert buy(card, 100, occurred_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC)).outcome == "approved"


@pytest.mark.parametrize(
    ("kind", "values", "error"),
    [
        ("category", [], RuleEmpty),
        ("category", ["nonsense"], RuleUnreadable),
        ("category", "hotels", RuleUnreadable),
        ("category", ["٣٣٣٣"], RuleUnreadable),
        ("merchant", ["..."], RuleUnreadable),
        ("merchant", ["a\x00b"], RuleUnreadable),
        ("merchant", [7], RuleUnreadable),
        ("country", ["Denmark"], RuleUnreadable),
        ("country", ["ZZ"], RuleUnreadable),
        ("weekday", [7], RuleUnreadable),
        ("weekday", [True], RuleUnreadable),
        ("hours", ["08:00"], HoursWrong),
        ("hours", ["08:00", "08:00"], HoursWrong),
        ("hours", ["25:00", "08:00"], HoursWrong),
        ("channel", ["telepathy"], RuleUnreadable),
        ("amount", {}, RuleEmpty),
        ("amount", [1], RuleUnreadable),
        ("amount", {"min": 0}, RuleUnreadable),
        ("amount", {"min": 1.5}, RuleUnreadable),
        ("amount", {"min": 5, "max": 4}, AmountsWrong),
        ("amount", {"most": 5}, RuleUnreadable),
    ],
)
def test_values_that_make_no_sense_are_refused(kind: str, values: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_values(kind, "allow", values)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_merchant_is_itself_however_it_is_written(name: str, more: str) -> None:
    facts = Facts(1, f"{name} {more}", "", "", "", "chip", NOON)
    assert is_merchant({"name": name}, facts) == bool(plain_name(name)) or plain_name(f"{name} {more}") != plain_name(
        name
    )
    assert plain_name(plain_name(name)) == plain_name(name)
    assert passes("merchant", "block", [{"name": name}], facts) != passes("merchant", "allow", [{"name": name}], facts)


@pytest.mark.parametrize("fault", [{"card": None}, {"kind": "colour"}, {"mode": "maybe"}])
def test_the_database_refuses_a_wrong_control(card: Card, cast: Cast, fault: dict[str, Any]) -> None:
    rule(card, cast, "country", ["DK"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Control.objects.update(**fault)


def test_the_database_refuses_two_live_controls_and_wrong_raises(card: Card, cast: Cast) -> None:
    rule(card, cast, "country", ["DK"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Control.objects.create(company=cast.company, card=card, kind="country", mode="allow", values=[], set_at=NOON)
    set_limit(card=card, interval="month", amount=kroner(1), by=cast.dave)
    for fault in ({"starts_at": NOON, "ends_at": NOON}, {"starts_at": NOON}, {"ends_at": NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Limit.objects.update(**fault)
    with pytest.raises(IntegrityError), transaction.atomic():
        Limit.objects.create(
            company=cast.company, card=card, interval="month", amount=1, currency="DKK", set_at=NOON, shadow=True,
            starts_at=NOON, ends_at=NOON + timedelta(days=1),
        )  # fmt: skip
    assert LimitUse.objects.count() == 0
