"""Jobs whose truth is a row: claimed with a lease, finished once, swept when overdue.

A broker may lose everything at any time. The row that a job works on says what is left to do; the queue is only the bell.
Only a `Bell` calls a task's `apply_async`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

logger = logging.getLogger(__name__)
W = TypeVar("W", bound="Work")

# Backoff between tries of a job that failed on something passing (a network, a full disk).
RETRY_AFTER = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


class LeaseLost(Exception):
    """The job took longer than its lease and another worker has it now; nothing of this try may be kept."""


@dataclass(frozen=True)
class States:
    """What a model calls the four states of its work."""

    waiting: str
    running: str
    done: str
    failed: str


class Work(models.Model):
    """Columns of a row that a worker processes. The model has its own `status` column and names its states in `WORK`."""

    WORK: ClassVar[States]
    LEASE: ClassVar[timedelta] = timedelta(minutes=2)
    MAX_ATTEMPTS: ClassVar[int] = 5

    status: models.CharField[str, str]
    lease_until = models.DateTimeField(null=True, editable=False)
    # Never goes back, because it fences: `counted_from` is the attempt from which a person let the tries count anew.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    counted_from = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.JSONField(null=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def _rows(cls) -> Any:
        """All rows, of every company: a worker has none of its own. Loosely typed, because `status` is the model's."""
        return cls._base_manager

    @classmethod
    def claim(cls, pk: Any, *, now: datetime) -> Self | None:
        """Take the job if it is free or its lease ran out; return the row, or None when another worker has it.

        The attempt number of the returned row fences the finish: a slow worker cannot finish for its successor.
        """
        free = Q(status=cls.WORK.waiting) & (Q(lease_until=None) | Q(lease_until__lte=now))
        expired = Q(status=cls.WORK.running, lease_until__lte=now)
        taken = (
            cls._rows()
            .filter(free | expired, pk=pk, attempts__lt=F("counted_from") + cls.MAX_ATTEMPTS)
            .update(status=cls.WORK.running, attempts=F("attempts") + 1, lease_until=now + cls.LEASE)
        )
        return cls._rows().get(pk=pk) if taken else None

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Run the effect of the job and mark it done in one transaction. Raises LeaseLost when another worker has it."""
        with transaction.atomic():
            mine = self._rows().filter(pk=self.pk, status=self.WORK.running, attempts=self.attempts)
            if not mine.update(status=self.WORK.done, lease_until=None, last_error=None):
                raise LeaseLost(self.pk)
            self.status = self.WORK.done
            yield

    @classmethod
    def in_lots(cls, pk: Any, lot: Callable[[Self, Any], bool]) -> None:
        """Work through a job lot by lot until `lot` says that nothing is left. Returns at once when another worker has it.

        Each lot is one transaction, so a crash leaves whole lots and the next worker goes on after them. `lot` gets the job
        and its row as a guarded queryset, on which it writes down how far it is.
        """
        job = cls.claim(pk, now=timezone.now())
        if job is None:
            return
        try:
            while job.one_lot(lot):
                pass
            with job.finishing():
                pass
        except LeaseLost:
            return

    @transaction.atomic
    def one_lot(self, lot: Callable[[Self, Any], bool]) -> bool:
        """Do one lot under a renewed lease and say whether there was anything to do. Raises LeaseLost."""
        mine = self._rows().filter(pk=self.pk, status=self.WORK.running, attempts=self.attempts)
        if not mine.update(lease_until=timezone.now() + self.LEASE):
            raise LeaseLost(self.pk)
        return lot(self, mine)

    def give_up(self, code: str, **params: Any) -> None:
        """Mark the job failed for good, with an error code and its parameters for the person who reads it."""
        error = {"code": code, **params}
        self._rows().filter(pk=self.pk, status=self.WORK.running, attempts=self.attempts).update(
            status=self.WORK.failed, lease_until=None, last_error=error
        )

    def put_back(self, code: str, *, now: datetime, **params: Any) -> None:
        """Let the sweep try again later after a passing fault; fails for good after the last attempt."""
        tries = self.attempts - self.counted_from
        if tries >= self.MAX_ATTEMPTS:
            self.give_up(code, **params)
            return
        wait = RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
        self._rows().filter(pk=self.pk, status=self.WORK.running, attempts=self.attempts).update(
            status=self.WORK.waiting, lease_until=now + wait, last_error={"code": code, **params}
        )

    def postpone(self, code: str, *, now: datetime) -> None:
        """Let the sweep try again later, however often: for faults that have nothing to do with this job (a storage that is down)."""
        tries = self.attempts - self.counted_from
        wait = RETRY_AFTER[min(tries, len(RETRY_AFTER) - 1) - 1]
        counted = F("counted_from") + 1 if tries >= self.MAX_ATTEMPTS - 1 else F("counted_from")
        self._rows().filter(pk=self.pk, status=self.WORK.running, attempts=self.attempts).update(
            status=self.WORK.waiting, lease_until=now + wait, last_error={"code": code}, counted_from=counted
        )

    @classmethod
    def retry(cls, pk: Any, **still: Any) -> bool:
        """Start a failed job over because a person asked; False when it had not failed, or is not `still` as given."""
        return bool(
            cls._rows()
            .filter(pk=pk, status=cls.WORK.failed, **still)
            .update(status=cls.WORK.waiting, counted_from=F("attempts"), lease_until=None, last_error=None)
        )

    @classmethod
    def overdue(cls, *, now: datetime, waiting_since: datetime, limit: int = 500) -> list[Any]:
        """Return ids that nobody works on: waiting since before `waiting_since`, or running past their lease.

        Rows that used up their attempts are marked failed on the way, so that nothing stays running for ever.
        """
        rows = cls._rows()
        rows.filter(
            status=cls.WORK.running, lease_until__lte=now, attempts__gte=F("counted_from") + cls.MAX_ATTEMPTS
        ).update(status=cls.WORK.failed, lease_until=None, last_error={"code": "worker_died"})
        waiting = Q(status=cls.WORK.waiting, created_at__lte=waiting_since) & (
            Q(lease_until=None) | Q(lease_until__lte=now)
        )
        expired = Q(status=cls.WORK.running, lease_until__lte=now)
        return list(rows.filter(waiting | expired).order_by("created_at").values_list("pk", flat=True)[:limit])


_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def no_bell() -> Iterator[None]:
    """Ring for nothing within the block: the writer does the work itself, and the sweep finds what is left to do."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


