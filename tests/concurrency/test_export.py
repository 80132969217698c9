"""Two people at the books at once: every item ends in exactly one export, or stays where it was."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from bookkeeping.build import build
from bookkeeping.export import QueueEmpty, export
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, Export, ExportItem, ExportStatus, JournalEntry
from bookkeeping.queue import queue
from bookkeeping.unqueue import unqueue
from bookkeeping.withdraw import withdraw
from expenses.models import Lane
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import NOW, purchase, queue_all, top_up
from tests.concurrency.conftest import Together
from tests.conftest import Cast

PEOPLE = 6


@pytest.fixture
def items(cast: Cast) -> list[Any]:
    for number in range(4):
        top_up(cast.company, 1000 + number)
    for number in range(4):
        purchase(cast.carol, 100 + number)
    return sorted(BookItem.objects.values_list("pk", flat=True))


def agree(cast: Cast) -> bool:
    return all(finding.holds for finding in check_invariants(company=cast.company, with_files=True))


def press(by: Any, key: str) -> Export | None:
    try:
        return export(by=by, client_key=key, now=NOW)
    except QueueEmpty:
        return None


def test_many_press_export_and_one_gets_the_queue(cast: Cast, items: list[Any], together: Together) -> None:
    queue_all(cast.bob)
    made = [batch for batch in together(PEOPLE, lambda number: press(cast.bob, uuid4().hex)) if batch]
    assert len(made) == 1 and made[0].item_count == 8
    assert ExportItem.objects.filter(withdrawn_at=None).count() == 8


def test_the_same_press_many_times_is_one_export(cast: Cast, items: list[Any], together: Together) -> None:
    queue_all(cast.bob)
    made = together(PEOPLE, lambda number: press(cast.bob, "one key"))
    assert len({batch.pk for batch in made if batch}) == 1 and all(made)
    assert Export.objects.count() == 1


def test_one_item_is_queued_once(cast: Cast, items: list[Any], together: Together) -> None:
    outcomes = together(PEOPLE, lambda number: queue(by=cast.bob, items=items, now=NOW))
    assert sum(len(outcome.done) for outcome in outcomes) == 8
    assert agree(cast)


def test_taking_out_while_somebody_exports(cast: Cast, items: list[Any], together: Together) -> None:
    queue_all(cast.bob)

    def act(number: int) -> Any:
        if number % 2:
            return press(cast.bob, uuid4().hex)
        return unqueue(by=cast.alice, items=items[number : number + 3], now=NOW)

    results = together(PEOPLE, act)
    for batch in (result for result in results if isinstance(result, Export)):
        build(export_id=batch.pk, now=NOW)
    places = Counter(ExportItem.objects.filter(withdrawn_at=None).values_list("book_item", flat=True))
    assert set(places.values()) <= {1}
    exported = set(BookItem.objects.filter(lane=Lane.EXPORTED).values_list("pk", flat=True))
    assert exported == set(places)
    assert agree(cast)


def test_two_workers_build_it_once(cast: Cast, items: list[Any], together: Together) -> None:
    queue_all(cast.bob)
    batch = export(by=cast.bob, client_key="one", now=NOW)
    results = together(4, lambda number: build(export_id=batch.pk, now=NOW))
    assert [result.status for result in results if result] == [ExportStatus.READY]
    assert JournalEntry.objects.count() == 8
    assert agree(cast)


def test_two_people_undo_it_once(cast: Cast, items: list[Any], together: Together) -> None:
    queue_all(cast.bob)
    batch = export(by=cast.bob, client_key="one", now=NOW)
    build(export_id=batch.pk, now=NOW)

    def undo(number: int) -> bool:
        try:
            withdraw(export=Export.objects.get(pk=batch.pk), by=cast.bob, reason=f"Person {number}", now=NOW)
        except WrongState:
            return False
        return True

    assert sum(together(4, undo)) == 1
    assert not BookItem.objects.exclude(lane=Lane.UNEXPORTED).exists() and agree(cast)
