"""Many changed rows in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import connections, router
from django.db.models import Model

# SQLite takes 32,766 parameters by default.
MOST_VALUES = 30_000


def write_many(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Save these columns of rows that exist, all of one model.

    Django's own `bulk_update` builds an expression for every cell, which for ten thousand rows takes a minute.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    quote, meta = connection.ops.quote_name, model._meta
    key = meta.pk
    assert key is not None
    fields: list[Any] = [key, *(meta.get_field(name) for name in columns)]
    names = [quote(field.column) for field in fields]
    # The type is said, because a column of nulls has none of its own.
    given = ", ".join(
        f"{name} = CAST(given.{name} AS {field.db_type(connection)})"
        for field, name in zip(fields[1:], names[1:], strict=True)
    )
    place = f"({', '.join(['%s'] * len(fields))})"
    size = MOST_VALUES // len(fields)
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in some]
        table = quote(meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                # Names of tables and columns are ours; every value is a parameter.
                f"WITH given ({', '.join(names)}) AS (VALUES {', '.join([place] * len(some))}) "  # noqa: S608
                f"UPDATE {table} SET {given} FROM given WHERE {table}.{names[0]} = given.{names[0]}",
                list(chain.from_iterable(values)),
            )
