"""Find stored files of receipts without a row: a process died between storing a file and promising to read it.

Only keys of our own form are looked at, and only those old enough that no upload can still be under way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage

from accounts.models import Company
from pleo.lib import files
from receipts.models import Receipt

OLD_ENOUGH = timedelta(days=2)
_AT_ONCE = 500


def collect_orphans(*, now: datetime, delete: bool = False) -> Iterator[str]:
    """Yield the keys of files that belong to no receipt, removed if `delete`. Stopping half-way loses nothing."""
    for company_id in Company.objects.order_by("pk").values_list("pk", flat=True).iterator():
        for year in _folders(str(company_id)):
            if year not in (str(now.year), str(now.year - 1)):
                continue
            names = [name for name in _folders(f"{company_id}/{year}") if _is_uuid(name)]
            for start in range(0, len(names), _AT_ONCE):
                yield from _in_folders(f"{company_id}/{year}", names[start : start + _AT_ONCE], now, delete)


def _in_folders(base: str, names: list[str], now: datetime, delete: bool) -> Iterator[str]:
    known = {str(pk) for pk in Receipt.objects.filter(pk__in=names).values_list("pk", flat=True)}
    for name in names:
        if name in known:
            continue
        for file in default_storage.listdir(f"{base}/{name}")[1]:
            key = f"{base}/{name}/{file}"
            if now - default_storage.get_modified_time(key) < OLD_ENOUGH:
                continue
            if delete:
                files.delete(key)
            yield key


def _folders(base: str) -> list[str]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return sorted(default_storage.listdir(base)[0])
    return []


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
