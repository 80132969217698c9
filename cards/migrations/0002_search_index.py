"""Find declines by any part of a word: a trigram index on PostgreSQL, over declines alone, so that an approval pays nothing."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

INDEX = "decline_search_text_trigrams"


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX {INDEX} ON cards_authorization USING gin (search_text gin_trgm_ops) WHERE outcome = 'declined'"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("cards", "0001_initial")]
    operations = [TrigramExtension(), migrations.RunPython(make, drop)]
