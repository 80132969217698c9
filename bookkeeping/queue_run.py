"""Queue everything that is ready, and take it all out again: by a worker, in pieces that are each committed whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Membership
from bookkeeping import checks, facts, tasks
from bookkeeping.models import BookItem, BookSettings, QueueRun, RunAct, RunStatus
from bookkeeping.queue import BATCH, Outcome, queue
from bookkeeping.unqueue import unqueue
from expenses.models import Lane
from pleo.lib import work
from pleo.lib.errors import WrongState
from pleo.lib.work import LeaseLost

# Reasons that are kept of what stayed.
SHOWN = 20
PATIENCE = timedelta(seconds=10)


def queue_ready(*, by: Membership, client_key: str, now: datetime) -> QueueRun:
    """Begin to queue all that is ready. The same `client_key` again returns the same run."""
    return _begin(by, client_key, RunAct.QUEUE, None, now)


def undo_run(*, run: QueueRun, by: Membership, now: datetime) -> QueueRun:
    """Begin to take out again what a run queued, as far as no export holds it. Raises WrongState while it still runs."""
    if run.act != RunAct.QUEUE or run.is_open:
        raise WrongState
    return _begin(by, f"undo-{run.pk}", RunAct.UNQUEUE, run, now)


def _begin(by: Membership, key: str, act: str, undo_of: QueueRun | None, now: datetime) -> QueueRun:
    mine = QueueRun.objects.for_company(by.company).filter(client_key=key)
    try:
        with transaction.atomic():
            fields = {"by": by, "client_key": key, "act": act, "undo_of": undo_of, "created_at": now}
            run: QueueRun = QueueRun(company=by.company, **fields)
            run.total = _waiting(run).count()
            run.save(force_insert=True)
            work.enqueue(tasks.run_queue, run_id=run.pk)
    except IntegrityError:
        # Pressed twice: the other press began it a moment ago.
        known: QueueRun | None = mine.first()
        if known is None:
            raise
        return known
    return run


def _waiting(run: QueueRun) -> Any:
    """Return the items that a run is about, as they stand now."""
    items = BookItem.objects.for_company(run.company)
    if run.undo_of:
        return items.filter(lane=Lane.QUEUE, queued_by=run.undo_of.by_id, queued_at=run.undo_of.created_at)
    contra = facts.contra_of(BookSettings.objects.get(company=run.company_id))
    return checks.ready(items.filter(lane=Lane.UNEXPORTED), contra)


def work_on(*, run_id: UUID, now: datetime) -> QueueRun | None:
    """Do a run to its end, or from where the last worker stopped; None when another worker has it."""
    run = QueueRun.claim(run_id, now=now)
    if run is None:
        return None
    try:
        while ids := _next(run):
            _piece(run, ids)
        with run.finishing():
            pass
    except LeaseLost:
        return None
    except Exception:
        run.put_back("run_interrupted", now=timezone.now())
        raise
    run.refresh_from_db()
    return run


def _next(run: QueueRun) -> list[UUID]:
    rows = _waiting(run).filter(pk__gt=run.cursor) if run.cursor else _waiting(run)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _piece(run: QueueRun, ids: list[UUID]) -> None:
    """Move a piece and count it in one transaction, fenced by the attempt. Raises LeaseLost."""
    by = Membership.objects.select_related("company").get(pk=run.by_id)
    outcome: Outcome
    if run.act == RunAct.QUEUE:
        outcome = queue(by=by, items=ids, now=run.created_at)
    else:
        outcome = unqueue(by=by, items=ids, now=timezone.now())
    kept = [
        [
            skipped.label,
            skipped.reasons[0].code,
            {name: str(value) for name, value in skipped.reasons[0].params.items()},
        ]
        for skipped in outcome.skipped
    ]
    run.reasons, run.cursor = (run.reasons + kept)[:SHOWN], ids[-1]
    mine = QueueRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, attempts=run.attempts)
    counted = mine.update(
        moved=F("moved") + len(outcome.done),
        left=F("left") + len(outcome.skipped),
        reasons=run.reasons,
        cursor=run.cursor,
        lease_until=timezone.now() + QueueRun.LEASE,
    )
    if not counted:
        raise LeaseLost(run.pk)


def overdue_runs(*, now: datetime) -> list[UUID]:
    """Return the runs that nobody works on."""
    return QueueRun.overdue(now=now, waiting_since=now - PATIENCE)
