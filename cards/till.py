"""What a decision reads and writes: everything about a card under its lock, the counting, and the rows of the answer.

Two ways to the same rows. This one speaks through the ORM and serves every database; `till_postgres.py` says the same to
PostgreSQL in few round trips, since a till waits. A test holds both to the same outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import connection

from cards import controls, limits
from cards.limits import Used
from cards.models import Authorization, Card, Control, Limit
from cards.settle import lock_card
from events.models import Event
from pleo.lib.money import Money
from wallet.hold import take_hold
from wallet.models import Hold


@dataclass(frozen=True)
class Opened:
    """A card under its lock, with its limits (raises attached) and its rules."""

    card: Card
    live: list[Limit]
    rules: list[Control]


class Till(Protocol):
    """The way to the database."""

    def open(self, issuer: str, reference: str, at: datetime) -> Opened | None:
        """Lock a card and read what decides about it. None when it is not ours."""

    def count(self, card: Card, at: datetime, change: int, *, is_cash: bool) -> Used:
        """Add to every window and return what each holds afterwards. Locks the card's rows, then the person's."""

    def write(self, authorization: Authorization, event: Event, hold: Hold | None) -> None:
        """Take the hold and insert the rows. Raises InsufficientFunds, with nothing to be kept of the transaction."""


class OrmTill:
    """Through the ORM."""

    def open(self, issuer: str, reference: str, at: datetime) -> Opened | None:
        card = lock_card(issuer, reference)
        return Opened(card, limits.live_limits(card, at), controls.live_controls(card)) if card else None

    def count(self, card: Card, at: datetime, change: int, *, is_cash: bool) -> Used:
        return limits.count(card, at, change, is_cash=is_cash)

    def write(self, authorization: Authorization, event: Event, hold: Hold | None) -> None:
        if hold:
            take_hold(account=hold.account, amount=Money(hold.amount, hold.currency), hold=hold)
        authorization.save(force_insert=True)
        event.save(force_insert=True)


def till() -> Till:
    """Return the way for the database in use."""
    if connection.vendor != "postgresql":
        return OrmTill()
    from cards.till_postgres import PostgresTill

    return PostgresTill()
