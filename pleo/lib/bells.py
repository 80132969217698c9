"""Many bells with one stroke: telling a broker costs more than making the row it tells of, and most of it is paid by message.

Only where rows come by the hundred a second and one process makes them: at the issuers' door. Bells wait a moment for company and
go out as one message; the worker works on each row by itself. What waits when the process dies is found by the sweep.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from queue import Empty, SimpleQueue

from celery import current_app, shared_task
from django.conf import settings

from pleo.lib.work import Bell

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
# A worker that dies leaves this many rows to the sweep, and one message keeps it no longer than a second.
MOST_TOGETHER = 50


@shared_task(name="pleo.lib.bells.each")
def each(task: str, every: list[dict[str, str]]) -> None:
    """Run a task for each of many rows. One that fails keeps none of the others from being worked on: the sweep rings for it."""
    job = current_app.tasks[task]
    for kwargs in every:
        try:
            job.run(**kwargs)
        except Exception:
            logger.exception("one of many failed, the sweep will find it: task=%s ids=%s", task, kwargs)


def ring(bells: Iterable[Bell]) -> None:
    """Ring bells: at the issuers' door together with others of the same moment, elsewhere each at once."""
    if settings.IS_ISSUER_DOOR:
        _ringer.take(bells)
        return
    for bell in bells:
        bell()


def strokes(bells: Iterable[Bell]) -> list[Bell]:
    """Return bells that say the same with fewer strokes, each for one task and at most MOST_TOGETHER rows."""
    found = []
    for task, same in groupby(sorted(bells, key=lambda bell: str(bell.task.name)), key=attrgetter("task")):
        every = [bell.kwargs for bell in same]
        for start in range(0, len(every), MOST_TOGETHER):
            some = every[start : start + MOST_TOGETHER]
            found.append(Bell(each, {"task": task.name, "every": some}) if len(some) > 1 else Bell(task, some[0]))
    return found


class _Ringer:
    """A thread of the process that gathers bells and rings them; it starts with the first one."""

    def __init__(self) -> None:
        self.waiting: SimpleQueue[Bell] = SimpleQueue()
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None

    def take(self, bells: Iterable[Bell]) -> None:
        for bell in bells:
            self.waiting.put(bell)
        if self.thread is None or not self.thread.is_alive():
            with self.starting:
                if self.thread is None or not self.thread.is_alive():
                    self.thread = threading.Thread(target=self._work, name="bells", daemon=True)
                    self.thread.start()

    def _work(self) -> None:
        while True:
            gathered = [self.waiting.get()]
            time.sleep(GATHER_SECONDS)
            try:
                while True:
                    gathered.append(self.waiting.get_nowait())
            except Empty:
                pass
            for bell in strokes(gathered):
                bell()


_ringer = _Ringer()
