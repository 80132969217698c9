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
from cards.models import WINDOWS, Card, Interval, Limit, LimitUse
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.money import Money

# The one window of the interval "in all".
EVER = date(1970, 1, 1)

CARD, PERSON = "card", "person"


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


def window_start(interval: str, day: date) -> date:
    """Return the first day of the window that a day falls into. Weeks begin on Monday."""
    match interval:
        case Interval.DAY:
            return day
        case Interval.WEEK:
            return day - timedelta(days=day.weekday())
        case Interval.MONTH:
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
        case Interval.DAY:
            return start + timedelta(days=1)
        case Interval.WEEK:
            return start + timedelta(days=7)
        case Interval.TOTAL:
            return None
    months = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}[Interval(interval)]
    past = start.month - 1 + months
    return start.replace(year=start.year + past // 12, month=past % 12 + 1)


def live_limits(card: Card) -> list[Limit]:
    """Return the limits that apply to a card now: its own, over all its replacements, then its holder's."""
    found = Limit.objects.filter(
        Q(card=card.head_id or card.pk) | Q(membership=card.cardholder_id), ended_at=None, company=card.company_id
    )
    return sorted(found, key=lambda limit: (list(Interval).index(Interval(limit.interval)), limit.card_id is None))


Used = dict[tuple[str, str], int]


def used(card: Card, at: datetime) -> Used:
    """Return what was used in the windows of a moment, by (owner, interval). Windows nobody spent in are absent."""
    day = card.company.day_of(at)
    windows = Q(pk__in=[])
    for interval in WINDOWS:
        windows |= Q(interval=interval, window_start=window_start(interval, day))
    rows = LimitUse.objects.filter(windows, Q(card=card.head_id or card.pk) | Q(membership=card.cardholder_id))
    return {(CARD if row.card_id else PERSON, row.interval): row.used for row in rows}


def count(card: Card, at: datetime, change: int) -> Used:
    """Add to every window of a moment, of the card and of its holder, and return what each holds afterwards.

    Two statements that also lock the rows, always in the same order: whoever comes second sees what the first one used.
    """
    if not change:
        return {}
    day = card.company.day_of(at)
    windows = [(interval, window_start(interval, day)) for interval in WINDOWS]
    by_card = _add(card, CARD, card.head_id or card.pk, windows, change)
    return by_card | _add(card, PERSON, card.cardholder_id, windows, change)


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


def move_use(card: Card, *, before: tuple[int, datetime], after: tuple[int, datetime]) -> None:
    """Replace what one purchase used: an amount at a time becomes another amount, perhaps at another time."""
    (old, old_at), (new, new_at) = before, after
    if card.company.day_of(old_at) == card.company.day_of(new_at):
        count(card, new_at, new - old)
        return
    count(card, old_at, -old)
    count(card, new_at, new)


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
        cap = self.limit.amount
        if self.used is None:
            return 0
        return 100 if not cap else min(100, max(0, self.used.amount * 100 // cap))


def rooms(card: Card, now: datetime) -> list[Room]:
    """Return every limit of a card and its holder with what is used of it."""
    limits = live_limits(card)
    return rooms_of(limits, used(card, now), card.company.day_of(now)) if limits else []


def rooms_of(limits: Sequence[Limit], counted: Used, day: date) -> list[Room]:
    """Return the rooms of limits and use that were read before: a list of cards reads them for all at once."""
    return [_room(limit, counted, day) for limit in limits]


def _room(limit: Limit, counted: Used, day: date) -> Room:
    if limit.interval == Interval.PURCHASE:
        return Room(limit, None, None)
    total = counted.get((CARD if limit.card_id else PERSON, limit.interval), 0)
    return Room(limit, Money(total, limit.currency), window_end(limit.interval, day))


def spendable(card: Card, now: datetime) -> Money:
    """Return what the next purchase may cost at most: the least of the limits' room and the wallet's available money."""
    return least(card.account.available, rooms(card, now))


def least(available: Money, found: Iterable[Room]) -> Money:
    """Return what rooms and a wallet leave for the next purchase. A soft limit lets the one through that crosses it."""
    return min(
        [
            max(available, Money(0, available.currency)),
            *(room.left for room in found if room.limit.hard or not room.left),
        ]
    )


@transaction.atomic
def set_limit(
    *,
    card: Card | None = None,
    person: Membership | None = None,
    interval: str,
    amount: Money | None,
    by: Membership | None,
    hard: bool = True,
    now: datetime | None = None,
) -> Limit | None:
    """Set the limit of a card (for all its replacements) or of a person, replacing the one that stands; None removes it.

    Exactly one of `card` and `person`. Setting what already stands changes nothing. Raises LimitNegative, LimitCurrency.
    """
    owner = card.limit_owner if card else person
    assert owner is not None and (card is None) != (person is None), "a limit has one owner"
    assert interval in Interval.values, f"{interval} is not an interval"
    if amount is not None and amount.amount < 0:
        raise LimitNegative
    if amount is not None and amount.currency != owner.company.currency:
        raise LimitCurrency(currency=owner.company.currency)
    now = now or timezone.now()
    # The owner's row is the lock: two admins at once make one live limit, the later one's.
    type(owner).objects.select_for_update(no_key=True).get(pk=owner.pk)
    whose: dict[str, Any] = {"card": owner} if card else {"membership": owner}
    before = Limit.objects.filter(**whose, interval=interval, ended_at=None).first()
    if before and amount is not None and (before.cap, before.hard) == (amount, hard):
        return before
    if before is None and amount is None:
        return None
    if before:
        Limit.objects.filter(pk=before.pk).update(ended_at=now)
    after = None
    if amount is not None:
        after = Limit.objects.create(
            **whose,
            company=owner.company,
            interval=interval,
            amount=amount.amount,
            currency=amount.currency,
            hard=hard,
            set_by=by,
            set_at=now,
        )
    record(
        company=owner.company,
        verb="limit.set" if after else "limit.removed",
        subject=card or owner,
        by=by,
        changes={
            "interval": interval,
            "currency": owner.company.currency,
            "amount": [before.amount if before else None, amount.amount if amount is not None else None],
            "hard": hard,
        },
        now=now,
    )
    return after
