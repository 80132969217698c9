"""How much a card and its holder may spend: setting limits, counting what was used, and what is left.

Use is counted in the window of the purchase's own time, in the company's time zone, for every interval of every card and
person whether limited or not: a limit set today knows this month. Held and settled money count alike; released money is freed;
a refund does not give room back. Amounts are minor units of the wallet's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards.models import CASH_WINDOWS, OF_CASH, SINGLE, WINDOWS, Card, CardTemplate, Interval, Limit, LimitUse
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.money import Money

# The one window of the interval "in all".
EVER = date(1970, 1, 1)

CARD, PERSON = "card", "person"
LONGEST_RAISE = timedelta(days=366)


class LimitNegative(DomainError):
    """A limit of less than nothing."""

    code = "limit_negative"
    field = "amount"

    def message(self) -> str:
        return gettext("A limit cannot be below zero.")


class LimitCurrency(DomainError):
    """Limits are counted in the currency of the wallet."""

    code = "limit_currency"
    field = "amount"

    def message(self) -> str:
        return gettext("Limits of this company are in %(currency)s.") % self.params


class RaisePeriod(DomainError):
    """A raise ends after it starts, in the future, and within a year."""

    code = "raise_period"
    field = "ends_on"

    def message(self) -> str:
        return gettext("A raise ends after it starts, after today, and within a year.")


class NothingToRaise(DomainError):
    """There is no such limit, or it already lets this much through."""

    code = "nothing_to_raise"
    field = "amount"

    def message(self) -> str:
        return gettext("The limit already lets this much through, or there is none.")


def window_start(interval: str, day: date) -> date:
    """Return the first day of the window that a day falls into. Weeks begin on Monday."""
    match interval:
        case Interval.DAY | Interval.CASH_DAY:
            return day
        case Interval.WEEK:
            return day - timedelta(days=day.weekday())
        case Interval.MONTH | Interval.CASH_MONTH:
            return day.replace(day=1)
        case Interval.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case Interval.YEAR:
            return day.replace(month=1, day=1)
        case Interval.TOTAL:
            return EVER
    raise ValueError(f"{interval} has no window")


def window_end(interval: str, day: date) -> date | None:
    """Return the day on which the window starts over, or None for the window that never does."""
    start = window_start(interval, day)
    match interval:
        case Interval.DAY | Interval.CASH_DAY:
            return start + timedelta(days=1)
        case Interval.WEEK:
            return start + timedelta(days=7)
        case Interval.TOTAL:
            return None
    months = {Interval.MONTH: 1, Interval.CASH_MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}[Interval(interval)]
    past = start.month - 1 + months
    return start.replace(year=start.year + past // 12, month=past % 12 + 1)


def live_limits(card: Card, at: datetime | None = None) -> list[Limit]:
    """Return the limits that apply to a card now: its own or its template's, over all its replacements, then its holder's.

    Those on trial are among them. With `at`, each carries the raise that is in force at that moment.
    """
    owned = Q(card=card.head_id or card.pk) | Q(membership=card.cardholder_id)
    if card.template_owner_id:
        owned |= Q(template=card.template_owner_id)
    found = Limit.objects.filter(owned, ended_at=None, company=card.company_id)
    return in_force(list(found), at)


def in_force(found: Sequence[Limit], at: datetime | None) -> list[Limit]:
    """Return the limits among rows of one card, its template and its holder: own ones win, raises are attached, in order."""
    raises: dict[tuple[bool, str], Limit] = {}
    for row in found:
        if row.is_raise and at is not None and row.covers(at):
            key = (row.membership_id is not None, row.interval)
            raises[key] = max(row, raises.get(key, row), key=lambda each: each.amount)
    own = {(row.interval, row.shadow) for row in found if row.card_id and not row.is_raise}
    live = [row for row in found if not row.is_raise and not (row.template_id and (row.interval, row.shadow) in own)]
    for row in live:
        row.raised = raises.get((row.membership_id is not None, row.interval))
    return sorted(live, key=_place)


_ORDER = {interval: place for place, interval in enumerate(Interval.values)}


def _place(limit: Limit) -> tuple[int, bool]:
    return _ORDER[limit.interval], limit.membership_id is not None


Used = dict[tuple[str, str], int]


def owner_of(limit: Limit) -> str:
    """Say whose use a limit counts: the card's (also where a template sets it) or the person's."""
    return PERSON if limit.membership_id else CARD


def windows_of(day: date) -> Q:
    """Return the condition for uses in the windows of a day."""
    found = Q(pk__in=[])
    for interval in (*WINDOWS, *CASH_WINDOWS):
        found |= Q(interval=interval, window_start=window_start(interval, day))
    return found


def used(card: Card, at: datetime) -> Used:
    """Return what was used in the windows of a moment, by (owner, interval). Windows nobody spent in are absent."""
    windows = windows_of(card.company.day_of(at))
    rows = LimitUse.objects.filter(windows, Q(card=card.head_id or card.pk) | Q(membership=card.cardholder_id))
    return {(CARD if row.card_id else PERSON, row.interval): row.used for row in rows}


def count(card: Card, at: datetime, change: int, *, is_cash: bool = False) -> Used:
    """Add to every window of a moment, of the card and of its holder, and return what each holds afterwards.

    Two statements that also lock the rows, always in the same order: whoever comes second sees what the first one used.
    """
    if not change:
        return {}
    day = card.company.day_of(at)
    windows = [(interval, window_start(interval, day)) for interval in counted_by(is_cash=is_cash)]
    by_card = _add(card, CARD, card.head_id or card.pk, windows, change)
    return by_card | _add(card, PERSON, card.cardholder_id, windows, change)


def counted_by(*, is_cash: bool) -> tuple[Interval, ...]:
    """Return the intervals that a purchase counts in; cash withdrawals count in windows of their own besides."""
    return (*WINDOWS, *CASH_WINDOWS) if is_cash else WINDOWS


def _add(card: Card, owner: str, owner_id: UUID, windows: Sequence[tuple[Interval, date]], change: int) -> Used:
    """One upsert of all windows of one owner. Raw SQL: the ORM's upsert can only replace a value, not add to it."""
    column = {CARD: "card_id", PERSON: "membership_id"}[owner]
    table = LimitUse._meta.db_table
    same = (_prepared("created_at", timezone.now()), _prepared("company", card.company_id), _prepared("card", owner_id))
    # A row that is missing starts at `change`, or at zero for a release: a proposed negative would break the check.
    first = max(change, 0)
    rows = [
        (_prepared("id", uuid7()), *same, interval.value, _prepared("window_start", start), first)
        for interval, start in windows
    ]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(rows))
    sql = (
        f"INSERT INTO {table} (id, created_at, company_id, {column}, interval, window_start, used) VALUES {places} "  # noqa: S608
        f"ON CONFLICT ({column}, interval, window_start) DO UPDATE SET used = {table}.used + %s RETURNING interval, used"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in row] + [change])
        return {(owner, interval): int(total) for interval, total in cursor.fetchall()}


