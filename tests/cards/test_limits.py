"""Windows, counting, setting and what is left."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from cards.check_limits import check_limits
from cards.limits import LimitCurrency, LimitNegative, rooms, set_limit, spendable, window_end, window_start
from cards.models import WINDOWS, Card, Interval, Limit, LimitUse
from events.models import Event
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import NOON, buy, kroner
from tests.conftest import Cast

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

WINDOW_TABLE = [
    ("day", date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 21)),
    ("week", date(2026, 11, 20), date(2026, 11, 16), date(2026, 11, 23)),
    ("week", date(2026, 11, 16), date(2026, 11, 16), date(2026, 11, 23)),
    ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 4)),
    ("month", date(2026, 11, 30), date(2026, 11, 1), date(2026, 12, 1)),
    ("month", date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
    ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
    ("quarter", date(2026, 11, 20), date(2026, 10, 1), date(2027, 1, 1)),
    ("quarter", date(2026, 5, 31), date(2026, 4, 1), date(2026, 7, 1)),
    ("year", date(2026, 11, 20), date(2026, 1, 1), date(2027, 1, 1)),
    ("total", date(2026, 11, 20), date(1970, 1, 1), None),
]


@pytest.mark.parametrize(("interval", "day", "starts", "ends"), WINDOW_TABLE)
def test_windows(interval: str, day: date, starts: date, ends: date | None) -> None:
    assert (window_start(interval, day), window_end(interval, day)) == (starts, ends)


@given(day=st.dates(date(2000, 1, 1), date(2199, 12, 31)), interval=st.sampled_from(WINDOWS))
def test_every_day_lies_in_its_window_and_the_next_begins_where_it_ends(day: date, interval: Interval) -> None:
    start, end = window_start(interval, day), window_end(interval, day)
    assert start <= day
    assert end is None or (day < end and window_start(interval, end) == end)
    assert window_start(interval, start) == start


def test_a_purchase_has_no_window() -> None:
    with pytest.raises(ValueError, match="no window"):
        window_start("purchase", date(2026, 11, 20))


def used_in(card: Card, interval: str) -> dict[date, int]:
    return {use.window_start: use.used for use in card.uses.filter(interval=interval)}


def test_rule_18_the_month_turns_at_the_companys_midnight(card: Card) -> None:
    """31 March, 01:59 in Copenhagen, in summer time: the clocks went forward two days before."""
    late = datetime(2026, 3, 31, 23, 59, tzinfo=COPENHAGEN)
    early = datetime(2026, 4, 1, 0, 1, tzinfo=COPENHAGEN)
    assert (late.astimezone(UTC).month, early.astimezone(UTC).day) == (3, 31)
    buy(card, 1_000, occurred_at=late.astimezone(UTC))
    buy(card, 2_000, occurred_at=early.astimezone(UTC))
    assert used_in(card, "month") == {date(2026, 3, 1): 1_000, date(2026, 4, 1): 2_000}
    assert used_in(card, "day") == {date(2026, 3, 31): 1_000, date(2026, 4, 1): 2_000}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # The night of 29 March 2026 has no 02:30; 00:59 UTC is 01:59 winter time, 01:00 UTC is 03:00 summer time.
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        # The night of 25 October has 02:30 twice, and the day has 25 hours.
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_rule_18_days_follow_summer_time(card: Card, moment: datetime, day: date) -> None:
    """The window of a limit is in the company's time zone, with daylight saving."""
    buy(card, 1_000, occurred_at=moment)
    assert used_in(card, "day") == {day: 1_000}


def test_every_interval_is_counted_whether_limited_or_not(card: Card, cast: Cast) -> None:
    buy(card, 1_000)
    assert LimitUse.objects.filter(card=card, used=1_000).count() == len(WINDOWS)
    assert LimitUse.objects.filter(membership=cast.carol, used=1_000).count() == len(WINDOWS)


def test_rule_19_limits_and_use_survive_a_replacement(card: Card, cast: Cast) -> None:
    """A limit and its use survive the replacement of a card."""
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    buy(card, 6_000)
    renewed = play.new_card(cast.carol)
    Card.objects.filter(pk=renewed.pk).update(replaces=card, head=card)
    renewed.refresh_from_db()
    assert buy(renewed, 4_001).decline_reason == "limit_month"
    assert buy(renewed, 4_000).outcome == "approved"
    set_limit(card=renewed, interval="month", amount=kroner(10_001), by=cast.dave)
    assert Limit.objects.get(ended_at=None).card == card
    assert buy(renewed, 1).outcome == "approved"


def test_what_is_left(card: Card, cast: Cast) -> None:
    assert spendable(card, NOON) == kroner(100_000)
    set_limit(card=card, interval="month", amount=kroner(40_000), by=cast.dave)
    set_limit(person=cast.carol, interval="year", amount=kroner(50_000), by=cast.dave)
    buy(card, 15_000)
    assert spendable(card, NOON) == kroner(25_000)
    month, year = rooms(card, NOON)
    assert (month.used, month.left, month.percent, month.starts_over) == (
        kroner(15_000),
        kroner(25_000),
        37,
        date(2026, 12, 1),
    )
    assert (year.limit.membership, year.left) == (cast.carol, kroner(35_000))
    set_limit(card=card, interval="purchase", amount=kroner(9_000), by=cast.dave)
    assert spendable(card, NOON) == kroner(9_000)
    set_limit(card=card, interval="purchase", amount=None, by=cast.dave)
    set_limit(card=card, interval="month", amount=kroner(15_500), by=cast.dave, hard=False)
    assert spendable(card, NOON) == kroner(35_000)


