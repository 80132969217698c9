"""Several statements to PostgreSQL in one round trip: prepared once a connection, sent together, answered together.

psycopg's own pipeline reads and writes with each statement. Where a till waits and every system call counts, this speaks to
libpq: all is sent, then there is one wait. It runs on Django's connection and in its transaction, which it begins where nobody has.
Each statement still sees what was committed when it runs.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from django.db import connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

Row = tuple[Any, ...]
_BEGIN = "BEGIN"


@dataclass(frozen=True)
class Answer:
    """What a statement gave: its rows, and how many it gave or touched."""

    rows: list[Row]
    count: int


class _Line:
    """One connection: its prepared statements, and how values are written for it and read from it."""

    def __init__(self, raw: Any) -> None:
        self.raw, self.pg = raw, raw.pgconn
        self.names: dict[str, bytes] = {}

    @cached_property
    def transformer(self) -> Any:
        return Transformer(self.raw)

    @cached_property
    def readable(self) -> Any:
        found = select.poll()
        found.register(self.pg.socket, select.POLLIN)
        return found

    def dump(self, values: Sequence[Any]) -> Any:
        """Return values as text: what type each has, the statement decides."""
        return self.transformer.dump_sequence(values, [PyFormat.TEXT] * len(values)) if values else None

    def load(self, result: Any) -> Answer:
        self.transformer.set_pgresult(result)
        rows = self.transformer.load_rows(0, result.ntuples, tuple) if result.ntuples else []
        return Answer(rows, result.command_tuples or 0)

    def prepare(self, sql: str) -> None:
        name = b"round_trip_%d" % len(self.names)
        self._check(self.pg.prepare(name, sql.encode()))
        self.names[sql] = name

    def exchange(self, sent: Sequence[tuple[str, Any]]) -> list[Any]:
        """Send everything, wait, and return a result for each. Raises the error of the first that failed."""
        self.pg.enter_pipeline_mode()
        try:
            for sql, values in sent:
                if sql in self.names:
                    self.pg.send_query_prepared(self.names[sql], values)
                else:
                    self.pg.send_query_params(sql.encode(), values)
            self.pg.pipeline_sync()
            results = [self._next_statement() for _ in sent]
            self._next()
            self.pg.exit_pipeline_mode()
        except BaseException:
            # What was sent may still be answered, and nobody would know to what: this connection is of no more use.
            self.raw.close()
            raise
        for result in results:
            self._check(result)
        return results

    def _next_statement(self) -> Any:
        found = self._next()
        if found is None or self._next() is not None:
            raise psycopg.OperationalError("an answer did not arrive whole")
        return found

    def _next(self) -> Any:
        """Wait for what libpq gives next. Other threads run meanwhile."""
        while self.pg.is_busy():
            while self.pg.flush():
                select.select([], [self.pg.socket], [])
            self.readable.poll()
            self.pg.consume_input()
        if self.pg.status != ConnStatus.OK:
            raise psycopg.OperationalError("the connection was lost")
        return self.pg.get_result()

    def _check(self, result: Any) -> None:
        if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            raise psycopg.errors.error_from_result(result, encoding=self.raw.info.encoding)


def ask(*statements: tuple[str, Sequence[Any]]) -> list[Answer]:
    """Run statements, which name their values $1, $2 and so on, together and in order. Each sees what those before it did.

    Must be called in a transaction of Django's. Errors are Django's, as of any statement; what followed the failed one did not
    run. Statements stay prepared unless the connection is set never to (`prepare_threshold` None); they are so before the first
    runs, so that none can name a table which one before it makes.
    """
    assert connection.in_atomic_block, "statements that belong together are one transaction"
    connection.ensure_connection()
    raw: Any = connection.connection
    with connection.wrap_database_errors:
        line: _Line = vars(raw).setdefault("round_trip", _Line(raw))
        sent = [(sql, line.dump(values)) for sql, values in statements]
        if raw.pgconn.transaction_status == TransactionStatus.IDLE:
            sent.insert(0, (_BEGIN, None))
        if raw.prepare_threshold is not None:
            for sql, _ in sent:
                if sql not in line.names:
                    line.prepare(sql)
        return [line.load(result) for result in line.exchange(sent)[-len(statements) :]]