@dataclass(frozen=True)
class Bell:
    """Tells a worker, when called, that a row waits. A dead broker is ignored: the sweep finds the row."""

    task: Any
    kwargs: dict[str, Any]

    def __call__(self) -> None:
        try:
            self.task.apply_async(kwargs=self.kwargs, retry=False)
        except Exception as error:  # noqa: BLE001 - any broker fault is the same to us: the row waits for the sweep
            name = self.task.name
            logger.warning("enqueue failed, the sweep will find it: task=%s ids=%s error=%s", name, self.kwargs, error)


_later: ContextVar[list[Bell] | None] = ContextVar("bells_later", default=None)


@contextmanager
def later() -> Iterator[list[Bell]]:
    """Collect the bells of a block for its caller to ring: where somebody waits for an answer, the broker comes afterwards."""
    bells: list[Bell] = []
    token = _later.set(bells)
    try:
        yield bells
    finally:
        _later.reset(token)


def enqueue(task: Any, **ids: Any) -> None:
    """Ring the bell for a task after the transaction commits."""
    if _quiet.get():
        return
    bell = Bell(task, {name: str(value) for name, value in ids.items()})

    def ring_or_keep() -> None:
        kept = _later.get()
        if kept is None:
            bell()
        else:
            kept.append(bell)

    transaction.on_commit(ring_or_keep, robust=True)