def test_nothing_is_left_below_zero(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(500), by=cast.dave)
    from cards.intake import deliver
    from cards.models import MessageKind

    deliver(message=play.message(MessageKind.CLEARING, card, 700), now=NOON)
    assert spendable(card, NOON) == kroner(0)
    assert rooms(card, NOON)[0].percent == 100


def test_setting_replaces_and_writes_down_who(card: Card, cast: Cast) -> None:
    first = set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.dave, now=NOON)
    assert set_limit(card=card, interval="month", amount=kroner(1_000), by=cast.alice) == first
    second = set_limit(card=card, interval="month", amount=kroner(2_000), by=cast.alice)
    assert list(Limit.objects.filter(ended_at=None)) == [second]
    changes = [event.changes["amount"] for event in Event.objects.filter(verb="limit.set").order_by("created_at")]
    assert changes == [[None, 1_000], [1_000, 2_000]]
    assert set_limit(card=card, interval="month", amount=None, by=cast.alice) is None
    assert set_limit(card=card, interval="month", amount=None, by=cast.alice) is None
    assert Event.objects.filter(verb="limit.removed").count() == 1
    assert not Limit.objects.filter(ended_at=None).exists()


def test_limits_that_make_no_sense_are_refused(card: Card, cast: Cast) -> None:
    with pytest.raises(LimitNegative):
        set_limit(card=card, interval="month", amount=kroner(-1), by=cast.dave)
    with pytest.raises(LimitCurrency):
        set_limit(card=card, interval="month", amount=Money(1, "EUR"), by=cast.dave)
    with pytest.raises(AssertionError):
        set_limit(interval="month", amount=kroner(1), by=cast.dave)
    with pytest.raises(AssertionError):
        set_limit(card=card, interval="fortnight", amount=kroner(1), by=cast.dave)


def test_setting_nothing_again_changes_nothing(card: Card, cast: Cast) -> None:
    first = set_limit(card=card, interval=Interval.MONTH, amount=kroner(0), by=cast.dave)
    assert set_limit(card=card, interval=Interval.MONTH, amount=kroner(0), by=cast.dave) == first


def test_a_limit_of_nothing_stops_everything(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(0), by=cast.dave)
    assert buy(card, 1).decline_reason == "limit_purchase"


def test_a_counter_changed_past_the_verbs_is_found(card: Card, cast: Cast) -> None:
    buy(card, 1_000)
    out = StringIO()
    call_command("check_limits", stdout=out)
    assert out.getvalue() == "The limits are exact: 12 windows.\n"
    row = LimitUse.objects.get(card=card, interval="month")
    LimitUse.objects.filter(pk=row.pk).update(used=1_001)
    (difference,) = check_limits(company=cast.company)
    assert (difference.owner, difference.owner_id, difference.interval, difference.kept, difference.counted) == (
        "card", card.pk, "month", 1_001, 1_000,
    )  # fmt: skip
    with pytest.raises(CommandError, match="differ in 1 windows"):
        call_command("check_limits", stderr=StringIO())
    with pytest.raises(CommandError, match="no company called nobody"):
        call_command("check_limits", company="nobody")
    LimitUse.objects.filter(pk=row.pk).update(used=1_000)


@pytest.mark.parametrize(
    "fault",
    [
        {"membership": "carol"},
        {"card": None},
        {"amount": -1},
        {"interval": "fortnight"},
        {"currency": "kr"},
    ],
)
def test_the_database_refuses_a_wrong_limit(card: Card, cast: Cast, fault: dict[str, object]) -> None:
    set_limit(card=card, interval="month", amount=kroner(1), by=cast.dave)
    values = {name: cast.carol if value == "carol" else value for name, value in fault.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Limit.objects.update(**values)


def test_the_database_refuses_two_live_limits_and_wrong_uses(card: Card, cast: Cast) -> None:
    limit = set_limit(card=card, interval="month", amount=kroner(1), by=cast.dave)
    buy(card, 0)
    LimitUse.objects.create(company=cast.company, card=card, interval="day", window_start=date(2020, 1, 1), used=0)
    assert limit is not None
    attempts = [
        lambda: Limit.objects.create(
            company=cast.company, card=card, interval="month", amount=2, currency="DKK", set_at=NOON
        ),
        lambda: LimitUse.objects.update(used=-1),
        lambda: LimitUse.objects.update(card=None),
        lambda: LimitUse.objects.update(membership=cast.carol),
        lambda: LimitUse.objects.create(
            company=cast.company, card=card, interval="day", window_start=date(2020, 1, 1), used=0
        ),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
