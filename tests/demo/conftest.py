"""One small demo, made once for all tests here that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from pleo.demo.seed import seed

TODAY = date(2026, 11, 20)
SCALE = 0.025


class Undo(Exception):
    """Ends the transaction that holds the demo."""


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a small demo inside a transaction that is undone after the module; gives the folder of its files."""
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder / "media", PASSWORD_HASHERS=HASHERS):
        try:
            with transaction.atomic():
                seed(today=TODAY, scale=SCALE, report=lambda done, total, label: None)
                yield folder
                raise Undo
        except Undo:
            pass


HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
