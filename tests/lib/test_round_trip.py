"""Statements that travel together: as any of Django's to whoever calls, also when one fails or the server goes away."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.utils import ProgrammingError

from accounts.models import Company
from pleo.lib.round_trip import ask

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh_line() -> Any:
    """Each test speaks over a connection of its own, which some of them break."""
    connection.close()
    yield
    connection.close()


def test_each_sees_what_those_before_it_did_and_values_come_back_as_django_gives_them() -> None:
    pk = uuid4()
    with transaction.atomic():
        made, changed, read = ask(
            ("CREATE TEMP TABLE t ON COMMIT DROP AS SELECT $1::uuid AS id, $2::text AS said, 1 AS n", (pk, "Æ '; --")),
            ("UPDATE t SET n = n + $1", (2,)),
            ("SELECT id, said, n, $1::date, NULL FROM t", ("2026-11-20",)),
        )
    assert (made.count, changed.count, read.count) == (1, 1, 1)
    row = read.rows[0]
    assert (
        row[:3] == (pk, "Æ '; --", 3)
        and isinstance(row[0], UUID)
        and (row[3].isoformat(), row[4]) == ("2026-11-20", None)
    )


def test_it_begins_the_transaction_and_a_rollback_takes_everything_back() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ask(("CREATE TABLE left_behind (id int)", ()))
        raise RuntimeError
    with transaction.atomic():
        assert ask(("SELECT to_regclass('left_behind')::text", ()))[0].rows == [(None,)]


@pytest.mark.parametrize("prepare_threshold", [5, None])
def test_an_error_is_djangos_and_what_follows_does_not_run(prepare_threshold: int | None, monkeypatch: Any) -> None:
    connection.ensure_connection()
    raw: Any = connection.connection
    monkeypatch.setattr(raw, "prepare_threshold", prepare_threshold)
    with transaction.atomic():
        ask(("CREATE TEMP TABLE IF NOT EXISTS one (id int PRIMARY KEY)", ()))
        ask(("DELETE FROM one", ()))
    for _ in range(2):
        with pytest.raises(IntegrityError), transaction.atomic():
            ask(("INSERT INTO one VALUES ($1)", (1,)), ("INSERT INTO one VALUES ($1)", (1,)), ("DELETE FROM one", ()))
        with pytest.raises((DataError, OperationalError)), transaction.atomic():
            ask(("SELECT 1 / $1::int", (0,)))
        with pytest.raises(ProgrammingError), transaction.atomic():
            ask(("SELECT nothing FROM nowhere", ()))
        with transaction.atomic():
            assert ask(("SELECT count(*) FROM one", ()))[0].rows == [(0,)]
    assert connection.connection is raw, "an error of a statement costs no connection"


def test_an_error_within_a_savepoint_leaves_what_was_before_it() -> None:
    with transaction.atomic():
        ask(("CREATE TEMP TABLE kept (id int) ON COMMIT DROP", ()), ("INSERT INTO kept VALUES ($1)", (1,)))
        with pytest.raises(DataError), transaction.atomic():
            ask(("INSERT INTO kept VALUES ($1)", (2,)), ("SELECT 1 / $1::int", (0,)))
        assert ask(("SELECT id FROM kept", ()))[0].rows == [(1,)]


def test_a_statement_that_waits_too_long_ends_as_any() -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        ask(("SET LOCAL statement_timeout = 50", ()), ("SELECT pg_sleep(5)", ()), ("SELECT 1", ()))
    with transaction.atomic():
        assert ask(("SELECT 1", ()))[0].rows == [(1,)]


def test_a_server_that_goes_away_is_an_operational_error_and_the_next_transaction_has_a_new_connection() -> None:
    with pytest.raises((OperationalError, InterfaceError)), transaction.atomic():
        ask(("SELECT pg_terminate_backend(pg_backend_pid())", ()), ("SELECT 1", ()))
    connection.close_if_unusable_or_obsolete()
    with transaction.atomic():
        assert ask(("SELECT 1", ()))[0].rows == [(1,)]


def test_a_value_that_cannot_be_written_reaches_nobody() -> None:
    with transaction.atomic():
        with pytest.raises(Exception, match="object"):
            ask(("SELECT $1", (object(),)))
        assert ask(("SELECT 2", ()))[0].rows == [(2,)]


def test_much_goes_and_much_comes_back() -> None:
    text = "å" * 3_000_000
    with transaction.atomic():
        first, second = ask(("SELECT $1::text", (text,)), ("SELECT n FROM generate_series(1, 50000) n", ()))
    assert first.rows == [(text,)] and len(second.rows) == 50_000


def test_others_work_while_one_waits() -> None:
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.01):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    with transaction.atomic():
        ask(("SELECT pg_sleep(0.5)", ()))
    done.set()
    thread.join()
    assert len(ticks) > 10


def test_outside_a_transaction_it_is_refused() -> None:
    with pytest.raises(AssertionError, match="one transaction"):
        ask(("SELECT 1", ()))
    assert Company.objects.count() == 0
