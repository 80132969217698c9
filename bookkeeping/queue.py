"""Queue items for the next export: from then on nobody edits what they book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Membership
from bookkeeping import checks, facts
from bookkeeping.checks import Check, Result
from bookkeeping.journal import Contra
from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem, BookSettings
from events.record import record
from expenses.models import Expense, Lane

BATCH = 100


@dataclass(frozen=True)
class Skipped:
    """An item that stayed where it was, and why. `item` is None for an expense of which nothing is to be booked."""

    label: str
    reasons: list[Result]
    item: BookItem | None = None


@dataclass
class Outcome:
    """What a press of a button did: items moved, and items skipped with their reasons."""

    done: list[BookItem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def queue(*, by: Membership, now: datetime, items: Sequence[UUID] = (), expenses: Sequence[UUID] = ()) -> Outcome:
    """Queue the named items, and all items of the named expenses; skip those that are not ready and say why.

    Items of other companies are as if they did not exist. Items move in batches of a hundred, each batch in one transaction
    together with the locks on what they book.
    """
    outcome = Outcome()
    wanted = BookItem.objects.visible_to(by)
    ids = [*wanted.filter(pk__in=items).values_list("pk", flat=True)]
    if expenses:
        ids += wanted.filter(expense__in=expenses).values_list("pk", flat=True)
        _skip_unbooked(expenses, by, outcome)
    contra = facts.contra_of(BookSettings.objects.get(company=by.company))
    for batch in batches(sorted(set(ids))):
        _queue_batch(batch, contra, by, now, outcome)
    return outcome


def batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Cut ids into pieces of BATCH."""
    rest = iter(ids)
    while piece := list(islice(rest, BATCH)):
        yield piece


def _skip_unbooked(expenses: Sequence[UUID], by: Membership, outcome: Outcome) -> None:
    nothing = Expense.objects.visible_to(by).filter(pk__in=expenses, book_items=None)
    for expense in nothing.order_by("pk"):
        outcome.skipped.append(Skipped(str(expense), [Result(Check.SETTLED, "nothing_to_book")]))


@transaction.atomic
def _queue_batch(ids: list[UUID], contra: Contra, by: Membership, now: datetime, outcome: Outcome) -> None:
    """Lock, look again, move. The expense is locked first, as its editors do, so that no edit slips in between."""
    lock_expenses(ids)
    list(BookItem.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    ready = []
    for item in BookItem.objects.filter(pk__in=ids).with_facts().order_by("booked_date", "pk"):
        reasons = _reasons(item, contra)
        if reasons:
            outcome.skipped.append(Skipped(item.text, reasons, item))
        else:
            ready.append(item)
    moved = BookItem.objects.filter(pk__in=[item.pk for item in ready], lane=Lane.UNEXPORTED).update(
        lane=Lane.QUEUE, queued_by=by, queued_at=now
    )
    assert moved == len(ready), "rows under lock do not change lanes"
    refresh_lane(expense_ids=[item.expense_id for item in ready if item.expense_id], now=now)
    for item in ready:
        item.lane, item.queued_by, item.queued_at = Lane.QUEUE, by, now
        record(company=by.company, verb="book_item.queued", subject=item.expense or item, by=by, now=now)
    outcome.done += ready


def lock_expenses(ids: Any) -> None:
    """Lock the expenses behind items, in id order. Whoever moves items does it first, so that nobody waits in a circle.

    `ids` is a list of items' ids or a query of them.
    """
    expenses = BookItem.objects.filter(pk__in=ids, expense__isnull=False).values("expense")
    list(Expense.objects.filter(pk__in=expenses).select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _reasons(item: BookItem, contra: Contra) -> list[Result]:
    if item.lane == Lane.QUEUE:
        return [Result(Check.SETTLED, "already_queued")]
    if item.lane == Lane.EXPORTED:
        return [Result(Check.SETTLED, "already_exported")]
    return checks.failures(item, contra)
