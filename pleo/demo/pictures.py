"""Draws and stores the receipts of the demo beside the writing of its rows: in processes of their own, since drawing is work."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django

from pleo.demo.receipts import Slip, draw
from pleo.lib import files


@dataclass(frozen=True)
class Job:
    """A slip to draw, and the keys that its page and its thumbnail are stored under."""

    slip: Slip
    page_key: str
    thumbnail_key: str


@dataclass(frozen=True)
class Stored:
    """A receipt that was drawn and stored, and what it says."""

    size: int
    sha256: str
    width: int
    height: int
    lines: list[str]
    boxes: dict[str, list[float]]
    amounts: list[int]


def store(job: Job) -> Stored:
    """Draw a slip and store its two files."""
    drawn = draw(job.slip)
    files.put(job.page_key, drawn.page, "image/jpeg")
    files.put(job.thumbnail_key, drawn.thumbnail, "image/webp")
    digest = hashlib.sha256(drawn.page).hexdigest()
    return Stored(len(drawn.page), digest, drawn.width, drawn.height, drawn.lines, drawn.boxes, drawn.amounts)


def store_all(jobs: Sequence[Job]) -> list[Stored]:
    """Draw and store several slips, in their order."""
    return [store(job) for job in jobs]


class Darkroom:
    """Takes jobs and gives back what was stored. Without a pool the work is done when it is asked for."""

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self.pool = pool

    def submit(self, jobs: Sequence[Job], size: int = 40) -> list[Any]:
        """Begin to draw; returns what `collect` takes."""
        pieces = [jobs[at : at + size] for at in range(0, len(jobs), size)]
        if self.pool is None:
            return [*pieces]
        return [self.pool.submit(store_all, piece) for piece in pieces]

    def collect(self, begun: Sequence[Any]) -> list[Stored]:
        """Wait for what was begun, in the order of the jobs."""
        found: list[Stored] = []
        for piece in begun:
            found += piece.result() if isinstance(piece, Future) else store_all(piece)
        return found


@contextmanager
def darkroom(processes: int) -> Iterator[Darkroom]:
    """Open a darkroom with this many processes; with none, everything is drawn here."""
    if not processes:
        yield Darkroom(None)
        return
    # Spawned, not forked: a forked process would share our open database connection.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=django.setup) as pool:
        yield Darkroom(pool)
