"""Tells the expenses below in which lane their items stand, in the transaction that moved them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from bookkeeping.models import BookItem, ItemKind
from expenses.lock import PIECE, set_lanes


def refresh_lane(*, expense_ids: Iterable[UUID], now: datetime | None = None) -> None:
    """Repeat the lanes of all items of these expenses on them. Locked lines follow: an item in the queue or exported locks what
    it books.
    """
    ids = sorted(set(expense_ids))
    lanes: dict[UUID, dict[UUID, str]] = {expense: {} for expense in ids}
    for start in range(0, len(ids), PIECE):
        # Another coding of what is in the books moves no expense: its lines stay as they were exported.
        items = BookItem.objects.filter(expense__in=ids[start : start + PIECE]).exclude(kind=ItemKind.CORRECTION)
        rows = items.values_list("expense", "movement", "lane")
        for expense, movement, lane in rows:
            lanes[expense][movement] = lane
    set_lanes(lanes=lanes, now=now or timezone.now())
