"""What an employee's home gathers: cards with what is left, what needs them, what was bought lately."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from accounts.models import Membership
from cards.freeze import may_thaw
from cards.limits import Room, least, rooms
from cards.models import Card, CardState, Consent, Freeze, Interval
from expenses.models import Expense
from expenses.next_step import OWNERS_TURN, at_steps, base_step, next_step
from pleo.lib.money import Money, total

SHOWN = 10
NEEDS_SHOWN = 6
# Which limit stands under the card when there are several: what people think in first.
BY_HABIT = (Interval.MONTH, Interval.WEEK, Interval.DAY, Interval.QUARTER, Interval.YEAR, Interval.TOTAL)


@dataclass(frozen=True)
class Slide:
    """A card of one's own: what limits and wallet leave, the limit people watch, and the one of each purchase."""

    card: Card
    left: Money
    room: Room | None
    each: Room | None
    freeze: Freeze | None
    may_thaw: bool


@dataclass(frozen=True)
class Row:
    """An expense with its next step as its owner sees it."""

    expense: Expense
    step: str

    @property
    def categories(self) -> str:
        """What it was coded as, in a word or two."""
        return ", ".join(dict.fromkeys(line.category.name for line in self.expense.lines.all() if line.category))


def slides(me: Membership, now: datetime) -> list[Slide]:
    """Return one's open cards, those that can be used first."""
    mine = Card.objects.for_company(me.company).filter(cardholder=me).exclude(state=CardState.CLOSED).with_frozen()
    found = [
        _slide(me, card, now) for card in mine.select_related("account", "cardholder", "company").order_by("name", "id")
    ]
    return sorted(found, key=lambda slide: slide.freeze is not None)


def _slide(me: Membership, card: Card, now: datetime) -> Slide:
    found = [room for room in rooms(card, now) if not room.is_cash]
    counted = {room.limit.interval: room for room in found if room.used is not None}
    main = next((counted[interval] for interval in BY_HABIT if interval in counted), None)
    # The limit of each purchase bounds the next one and not what is left: it has a line of its own.
    each = min((room for room in found if room.used is None), key=lambda room: room.left, default=None)
    left = least(card.account.available, [room for room in found if room.used is not None])
    freeze = card.open_freezes().select_related("by").order_by("created_at").first() if card.is_frozen else None  # type: ignore[attr-defined]
    return Slide(card, left, main, each, freeze, freeze is not None and may_thaw(me, card))


def needs(me: Membership) -> tuple[list[Row], int, Money]:
    """Return what waits for this person (the newest few), how many there are in all, and their sum."""
    mine = Expense.objects.for_company(me.company).filter(at_steps(OWNERS_TURN), owner=me)
    newest = list(mine.order_by("-purchased_at", "-id")[:100])
    amounts = total([expense.booked for expense in newest], me.company.currency)
    return [Row(expense, base_step(expense)) for expense in newest[:NEEDS_SHOWN]], len(newest), amounts


def recent(me: Membership) -> list[tuple[date, list[Row]]]:
    """Return the latest purchases by day."""
    mine = Expense.objects.for_company(me.company).filter(owner=me).order_by("-purchased_at", "-id")
    mine = mine.prefetch_related("lines__category")[:SHOWN]
    rows = [Row(expense, next_step(expense, me)) for expense in mine]
    return [
        (day, list(group)) for day, group in groupby(rows, key=lambda row: me.company.day_of(row.expense.purchased_at))
    ]


def questions(me: Membership, now: datetime) -> list[Consent]:
    """Return what shops wait for this person to answer right now."""
    mine = Consent.objects.for_company(me.company).filter(card__cardholder=me, status="open", deadline__gt=now)
    return list(mine.order_by("deadline", "id")[:3])


def news(me: Membership) -> str:
    """Return a mark that changes when something on the home page would. Two queries: it is asked every two seconds."""
    mine = Expense.objects.for_company(me.company).filter(owner=me).order_by("-purchased_at", "-id")
    facts = mine.values_list(
        "id", "version", "payment", "amount", "receipt_count", "reading_open", "review", "books_lane"
    )
    waiting = [consent.pk for consent in questions(me, timezone.now())]
    return hashlib.sha256(repr([*facts[:SHOWN], *waiting]).encode()).hexdigest()[:16]
