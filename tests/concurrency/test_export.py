"""Two people at the books at once: every item ends in exactly one export, or stays where it was."""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from bookkeeping import build as building
from bookkeeping import freeze
from bookkeeping.build import build
from bookkeeping.correct import CorrectedAlready, CorrectionWaits, NotInBooks, correct
from bookkeeping.drop_correction import CorrectionBooked, drop_correction
from bookkeeping.export import QueueEmpty, export
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, Correction, Export, ExportFile, ExportItem, ExportStatus, JournalEntry, Posting
from bookkeeping.queue import queue
from bookkeeping.try_again import try_again
from bookkeeping.unqueue import unqueue
from bookkeeping.withdraw import CorrectedSince, withdraw
from expenses.lines import Part
from expenses.models import Category, Lane
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
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


def test_starting_over_while_somebody_takes_items_out(cast: Cast, items: list[Any], together: Together) -> None:
    """A failed export is started again by one and emptied by another: either it keeps all its items, or it is closed."""
    for _ in range(3):
        queue_all(cast.bob)
        batch = export(by=cast.bob, client_key=uuid4().hex, now=NOW)
        Export.objects.filter(pk=batch.pk).update(status=ExportStatus.FAILED, last_error={"code": "worker_died"})

        def act(number: int, batch: Export = batch) -> Any:
            if number % 2:
                return unqueue(by=cast.alice, items=items[:4], now=NOW)
            try:
                return try_again(export=batch, by=cast.bob)
            except WrongState:
                return None

        together(4, act)
        build(export_id=batch.pk, now=NOW)
        batch.refresh_from_db()
        held = ExportItem.objects.filter(export=batch, withdrawn_at=None).count()
        assert (batch.status, held) in ((ExportStatus.READY, 8), (ExportStatus.FAILED, 0)), batch.last_error
        if batch.status == ExportStatus.READY:
            withdraw(export=batch, by=cast.bob, reason="Again", now=NOW)
        assert agree(cast)


def killed(point: str, export_id: Any) -> None:
    """Build in a process of its own that is killed, as by `kill -9`, at a point of the work."""
    for connection in connections.all():
        connection.close()
    child = os.fork()
    if child == 0:
        place, name = {
            "between pieces": (freeze, "_items"), "inside a piece": (freeze.Posting.objects, "bulk_create"),
            "writing files": (building, "_store"), "handing over": (building, "refresh_lane"),
        }[point]  # fmt: skip
        real, calls = getattr(place, name), []

        def deadly(*args: Any, **options: Any) -> Any:
            calls.append(1)
            # The check before the freeze asks for items as well, so the third time is between two pieces.
            if len(calls) == (6 if point == "between pieces" else 1):
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        setattr(place, name, deadly)
        freeze.PIECE = 2
        try:
            build(export_id=export_id, now=timezone.now())
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("point", ["between pieces", "inside a piece", "writing files", "handing over"])
def test_a_worker_killed_in_the_middle_leaves_no_half_batch(cast: Cast, items: list[Any], point: str) -> None:
    queue_all(cast.bob)
    batch = export(by=cast.bob, client_key="one", now=NOW)
    killed(point, batch.pk)
    batch.refresh_from_db()
    assert batch.status == ExportStatus.RUNNING and not ExportFile.objects.exists() and not batch.file_key
    assert set(BookItem.objects.values_list("lane", flat=True)) == {Lane.QUEUE}
    assert build(export_id=batch.pk, now=timezone.now() + timedelta(minutes=1)) is None, "the lease has not run out"
    made = build(export_id=batch.pk, now=timezone.now() + timedelta(hours=1))
    assert made and made.status == ExportStatus.READY
    vouchers = list(JournalEntry.objects.order_by("voucher_number").values_list("voucher_number", flat=True))
    assert vouchers == list(range(1, 9))
    assert set(BookItem.objects.values_list("lane", flat=True)) == {Lane.EXPORTED}
    booked = sum(Posting.objects.values_list("debit", flat=True))
    assert booked == sum(BookItem.objects.values_list("amount", flat=True)) == made.totals["debit"]
    assert agree(cast)


