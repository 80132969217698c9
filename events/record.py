"""The one way to write an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import Company, Membership, User
from accounts.tokens import acting_token
from events.models import Actor, Event
from pleo.lib.http import request_id
from pleo.lib.search import search_text


def announce(event: Event) -> None:
    """Tell the company's webhooks."""
    from events.webhooks import announce as tell

    tell(event)


def label_of(subject: models.Model, label: str = "") -> str:
    """Return what a subject is called in the log: nothing for people, who stand there by id."""
    shown = label or ("" if isinstance(subject, (Membership, User)) else str(subject))
    return shown.replace("\x00", "")[:160]


def record(
    *,
    company: Company | None,
    verb: str,
    subject: models.Model,
    by: Membership | None = None,
    actor: str | None = None,
    changes: dict[str, Any] | None = None,
    label: str = "",
    now: datetime | None = None,
) -> Event:
    """Write what happened, in the caller's transaction. See `event_of`."""
    event = event_of(
        company=company, verb=verb, subject=subject, by=by, actor=actor, changes=changes, label=label, now=now
    )
    event.save(force_insert=True)
    announce(event)
    return event


def event_of(
    *,
    company: Company | None,
    verb: str,
    subject: models.Model,
    by: Membership | None = None,
    actor: str | None = None,
    changes: dict[str, Any] | None = None,
    label: str = "",
    now: datetime | None = None,
) -> Event:
    """Return an event that is not written yet, for a writer of many at once.

    `verb` is `<noun>.<past participle>` ("card.frozen"); `changes` maps a field to `[before, after]` or a parameter to its
    value, as codes, ids and plain JSON values, people by id (a person as the subject has no label: names can be forgotten).
    `actor` defaults to the person (or the API token that acts for the person), or to the system without one.
    """
    token = acting_token.get() if by and actor is None else None
    shown = label_of(subject, label)
    return Event(
        company=company,
        actor=actor or (Actor.TOKEN if token else Actor.MEMBERSHIP if by else Actor.SYSTEM),
        by=by,
        token=token,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=shown,
        search_text=search_text(shown),
        changes=changes or {},
        request_id=request_id.get(),
        happened_at=now or timezone.now(),
    )


def record_from_accounts(
    sender: Any,
    *,
    company: Company | None,
    verb: str,
    subject: models.Model,
    by: Membership | None = None,
    changes: dict[str, Any] | None = None,
    now: datetime | None = None,
    **_: Any,
) -> None:
    """Write the event of a change in accounts, which stands below this app and cannot call `record`."""
    record(company=company, verb=verb, subject=subject, by=by, changes=changes, now=now)
