"""Take items back from the queue, so that what they book can be edited again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Membership
from bookkeeping.checks import Check, Result
from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem
from bookkeeping.queue import Outcome, Skipped, batches, lock_expenses
from bookkeeping.release import release_failed
from events.record import record
from expenses.models import Lane


def unqueue(*, by: Membership, now: datetime, items: Sequence[UUID]) -> Outcome:
    """Move queued items back to unexported; skip those that are elsewhere or that an export holds, and say why."""
    outcome = Outcome()
    ids = BookItem.objects.visible_to(by).filter(pk__in=items).values_list("pk", flat=True)
    for batch in batches(sorted(ids)):
        _unqueue_batch(batch, by, now, outcome)
    return outcome


@transaction.atomic
def _unqueue_batch(ids: list[UUID], by: Membership, now: datetime, outcome: Outcome) -> None:
    lock_expenses(ids)
    rows = BookItem.objects.filter(pk__in=ids)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    # In the transaction that moves them: an export that is started over meanwhile either sees its items or lets them go.
    release_failed(company=by.company, by=by, now=now)
    free = set(rows.unheld().values_list("pk", flat=True))
    back = []
    for item in rows.select_related("expense").order_by("booked_date", "pk"):
        code = _code(item, item.pk in free)
        if code:
            outcome.skipped.append(Skipped(item.text, [Result(Check.SETTLED, code)], item))
        else:
            back.append(item)
    moved = BookItem.objects.filter(pk__in=[item.pk for item in back], lane=Lane.QUEUE).update(
        lane=Lane.UNEXPORTED, queued_by=None, queued_at=None
    )
    assert moved == len(back), "rows under lock do not change lanes"
    refresh_lane(expense_ids=[item.expense_id for item in back if item.expense_id], now=now)
    for item in back:
        record(company=by.company, verb="book_item.unqueued", subject=item.expense or item, by=by, now=now)
    outcome.done += back


def _code(item: BookItem, is_free: bool) -> str:
    if item.lane == Lane.EXPORTED:
        return "already_exported"
    if item.lane == Lane.UNEXPORTED:
        return "not_queued"
    return "" if is_free else "in_export"