def _prepared(field: str, value: Any) -> Any:
    column: Any = LimitUse._meta.get_field(field)
    return column.get_db_prep_value(value, connection)


@dataclass(frozen=True)
class Usage:
    """What one purchase uses of limits: minor units, when it was, and whether it was cash."""

    amount: int
    at: datetime
    is_cash: bool = False


def move_use(card: Card, *, before: Usage, after: Usage) -> None:
    """Replace what one purchase used: an amount at a time becomes another amount, perhaps at another time."""
    same_day = card.company.day_of(before.at) == card.company.day_of(after.at)
    if same_day and before.is_cash == after.is_cash:
        count(card, after.at, after.amount - before.amount, is_cash=after.is_cash)
        return
    count(card, before.at, -before.amount, is_cash=before.is_cash)
    count(card, after.at, after.amount, is_cash=after.is_cash)


@dataclass(frozen=True)
class Room:
    """A limit and how full its window is. `used` is None for the limit of each purchase, which counts nothing."""

    limit: Limit
    used: Money | None
    starts_over: date | None

    @property
    def left(self) -> Money:
        """What may still be spent; never below zero."""
        rest = self.limit.cap - (self.used or Money(0, self.limit.currency))
        return max(rest, Money(0, self.limit.currency))

    @property
    def percent(self) -> int:
        """How full, from 0 to 100."""
        cap = self.limit.ceiling
        if self.used is None:
            return 0
        return 100 if not cap else min(100, max(0, self.used.amount * 100 // cap))

    @property
    def is_cash(self) -> bool:
        """Say whether it bounds cash withdrawals alone."""
        return self.limit.interval in OF_CASH


def rooms(card: Card, now: datetime) -> list[Room]:
    """Return every limit of a card and its holder with what is used of it. Those on trial bound nothing and are left out."""
    limits = [limit for limit in live_limits(card, now) if not limit.shadow]
    return rooms_of(limits, used(card, now), card.company.day_of(now)) if limits else []


def rooms_of_person(person: Membership, now: datetime) -> list[Room]:
    """Return the limits over all cards of a person together, with what is used of them."""
    limits = in_force(list(Limit.objects.filter(membership=person, ended_at=None, shadow=False)), now)
    day = person.company.day_of(now)
    rows = LimitUse.objects.filter(windows_of(day), membership=person)
    return rooms_of(limits, {(PERSON, row.interval): row.used for row in rows}, day)


def rooms_of(limits: Sequence[Limit], counted: Used, day: date) -> list[Room]:
    """Return the rooms of limits and use that were read before: a list of cards reads them for all at once."""
    return [_room(limit, counted, day) for limit in limits]


def _room(limit: Limit, counted: Used, day: date) -> Room:
    if limit.interval in SINGLE:
        return Room(limit, None, None)
    total = counted.get((owner_of(limit), limit.interval), 0)
    return Room(limit, Money(total, limit.currency), window_end(limit.interval, day))


def spendable(card: Card, now: datetime) -> Money:
    """Return what the next purchase may cost at most: the least of the limits' room and the wallet's available money."""
    return least(card.account.available, rooms(card, now))


def least(available: Money, found: Iterable[Room]) -> Money:
    """Return what rooms and a wallet leave for the next purchase. A soft limit lets the one through that crosses it."""
    return min(
        [
            max(available, Money(0, available.currency)),
            *(room.left for room in found if not room.is_cash and _binds(room)),
        ]
    )


def _binds(room: Room) -> bool:
    """A soft limit of each purchase only marks the purchase; a soft one that counts binds once it is used up."""
    return room.limit.hard or (room.used is not None and not room.left)


@transaction.atomic
def set_limit(
    *,
    card: Card | None = None,
    person: Membership | None = None,
    template: CardTemplate | None = None,
    interval: str,
    amount: Money | None,
    by: Membership | None,
    hard: bool = True,
    shadow: bool = False,
    now: datetime | None = None,
) -> Limit | None:
    """Set the limit of a card (for all its replacements), a person or a template, replacing the one that stands; None removes it.

    Exactly one of `card`, `person` and `template`. A `shadow` runs on trial beside what is in force. Setting what already
    stands changes nothing. Raises LimitNegative, LimitCurrency.
    """
    owner = card.limit_owner if card else person or template
    assert owner is not None and [card, person, template].count(None) == 2, "a limit has one owner"
    assert interval in Interval.values, f"{interval} is not an interval"
    check_amount(owner, amount)
    now = now or timezone.now()
    before = _standing(owner, interval, shadow=shadow)
    if before and amount is not None and (before.amount, before.hard) == (amount.amount, hard):
        return before
    if before is None and amount is None:
        return None
    if before:
        Limit.objects.filter(pk=before.pk).update(ended_at=now)
    after = None
    if amount is not None:
        after = Limit.objects.create(
            **_whose(owner),
            company=owner.company,
            interval=interval,
            amount=amount.amount,
            currency=amount.currency,
            hard=hard,
            shadow=shadow,
            set_by=by,
            set_at=now,
        )
    _record_limit(card or owner, interval, before, after, by, now, shadow=shadow)
    return after


def check_amount(owner: Card | Membership | CardTemplate, amount: Money | None) -> None:
    """Raise LimitNegative or LimitCurrency for an amount that cannot be a limit."""
    if amount is not None and amount.amount < 0:
        raise LimitNegative
    if amount is not None and amount.currency != owner.company.currency:
        raise LimitCurrency(currency=owner.company.currency)


def _whose(owner: Card | Membership | CardTemplate) -> dict[str, Any]:
    return {{Card: "card", Membership: "membership", CardTemplate: "template"}[type(owner)]: owner}


def _standing(owner: Card | Membership | CardTemplate, interval: str, *, shadow: bool) -> Limit | None:
    """Return the limit that stands. The owner's row is the lock: two admins at once make one live limit, the later one's."""
    type(owner).objects.select_for_update(no_key=True).get(pk=owner.pk)
    found: Limit | None = Limit.objects.filter(
        **_whose(owner), interval=interval, shadow=shadow, ended_at=None, ends_at=None
    ).first()
    return found


def _record_limit(
    subject: Card | Membership | CardTemplate,
    interval: str,
    before: Limit | None,
    after: Limit | None,
    by: Membership | None,
    now: datetime,
    *,
    shadow: bool,
) -> None:
    changes = {
        "interval": interval,
        "currency": subject.company.currency,
        "amount": [before.amount if before else None, after.amount if after else None],
        "hard": after.hard if after else None,
    }
    verb = ("limit.tried" if after else "limit.trial_ended") if shadow else "limit.set" if after else "limit.removed"
    record(company=subject.company, verb=verb, subject=subject, by=by, changes=changes, now=now)


@transaction.atomic
def raise_limit(
    *,
    card: Card | None = None,
    person: Membership | None = None,
    interval: str,
    amount: Money,
    starts_at: datetime | None = None,
    ends_at: datetime,
    by: Membership | None,
    now: datetime | None = None,
) -> Limit:
    """Raise a limit of a card (and its replacements) or a person for a while. Afterwards the limit is what it was, by itself.

    A raise that overlaps ends when the new one is set; the same raise again changes nothing.

    Raises LimitNegative, LimitCurrency, RaisePeriod, NothingToRaise.
    """
    owner = card.limit_owner if card else person
    assert owner is not None and (card is None) != (person is None), "a limit has one owner"
    now = now or timezone.now()
    starts_at = starts_at or now
    check_amount(owner, amount)
    if ends_at <= max(starts_at, now) or ends_at - starts_at > LONGEST_RAISE:
        raise RaisePeriod
    standing = _standing(owner, interval, shadow=False)
    if card is not None and standing is None and card.template_owner_id:
        standing = Limit.objects.standing().filter(template=card.template_owner_id, interval=interval).first()
    if standing is None or standing.amount >= amount.amount:
        raise NothingToRaise
    open_raises = Limit.objects.filter(**_whose(owner), interval=interval, ended_at=None, ends_at__gt=starts_at)
    same: Limit | None = open_raises.filter(amount=amount.amount, ends_at=ends_at, starts_at__lte=starts_at).first()
    if same:
        return same
    open_raises.filter(starts_at__lt=ends_at).update(ended_at=now)
    made: Limit = Limit.objects.create(
        **_whose(owner),
        company=owner.company,
        interval=interval,
        amount=amount.amount,
        currency=amount.currency,
        hard=standing.hard,
        starts_at=starts_at,
        ends_at=ends_at,
        set_by=by,
        set_at=now,
    )
    changes = {
        "interval": interval, "currency": amount.currency, "amount": [standing.amount, amount.amount],
        "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(),
    }  # fmt: skip
    record(company=owner.company, verb="limit.raised", subject=card or owner, by=by, changes=changes, now=now)
    return made


@transaction.atomic
def end_raise(*, limit: Limit, by: Membership | None, now: datetime | None = None) -> bool:
    """End a raise before its time. One that is over already, or ended by another, changes nothing and returns False."""
    assert limit.is_raise, "only a raise for a while ends early"
    now = now or timezone.now()
    ended = Limit.objects.filter(pk=limit.pk, ended_at=None, ends_at__gt=now).update(ended_at=now)
    if not ended:
        return False
    changes = {"interval": limit.interval, "currency": limit.currency, "amount": limit.amount}
    subject = limit.card or limit.membership
    assert subject is not None, "a raise belongs to a card or a person"
    record(company=limit.company, verb="limit.raise_ended", subject=subject, by=by, changes=changes, now=now)
    return True
