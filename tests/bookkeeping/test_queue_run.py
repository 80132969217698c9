"""Queueing everything that is ready, by a worker that may die."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from bookkeeping import queue_run, tasks, views
from bookkeeping.export import export
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, QueueRun
from bookkeeping.queue_run import queue_ready, undo_run, work_on
from expenses.models import Lane
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import NOW, purchase


def lanes() -> list[str]:
    return sorted(BookItem.objects.values_list("lane", flat=True))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(queue_run, "BATCH", 2)


def test_everything_ready_moves_and_the_rest_says_why(cast, month, small):
    purchase(cast.carol, 100, okay=False)
    run = queue_ready(by=cast.bob, client_key="one", now=NOW)
    assert run.total == 5 and queue_ready(by=cast.bob, client_key="one", now=NOW) == run
    done = work_on(run_id=run.pk, now=NOW)
    assert (done.status, done.moved, done.left) == ("done", 5, 0)
    assert lanes() == [Lane.QUEUE] * 5 + [Lane.UNEXPORTED]
    assert work_on(run_id=run.pk, now=NOW) is None


def test_a_dead_worker_leaves_whole_pieces_and_the_next_goes_on(cast, month, small, monkeypatch):
    run = queue_ready(by=cast.bob, client_key="one", now=NOW)
    real, calls = queue_run.queue, []

    def deadly(**options):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(**options)

    with monkeypatch.context() as patch:
        patch.setattr(queue_run, "queue", deadly)
        with pytest.raises(RuntimeError):
            work_on(run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert (run.status, run.moved) == ("waiting", 2) and lanes().count(Lane.QUEUE) == 2
    assert work_on(run_id=run.pk, now=timezone.now() + timedelta(hours=1)).moved == 5
    assert all(finding.holds for finding in check_invariants(company=cast.company))


def test_a_worker_that_lost_its_lease_counts_nothing(cast, month, small, monkeypatch):
    run = queue_ready(by=cast.bob, client_key="one", now=NOW)
    real = queue_run._next

    def overtaken(late):
        ids = real(late)
        monkeypatch.setattr(queue_run, "_next", real)
        QueueRun.objects.update(lease_until=NOW)
        assert work_on(run_id=run.pk, now=NOW + timedelta(hours=1)).moved == 5
        return ids

    monkeypatch.setattr(queue_run, "_next", overtaken)
    assert work_on(run_id=run.pk, now=NOW) is None
    run.refresh_from_db()
    assert (run.moved, run.left, run.status) == (5, 0, "done")


def test_a_run_is_undone_as_far_as_no_export_holds_it(cast, month):
    run = queue_ready(by=cast.bob, client_key="one", now=NOW)
    with pytest.raises(WrongState):
        undo_run(run=run, by=cast.bob, now=NOW)
    run = work_on(run_id=run.pk, now=NOW)
    back = undo_run(run=run, by=cast.bob, now=NOW)
    assert undo_run(run=run, by=cast.bob, now=NOW) == back
    assert work_on(run_id=back.pk, now=NOW).moved == 5 and set(lanes()) == {Lane.UNEXPORTED}
    again = work_on(run_id=queue_ready(by=cast.bob, client_key="two", now=NOW).pk, now=NOW)
    export(by=cast.bob, client_key="export", now=NOW)
    held = work_on(run_id=undo_run(run=again, by=cast.bob, now=NOW).pk, now=NOW)
    assert (held.moved, held.left) == (0, 5) and held.reasons[0][1] == "in_export"


def test_the_sweep_finds_a_run_that_nobody_works_on(cast, month, bells):
    run = queue_ready(by=cast.bob, client_key="one", now=timezone.now() - timedelta(minutes=5))
    bells.clear()
    tasks.sweep_exports.run()
    assert bells == [("bookkeeping.tasks.run_queue", {"run_id": run.pk})]
    tasks.run_queue.run(run_id=str(run.pk))
    run.refresh_from_db()
    assert run.status == "done"


def test_the_page_leaves_many_to_a_worker(cast, sign_in, month, monkeypatch):
    monkeypatch.setattr(views, "PRESS_LIMIT", 2)
    bob = sign_in(cast.bob)
    url = reverse("export-queue", kwargs={"company": cast.company.slug})
    response = bob.post(url, {"all": "ready", "key": str(uuid4())}, follow=True)
    run = QueueRun.objects.get()
    assert "0 of 5" in unescape(response.content.decode())
    work_on(run_id=run.pk, now=NOW)
    page = reverse("export-run", kwargs={"company": cast.company.slug, "queue_run_id": run.pk})
    assert "5 queued" in bob.get(page).content.decode()
    fragment = bob.get(page, headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content
    undone = bob.post(
        reverse("export-run-undo", kwargs={"company": cast.company.slug, "queue_run_id": run.pk}), follow=True
    )
    assert undone.status_code == 200 and QueueRun.objects.filter(act="unqueue").count() == 1
    assert sign_in(cast.mallory).get(page).status_code == 404


@pytest.mark.parametrize("fields", [{"act": "unqueue"}, {"act": "burn"}, {"status": "lost"}])
def test_the_database_refuses(cast, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        QueueRun.objects.create(
            **{"company": cast.company, "by": cast.bob, "client_key": "x", "act": "queue", **fields}
        )
