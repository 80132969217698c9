"""Races: many threads at once, each with its own connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.conftest import Cast


@pytest.fixture
def transactional_cast(transactional_db: None, request: pytest.FixtureRequest) -> Cast:
    """The cast, committed, so that other connections see it."""
    found: Cast = request.getfixturevalue("cast")
    return found


@pytest.fixture
def race() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    """Run a function in threads that start together; return each result or the exception it raised."""

    def run(count: int, act: Callable[[int], Any]) -> list[Any]:
        results: list[Any] = [None] * count
        start = threading.Barrier(count)

        def one(index: int) -> None:
            start.wait()
            try:
                results[index] = act(index)
            except Exception as error:
                results[index] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(index,)) for index in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run
