"""What stands in a batch for the books is not edited: bookkeeping says which movements do, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from expenses import lines
from expenses.models import Expense, Lane

ORDER = (Lane.UNEXPORTED, Lane.QUEUE, Lane.EXPORTED)


@transaction.atomic
def set_lanes(*, expense: Expense, lanes: Mapping[UUID, str], now: datetime) -> Expense:
    """Set what the books say of an expense: `lanes` gives the lane of each of its movements that has a book item.

    `books_lane` becomes the least advanced of them. The lines of movements in the queue or exported are locked, all others
    are unlocked. Called by bookkeeping alone, with the lanes as they are after its own change; the same call twice changes
    nothing.
    """
    locked = Expense.objects.select_for_update(no_key=True).get(pk=expense.pk)
    known = set(locked.movements.values_list("pk", flat=True))
    assert set(lanes) <= known, "a lane is given for a movement of this expense"
    frozen = {movement for movement, lane in lanes.items() if lane != Lane.UNEXPORTED}
    is_locked = lines.lock_lines(locked, movements=frozen, now=now)
    locked.books_lane = min(lanes.values(), key=lambda lane: ORDER.index(Lane(lane)), default=Lane.NONE)
    locked.locked_at = (locked.locked_at or now) if is_locked else None
    locked.save(update_fields=["books_lane", "locked_at"])
    return locked
