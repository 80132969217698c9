"""Finding any part of a word: a trigram index on PostgreSQL. SQLite reads the rows of the company."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations
from django.db.migrations.operations.base import Operation


def trigram_index(name: str, table: str, where: str = "") -> list[Operation]:
    """Return the operations of a migration that index `search_text` of a table, or of its rows that fulfil a condition."""

    def make(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            condition = f" WHERE {where}" if where else ""
            schema_editor.execute(f"CREATE INDEX {name} ON {table} USING gin (search_text gin_trgm_ops){condition}")

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")

    return [TrigramExtension(), migrations.RunPython(make, drop)]
