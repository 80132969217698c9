"""Tells the expenses below in which lane their items stand, in the transaction that moved them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from bookkeeping.models import BookItem
from expenses.lock import set_lanes
from expenses.models import Expense


def refresh_lane(*, expense_ids: Iterable[UUID], now: datetime | None = None) -> None:
    """Repeat the lanes of all items of these expenses on them, in id order so that two batches never wait for each other.

    Locked lines follow: an item in the queue or exported locks what it books.
    """
    ids = sorted(set(expense_ids))
    lanes: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    rows = BookItem.objects.filter(expense__in=ids).values_list("expense", "movement", "lane")
    for expense, movement, lane in rows:
        lanes[expense][movement] = lane
    for expense in Expense.objects.filter(pk__in=ids).order_by("pk"):
        set_lanes(expense=expense, lanes=lanes[expense.pk], now=now or timezone.now())
