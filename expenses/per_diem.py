"""What days away are worth: each country's own rule, as pure functions of the journey and the meals that others paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext

from expenses.per_diem_places import place_name
from expenses.per_diem_rates import DINNER, LUNCH, MEALS, DailyRate, home_or, rate_on
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money, exponent

DAY = timedelta(days=1)
NOON, EVENING = time(12), time(19)
# A meal counts in France when the whole of these hours was spent away.
FRENCH_HOURS = {LUNCH: (time(12), time(14)), DINNER: (time(19), time(21))}


class NoDailyRate(DomainError):
    """No rate is known for the place on that day."""

    code = "no_daily_rate"

    @property
    def field(self) -> str:  # type: ignore[override]
        return "place" if self.params.get("place") else "starts_at"

    def message(self) -> str:
        day, place = format.day(self.params["day"]), self.params.get("place")
        if not place:
            return gettext("No daily rate is known for %(day)s. Finance can add one of the company’s own.") % {
                "day": day
            }
        return gettext(
            "No daily rate is known for %(place)s on %(day)s. Claim what you paid instead; finance can add a rate of the company’s own."
        ) % {
            "place": place_name(place), "day": day,
        }  # fmt: skip


class TooShort(DomainError):
    """The journey is too short for a daily rate."""

    code = "journey_too_short"
    field = "ends_at"

    def message(self) -> str:
        return {
            "DK": gettext("A daily rate begins with 24 hours away and a night. Claim what you paid instead."),
            "DE": gettext("A daily rate begins after 8 hours away. Claim what you paid instead."),
            "SE": gettext("A daily rate needs a night away. Claim what you paid instead."),
            "FR": gettext(
                "No mealtime falls into this journey: 12 to 14 or 19 to 21 o’clock. Claim what you paid instead."
            ),
            "GB": gettext("A daily rate begins with 5 hours away. Claim what you paid instead."),
        }[self.params["country"]]


@dataclass(frozen=True)
class DayPart:
    """A part of a journey: what it is worth, what the meals of others take off, and what is left."""

    day: date
    meals: tuple[str, ...]
    full: Money
    less: Money

    @property
    def amount(self) -> Money:
        return self.full - self.less


Meals = Mapping[date, Sequence[str]]
# How a rule learns the rate of a day: the published one of where it is spent, or the company's own.
RateOf = Callable[[date], DailyRate]


@dataclass(frozen=True)
class Stay:
    """Where the days of a journey are spent: `place` as in the tables, empty at home; `on` has the days spent elsewhere."""

    place: str = ""
    on: Mapping[date, str] = field(default_factory=dict)

    def at(self, day: date) -> str:
        return self.on.get(day, self.place)


HOME = Stay()


def days_of(
    *, country: str, starts_at: datetime, ends_at: datetime, meals: Meals, stay: Stay = HOME, rate_of: RateOf | None = None
) -> list[DayPart]:  # fmt: skip
    """Return the parts of a journey by a country's rule. Both moments are in the time zone of the company.

    A German day is paid for the place reached before midnight, the day of the return for the last place of work (BMF of
    25.11.2020, Rz. 51); a Swedish one for where most of it was spent (12 kap. 12 § inkomstskattelagen): `stay` says which.
    Raises NoDailyRate, TooShort.
    """
    assert starts_at < ends_at, "a journey ends after its start"
    parts = list(_RULES[country](starts_at, ends_at, meals, rate_of or published(country, stay)))
    if not any(part.full for part in parts):
        raise TooShort(country=country)
    return parts


def published(country: str, stay: Stay) -> RateOf:
    """Return how to find the published rate of a day. What it returns raises NoDailyRate."""

    def rate_of(day: date) -> DailyRate:
        place = home_or(stay.at(day), country)
        rate = rate_on(country=country, day=day, place=place)
        if rate is None:
            raise NoDailyRate(day=day, place=place)
        return rate

    return rate_of


def _money(value: Decimal, currency: str) -> Money:
    return Money(int(value.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP)), currency)


def _dates(starts_at: datetime, ends_at: datetime) -> list[date]:
    last = (ends_at - timedelta(microseconds=1)).date()
    return [starts_at.date() + DAY * number for number in range((last - starts_at.date()).days + 1)]


def _given(meals: Meals, day: date) -> tuple[str, ...]:
    return tuple(meal for meal in MEALS if meal in meals.get(day, ()))


def _part(day: date, given: tuple[str, ...], full: Decimal, less: Decimal, currency: str) -> DayPart:
    worth = _money(full, currency)
    return DayPart(day, given, worth, min(worth, _money(less, currency)))


def _denmark(starts_at: datetime, ends_at: datetime, meals: Meals, rate_of: RateOf) -> Iterator[DayPart]:
    """24 hours at a time from the departure, then a twenty-fourth for every hour begun; meals come off the full rate."""
    if ends_at - starts_at < DAY:
        return
    begun, taken = starts_at, set[date]()
    while begun < ends_at:
        until = min(begun + DAY, ends_at)
        rate = rate_of(begun.date())
        hours = -((begun - until) // timedelta(hours=1))
        worth = rate.full if until - begun == DAY else rate.full * hours / 24
        dates = [day for day in _dates(begun, until) if day not in taken and (day < until.date() or until == ends_at)]
        taken.update(dates)
        given = [meal for day in dates for meal in _given(meals, day)]
        less = sum((rate.full * rate.share_of(meal) for meal in given), Decimal(0))
        yield _part(begun.date(), tuple(given), worth, less, rate.currency)
        begun = until


def _germany(starts_at: datetime, ends_at: datetime, meals: Meals, rate_of: RateOf) -> Iterator[DayPart]:
    """More than 8 hours on one day: half; with a night: half on the first and the last day, full between."""
    dates = _dates(starts_at, ends_at)
    if len(dates) == 1 and ends_at - starts_at <= timedelta(hours=8):
        return
    for day in dates:
        rate = rate_of(day)
        worth = rate.half if day in (dates[0], dates[-1]) else rate.full
        given = _given(meals, day)
        less = sum((rate.full * rate.share_of(meal) for meal in given), Decimal(0))
        yield _part(day, given, worth, less, rate.currency)


def _sweden(starts_at: datetime, ends_at: datetime, meals: Meals, rate_of: RateOf) -> Iterator[DayPart]:
    """With a night: half when one leaves at noon or later or is home by seven in the evening, else full.

    Meals come off in percent of the day's own rate, summed and then rounded to the krona, as the tax agency's table has it.
    """
    dates = _dates(starts_at, ends_at)
    if len(dates) == 1:
        return
    for day in dates:
        rate = rate_of(day)
        late = day == dates[0] and starts_at.time() >= NOON
        early = day == dates[-1] and ends_at.date() == day and ends_at.time() <= EVENING
        worth = rate.half if late or early else rate.full
        given = _given(meals, day)
        share = sum((rate.share_of(meal) for meal in given), Decimal(0))
        yield _part(day, given, worth, (worth * share).to_integral_value(ROUND_HALF_UP), rate.currency)


def _france(starts_at: datetime, ends_at: datetime, meals: Meals, rate_of: RateOf) -> Iterator[DayPart]:
    """One allowance for every lunch and dinner whose hours were spent away; a meal that was given is not paid."""
    for day in _dates(starts_at, ends_at):
        rate = rate_of(day)
        due = [
            meal
            for meal, (first, last) in FRENCH_HOURS.items()
            if starts_at <= _at(starts_at, day, first) and _at(starts_at, day, last) <= ends_at
        ]
        given = tuple(meal for meal in _given(meals, day) if meal in due)
        yield _part(day, given, rate.full * len(due), rate.full * len(given), rate.currency)


def _britain(starts_at: datetime, ends_at: datetime, meals: Meals, rate_of: RateOf) -> Iterator[DayPart]:
    """5, 10 or 15 hours on a day, ten pounds more for an evening after eight; a day with a meal given is claimed by receipt."""
    for day in _dates(starts_at, ends_at):
        rate = rate_of(day)
        midnight = _at(starts_at, day, time.min)
        away = min(ends_at, midnight + DAY) - max(starts_at, midnight)
        evening = starts_at <= _at(starts_at, day, time(20)) < ends_at
        given = _given(meals, day)
        worth = _british(away, is_evening=evening)
        yield _part(day, given, worth, worth if given else Decimal(0), rate.currency)


def _british(away: timedelta, *, is_evening: bool) -> Decimal:
    hours = away / timedelta(hours=1)
    if hours >= 15 and is_evening:
        return Decimal(25)
    base = Decimal(10) if hours >= 10 else Decimal(5) if hours >= 5 else Decimal(0)
    return base + (10 if base and is_evening else 0)


def _at(like: datetime, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=like.tzinfo)


_RULES: dict[str, Callable[[datetime, datetime, Meals, RateOf], Iterator[DayPart]]] = {
    "DK": _denmark,
    "DE": _germany,
    "SE": _sweden,
    "FR": _france,
    "GB": _britain,
}
