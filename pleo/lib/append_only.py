"""Tables whose rows are never changed: the database itself refuses UPDATE, DELETE and TRUNCATE.

The triggers are made again after every `migrate`, because SQLite's way of altering a table drops them silently. A system
check and `missing()` say when one is gone; `lifted()` exists for the test runner's flush alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_models: list[type[models.Model]] = []

PG_FUNCTION = """
CREATE OR REPLACE FUNCTION pleo_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""


def register(model: type[models.Model]) -> type[models.Model]:
    """Declare a model append-only; usable as a class decorator."""
    _models.append(model)
    return model


def _triggers(table: str, vendor: str) -> dict[str, str]:
    if vendor == "sqlite":
        return {
            f"{table}_no_{verb.lower()}": (
                f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are append-only'); END"
            )
            for verb in ("UPDATE", "DELETE")
        }
    return {
        f"{table}_no_{verb.lower()}": (
            f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
            f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION pleo_refuse()"
        )
        for verb in ("UPDATE", "DELETE", "TRUNCATE")
    }


def _present(connection: BaseDatabaseWrapper) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def install(using: str = "default", **_: Any) -> None:
    """Make the triggers that are not there yet, for tables that exist. Connected to `post_migrate`."""
    connection = connections[using]
    tables, present = set(connection.introspection.table_names()), _present(connection)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(PG_FUNCTION)
        for model in _models:
            if model._meta.db_table in tables:
                for name, sql in _triggers(model._meta.db_table, connection.vendor).items():
                    if name not in present:
                        cursor.execute(sql)


def missing(using: str = "default") -> list[str]:
    """Return the names of triggers that should guard an existing table and do not."""
    connection = connections[using]
    tables, present = set(connection.introspection.table_names()), _present(connection)
    wanted = [
        name
        for model in _models
        if model._meta.db_table in tables
        for name in _triggers(model._meta.db_table, connection.vendor)
    ]
    return sorted(set(wanted) - present)


@contextmanager
def lifted(using: str = "default") -> Iterator[None]:
    """Drop the triggers and make them again afterwards. For the test runner, which empties tables between tests."""
    connection = connections[using]
    present = _present(connection)
    with connection.cursor() as cursor:
        for model in _models:
            table = model._meta.db_table
            for name in _triggers(table, connection.vendor):
                if name in present:
                    on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
                    cursor.execute(f'DROP TRIGGER "{name}"{on}')
    try:
        yield
    finally:
        install(using)
