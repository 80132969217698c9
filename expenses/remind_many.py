"""Remind the spenders of many purchases at once: one reminder for each person, naming all of theirs that were ticked."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Membership
from expenses.errors import NotYours
from expenses.remind import NobodyToRemind, RemindedToday, remind
from pleo.lib.errors import DomainError


def remind_many(*, expenses: QuerySet[Any], by: Membership, now: datetime) -> tuple[int, list[DomainError]]:
    """Return how many people were reminded, and why others were not. `expenses` are owed and visible to the asker.

    Each person is a transaction of their own: one that cannot be reminded does not stop the others. Raises NotYours.
    """
    if not by.can("receipts.chase"):
        raise NotYours
    mine: dict[UUID, list[Any]] = defaultdict(list)
    for expense in expenses.select_related("owner__user", "owner__company").order_by("owner_id", "owed_since", "id"):
        mine[expense.owner_id].append(expense)
    done = 0
    skipped: list[DomainError] = []
    for rows in mine.values():
        try:
            remind(person=rows[0].owner, expenses=rows, by=by, now=now)
            done += 1
        except (RemindedToday, NobodyToRemind) as error:
            skipped.append(error)
    return done, skipped
