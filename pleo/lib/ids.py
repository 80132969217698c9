"""Identifiers made by us before the insert: UUIDv7, ordered by time."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """Return a new time-ordered UUID (RFC 9562, version 7), fit to be a primary key and an idempotency key."""
    return _uuid7()


def earliest_id(moment: datetime) -> UUID:
    """Return the lowest UUIDv7 of a moment, to find rows made since then by their key alone."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))


def secret_token(size: int = 32) -> str:
    """Return an unguessable URL-safe text made of `size` random bytes."""
    return secrets.token_urlsafe(size)
