"""The suite's SQLite database, migrated once and copied from then on: migrating takes ten seconds, copying none.

It stands in for pytest-django's fixture of the same name. The copy is kept in pytest's cache under a digest of every migration
and of what is installed; `--create-db` migrates anew. On PostgreSQL everything is as pytest-django does it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COPIES = 20
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database, from the kept copy where there is one."""
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    kept = _place(request.config)
    if connection.vendor != "sqlite":
        kept = None
    with django_db_blocker.unblock():
        if kept and kept.exists() and not request.config.getvalue("create_db"):
            before = _opened(connection, kept)
            yield
            connection.creation.destroy_test_db(before, verbosity=0)
            return
        databases = setup_databases(verbosity=0, interactive=False)
        if kept:
            _keep(connection, kept)
    yield
    with django_db_blocker.unblock():
        teardown_databases(databases, verbosity=0)


def _place(config: pytest.Config) -> Path | None:
    """Return where the copy is kept, or None where pytest keeps nothing."""
    cache: Any = config.cache
    if cache is None:
        return None
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    # What migrations call besides themselves lies in pleo/lib.
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("pleo/lib/*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    folder: Path = cache.mkdir("migrated")
    return folder / f"{digest.hexdigest()[:24]}.sqlite3"


def _opened(connection: Any, kept: Path) -> str:
    """Open an empty test database, as Django's own runner does, and fill it from the copy; returns the name it had before."""
    before: str = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = connection.creation._create_test_db(0, autoclobber=True)
    connection.ensure_connection()
    with sqlite3.connect(kept) as source:
        source.backup(connection.connection)
    source.close()
    return before


def _keep(connection: Any, kept: Path) -> None:
    """Keep a copy of what was just migrated, with the newest few of before. Two workers may do so at once."""
    partial = kept.with_suffix(f".{os.getpid()}")
    with sqlite3.connect(partial) as target:
        connection.connection.backup(target)
    target.close()
    partial.replace(kept)
    copies = sorted(kept.parent.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in copies[COPIES:]:
        old.unlink(missing_ok=True)
