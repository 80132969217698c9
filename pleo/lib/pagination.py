"""Keyset paging: a page is found by the values of its first or last row, never by counting rows before it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of a list. `next` and `previous` are opaque cursors for the `cursor` parameter, or empty."""

    rows: list[M]
    next: str
    previous: str


def _plain(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, (date, datetime)) else str(value) if isinstance(value, UUID) else value
    )


def encode(direction: str, row: Model, fields: tuple[str, ...]) -> str:
    """Return the cursor of a row: where to go on from it."""
    values = [_plain(getattr(row, field)) for field in fields]
    return base64.urlsafe_b64encode(json.dumps([direction, *values]).encode()).decode().rstrip("=")


def decode(cursor: str, fields: tuple[str, ...]) -> tuple[str, list[Any]] | None:
    """Read a cursor; None when it is empty, old or made up, which shows the first page instead of an error."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, *values = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, TypeError, RecursionError, binascii.Error, UnicodeError):
        return None
    if direction not in ("next", "previous") or len(values) != len(fields):
        return None
    if not all(isinstance(value, (str, int)) and value != "" and "\x00" not in str(value) for value in values):
        return None
    return direction, values


def _after(fields: tuple[str, ...], values: list[Any], *, descending: bool) -> Q:
    """(a, b) > (x, y) written so that one index on (a, b) serves it."""
    operator = "lt" if descending else "gt"
    first, value = fields[0], values[0]
    if len(fields) == 1:
        return Q(**{f"{first}__{operator}": value})
    rest = _after(fields[1:], values[1:], descending=descending)
    return Q(**{f"{first}__{operator}e": value}) & (Q(**{f"{first}__{operator}": value}) | (Q(**{first: value}) & rest))


def paginate(
    rows: QuerySet[M], *, by: tuple[str, ...], cursor: str = "", descending: bool = True, size: int = PAGE_SIZE
) -> Page[M]:
    """Return one page of `rows` ordered by the not-null columns `by`, whose last one is unique (the id)."""
    place = decode(cursor, by) if cursor else None
    backwards = bool(place) and place[0] == "previous"  # type: ignore[index]
    down = descending != backwards
    ordered = rows.order_by(*[f"-{field}" if down else field for field in by])
    if place:
        try:
            found = list(ordered.filter(_after(by, place[1], descending=down))[: size + 1])
        except (ValidationError, ValueError, TypeError, OverflowError):
            return paginate(rows, by=by, descending=descending, size=size)
    else:
        found = list(ordered[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next, has_previous = (bool(place), more) if backwards else (more, bool(place))
    return Page(
        rows=found,
        next=encode("next", found[-1], by) if found and has_next else "",
        previous=encode("previous", found[0], by) if found and has_previous else "",
    )


def bounded_count(rows: QuerySet[Any], *, limit: int = COUNT_LIMIT) -> tuple[int, bool]:
    """Count at most `limit` rows; the second value says whether the count is exact."""
    count = rows.order_by()[: limit + 1].count()
    return min(count, limit), count <= limit
