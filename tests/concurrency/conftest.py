"""Real threads with connections of their own, on the database of the run: PostgreSQL, or SQLite in a file.

A database in memory is one connection shared by all threads, and a pool is smaller than our crowds: both would hide races.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

Together = Callable[[int, Callable[[int], Any]], list[Any]]


@pytest.fixture(autouse=True)
def _database_of_threads(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Let every thread connect by itself; on SQLite to a copy of the empty database in a file."""
    shared, before = connections["default"], connections.settings["default"]
    options = {name: value for name, value in before["OPTIONS"].items() if name != "pool"}
    own = {**before, "OPTIONS": options}
    if shared.vendor == "sqlite":
        own["NAME"] = str(tmp_path / "threads.sqlite3")
        shared.ensure_connection()
        with sqlite3.connect(own["NAME"]) as file:
            shared.connection.backup(file)
        file.close()
    connections.settings["default"] = own
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = shared


@pytest.fixture
def together() -> Together:
    """Return a function that runs an act on many threads, all starting at the same moment."""

    def run(count: int, act: Callable[[int], Any]) -> list[Any]:
        gate = threading.Barrier(count)

        def each(number: int) -> Any:
            try:
                connections["default"].ensure_connection()
                gate.wait(timeout=30)
                return act(number)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(each, range(count)))

    return run
