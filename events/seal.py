"""The chain of seals over events: a later change of one, or a missing one, breaks it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from events.models import Event, SealedEvent
from pleo.lib.ids import uuid7

GENESIS = "0" * 64
BATCH = 2000


def digest_of(event: Event, previous: str) -> str:
    """Return the seal of an event: a hash of all it says and of the seal before it."""
    says = {
        "id": str(event.pk),
        "company": str(event.company_id) if event.company_id else None,
        "actor": event.actor,
        "by": str(event.by_id) if event.by_id else None,
        "token": str(event.token_id) if event.token_id else None,
        "verb": event.verb,
        "subject": [event.subject_type, str(event.subject_id), event.subject_label],
        "changes": event.changes,
        "request": event.request_id,
        "at": event.happened_at.astimezone(UTC).isoformat(),
    }
    plain = json.dumps(says, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{plain}".encode()).hexdigest()


def seal_events(*, before: datetime, batches: int = 20) -> int:
    """Seal events recorded before a moment, oldest first; return how many. Events younger than that may still be committing.

    Two sealers at once: the unique number lets one batch in, the other does nothing and finds the rest next time.
    """
    sealed = 0
    for _ in range(batches):
        done = _seal_batch(before)
        sealed += done
        if done < BATCH:
            break
    return sealed


def _seal_batch(before: datetime) -> int:
    try:
        with transaction.atomic():
            last = SealedEvent.objects.order_by("-number").first()
            number, previous = (last.number, last.digest) if last else (0, GENESIS)
            links = []
            waiting = Event.objects.filter(seal=None, created_at__lte=before).order_by("created_at", "id")
            for event in waiting[:BATCH]:
                number += 1
                digest = digest_of(event, previous)
                links.append(SealedEvent(id=uuid7(), event=event, number=number, digest=digest, previous=previous))
                previous = digest
            SealedEvent.objects.bulk_create(links)
            return len(links)
    except IntegrityError:
        return 0
