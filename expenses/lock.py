"""What stands in a batch for the books is not edited: bookkeeping says which movements do, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from expenses import lines
from expenses.models import Expense, Lane

ORDER = (Lane.UNEXPORTED, Lane.QUEUE, Lane.EXPORTED)
# Expenses that one piece locks, reads and writes: below the number of variables that SQLite takes.
PIECE = 400


@transaction.atomic
def set_lanes(*, lanes: Mapping[UUID, Mapping[UUID, str]], now: datetime) -> None:
    """Set what the books say of expenses: by expense, the lane of each of its movements that has a book item.

    `books_lane` becomes the least advanced of them. The lines of movements in the queue or exported are locked, all others
    are unlocked. Called by bookkeeping alone, with the lanes as they are after its own change; the same call twice changes
    nothing. Rows are locked in id order, so that two batches never wait for each other, and the number of queries does not
    grow with the number of expenses in a piece.
    """
    ids = sorted(lanes)
    for start in range(0, len(ids), PIECE):
        _set_piece(ids[start : start + PIECE], lanes, now)


def _set_piece(ids: list[UUID], lanes: Mapping[UUID, Mapping[UUID, str]], now: datetime) -> None:
    rows = Expense.objects.filter(pk__in=ids).select_for_update(no_key=True, of=("self",)).order_by("pk")
    by_lane: dict[str, list[UUID]] = defaultdict(list)
    frozen_expenses: list[UUID] = []
    open_expenses: list[UUID] = []
    locked: set[UUID] = set()
    every_line: set[UUID] = set()
    for expense in rows.prefetch_related("movements", "lines"):
        wanted = lanes[expense.pk]
        assert set(wanted) <= {movement.pk for movement in expense.movements.all()}, (
            "a lane is given for a movement of this expense"
        )
        frozen = {movement for movement, lane in wanted.items() if lane != Lane.UNEXPORTED}
        standing = lines.standing_for(expense.lines.all(), frozen) if frozen else set()
        locked |= standing
        every_line |= {line.pk for line in expense.lines.all()}
        by_lane[min(wanted.values(), key=lambda lane: ORDER.index(Lane(lane)), default=Lane.NONE)].append(expense.pk)
        (frozen_expenses if standing else open_expenses).append(expense.pk)
    lines.lock_lines(locked=locked, unlocked=every_line - locked, now=now)
    for lane, pks in by_lane.items():
        Expense.objects.filter(pk__in=pks).update(books_lane=lane)
    Expense.objects.filter(pk__in=frozen_expenses, locked_at=None).update(locked_at=now)
    Expense.objects.filter(pk__in=open_expenses).exclude(locked_at=None).update(locked_at=None)
