"""Writes that may be sent twice: the same key and body get the first answer again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.models import ApiToken, IdempotencyKey
from pleo.lib.errors import DomainError

KEPT = timedelta(days=1)
WAIT_MILLISECONDS = 3000
RETRY_SECONDS = 2


class KeyReused(DomainError):
    """The key was used before for another request."""

    code = "idempotency_key_reused"
    status = 422

    def message(self) -> str:
        return gettext("This Idempotency-Key was used for a different request. Make a new key for each request.")


class KeyMalformed(DomainError):
    """The key is empty, too long, or not printable ASCII."""

    code = "idempotency_key_malformed"
    status = 400

    def message(self) -> str:
        return gettext("An Idempotency-Key has 1 to 255 printable ASCII characters.")


class KeyInFlight(DomainError):
    """The first request with this key is still being answered."""

    code = "idempotency_key_in_flight"
    status = 409

    def message(self) -> str:
        return gettext("A request with this Idempotency-Key is still being answered. Try again in a moment.")


class _Taken(Exception):
    """Another request wrote the key first."""


def digest(request: Any) -> str:
    """Return a hash of what was sent: the raw body, or for a form with files its fields and the files' contents."""
    result = hashlib.sha256()
    if not (request.content_type or "").startswith("multipart/"):
        result.update(request._request.body)
        return result.hexdigest()
    for name in sorted(request.data):
        for value in request.data.getlist(name):
            result.update(json.dumps([name, getattr(value, "name", value)]).encode())
            for chunk in value.chunks() if hasattr(value, "chunks") else ():
                result.update(chunk)
            if hasattr(value, "seek"):
                value.seek(0)
    return result.hexdigest()


def replayed(row: IdempotencyKey, *, method: str, path: str, body_hash: str) -> Response:
    """Return the stored answer. Raises KeyReused when this is another request."""
    if (row.method, row.path, row.body_hash) != (method, path, body_hash):
        raise KeyReused
    return Response(row.response, status=row.status, headers={"Idempotent-Replay": "true"})


def _reserve(**fields: Any) -> IdempotencyKey:
    """Write the key before the effect. A second request in flight waits here, on the unique index."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('lock_timeout')")
                before = cursor.fetchone()[0]
                cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MILLISECONDS}")
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(**fields, status=0, response={})
        except IntegrityError as error:
            raise _Taken from error
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
    return row


def answer_once(request: Any, *, token: ApiToken, key: str, handler: Callable[[], Response]) -> Response:
    """Run a write at most once for a token and key. The key and the effect are one transaction, so a refusal keeps no key.

    Raises KeyMalformed, KeyReused, KeyInFlight, and whatever the handler raises.
    """
    if not (key.strip() and len(key) <= 255 and key.isascii() and key.isprintable()):
        raise KeyMalformed
    now, actor = timezone.now(), str(token.pk)
    what = {"method": request.method, "path": request.path[:300], "body_hash": digest(request)}
    mine = IdempotencyKey.objects.filter(company=token.company, actor=actor, key=key)
    mine.filter(expires_at__lte=now).delete()
    try:
        with transaction.atomic():
            row = _reserve(company=token.company, actor=actor, key=key, expires_at=now + KEPT, **what)
            response = handler()
            if response.status_code >= 400:
                transaction.set_rollback(True)
                return response
            row.status, row.response = response.status_code, json.loads(JSONRenderer().render(response.data) or b"null")
            row.save(update_fields=["status", "response"])
            return response
    except _Taken:
        row_before = mine.first()
        if row_before is None:
            raise KeyInFlight from None
        return replayed(row_before, **what)
    except OperationalError as error:
        if _is_lock(error):
            raise KeyInFlight from error
        raise


def _is_lock(error: DatabaseError) -> bool:
    state = getattr(error.__cause__, "sqlstate", "")
    return state in ("55P03", "57014") or "locked" in str(error)
