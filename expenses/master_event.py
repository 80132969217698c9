"""The log of the coding masters: what a row said before and says now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Membership
from events.record import record


def tell(
    *, by: Membership, row: Any, before: Mapping[str, Any] | None, after: Mapping[str, Any], now: datetime
) -> None:
    """Write what changed of a master, or that it is new (`before` is None); nothing when nothing did."""
    changes = {
        name: [(before or {}).get(name), value]
        for name, value in after.items()
        if before is None or before.get(name) != value
    }
    if not changes:
        return
    verb = "master.created" if before is None else "master.changed"
    record(company=by.company, verb=verb, subject=row, by=by, changes=changes, now=now)
