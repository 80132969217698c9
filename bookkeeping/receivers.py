"""What the books hear from below. A receiver only rings the bell; the sweep finds what was missed."""

from __future__ import annotations

from bookkeeping import tasks
from bookkeeping.sources import drop_movement, follow_movement
from expenses.models import BalanceEntry, Movement
from pleo.lib import work


def on_movement_recorded(sender: object, *, movement: Movement, **_: object) -> None:
    """Make the movement's item once its transaction is through."""
    work.enqueue(tasks.book_movement, movement_id=movement.pk)


def on_balance_settled(sender: object, *, entry: BalanceEntry, **_: object) -> None:
    """Make the item of a payment between a person and the company once its transaction is through."""
    work.enqueue(tasks.book_balance_entry, entry_id=entry.pk)


def on_movement_withdrawn(sender: object, *, movement: Movement, **_: object) -> None:
    """Let go of a movement in the transaction that takes it back."""
    drop_movement(movement=movement)


def on_movement_changed(sender: object, *, movement: Movement, **_: object) -> None:
    """Follow a changed movement at once, in its transaction: an item that says something else would be booked wrongly."""
    follow_movement(movement=movement)