def test_two_accountants_export_what_each_queued(cast: Cast, items: list[Any], together: Together) -> None:
    def act(number: int) -> Export | None:
        person = cast.bob if number else cast.alice
        queue(by=person, items=items[number::2], now=NOW)
        batch = press(person, uuid4().hex)
        if batch:
            build(export_id=batch.pk, now=NOW)
        return batch

    made = [batch for batch in together(2, act) if batch]
    rest = press(cast.bob, uuid4().hex)
    if rest:
        build(export_id=rest.pk, now=NOW)
        made.append(rest)
    for batch in made:
        batch.refresh_from_db()
    assert sum(batch.item_count for batch in made) == 8 and all(batch.status == ExportStatus.READY for batch in made)
    assert sum(batch.totals["debit"] for batch in made) == sum(BookItem.objects.values_list("amount", flat=True))
    assert len(set(JournalEntry.objects.values_list("voucher_number", flat=True))) == 8
    assert agree(cast)


# ---- corrections of what is in the books


def corrected(cast: Cast, item: Any, key: str, code: str = "travel") -> Any:
    category = Category.objects.get(company=cast.company, code=code)
    part = Part(Money(item.amount, item.currency), category, category.tax_code)
    try:
        return correct(item=item, by=cast.bob, parts=[part], reason="Wrong", client_key=key, now=NOW)
    except (CorrectionWaits, CorrectedAlready, NotInBooks):
        return None


@pytest.fixture
def booked(cast: Cast, items: list[Any]) -> Any:
    queue_all(cast.bob)
    build(export_id=export(by=cast.bob, client_key="first", now=NOW).pk, now=NOW)
    return BookItem.objects.filter(expense__isnull=False).order_by("pk").first()


@pytest.mark.parametrize("key", ["one key", ""])
def test_many_correct_the_same_entry_and_one_does(cast: Cast, booked: Any, together: Together, key: str) -> None:
    made = together(PEOPLE, lambda number: corrected(cast, booked, key or uuid4().hex))
    assert len({row.pk for row in made if row}) == 1 and Correction.objects.count() == 1
    assert all(made) == bool(key), "the same press is answered each time"
    assert BookItem.objects.filter(movement=booked.movement).count() == 2 and agree(cast)


def test_correcting_while_the_export_is_undone(cast: Cast, booked: Any, together: Together) -> None:
    batch = Export.objects.get()

    def act(number: int) -> Any:
        if number:
            return corrected(cast, booked, uuid4().hex)
        return withdraw(export=Export.objects.get(pk=batch.pk), by=cast.bob, reason="All", now=NOW)

    together(PEOPLE, act)
    assert Correction.objects.count() <= 1 and agree(cast)
    for _ in range(2):
        queue_all(cast.bob)
        press(cast.bob, uuid4().hex)
        for one in Export.objects.filter(status=ExportStatus.WAITING):
            build(export_id=one.pk, now=NOW)
    assert agree(cast) and not BookItem.objects.filter(lane=Lane.UNEXPORTED).exists()


def test_exporting_a_correction_while_its_original_is_undone(cast: Cast, booked: Any, together: Together) -> None:
    batch, made = Export.objects.get(), corrected(cast, booked, "one")
    queue(by=cast.bob, items=[made.item_id], now=NOW)

    def act(number: int) -> Any:
        try:
            if number % 2:
                return press(cast.bob, f"second {number}")
            return withdraw(export=Export.objects.get(pk=batch.pk), by=cast.bob, reason="All", now=NOW)
        except (CorrectedSince, WrongState) as error:
            return error

    together(PEOPLE, act)
    for one in Export.objects.filter(status=ExportStatus.WAITING):
        assert build(export_id=one.pk, now=NOW).status == ExportStatus.READY
    undone = Export.objects.get(pk=batch.pk).withdrawn_at is not None
    held = ExportItem.objects.filter(book_item=made.item, withdrawn_at=None).exists()
    assert undone != held and agree(cast)


def test_taking_a_correction_back_while_it_is_queued(cast: Cast, booked: Any, together: Together) -> None:
    made = corrected(cast, booked, "one")

    def act(number: int) -> Any:
        try:
            if number % 2:
                return queue(by=cast.bob, items=[made.item_id], now=NOW).done
            return drop_correction(correction=Correction.objects.get(pk=made.pk), by=cast.bob, now=NOW)
        except (CorrectionBooked, WrongState) as error:
            return error

    together(PEOPLE, act)
    item, row = BookItem.objects.get(pk=made.item_id), Correction.objects.get()
    assert (item.lane, row.dropped_at is None) in ((Lane.QUEUE, True), (Lane.NONE, False)) and agree(cast)
