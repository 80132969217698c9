"""What the worker does for cards. Every task is idempotent and finds its company by the row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from cards import expire, intake, issue
from cards.models import IssuerMessage
from pleo.lib.work import enqueue


@shared_task(name="cards.tasks.take_in")
def take_in(*, message_id: str, **_: Any) -> None:
    intake.take_in(message_id=message_id)


@shared_task(name="cards.tasks.sweep_messages")
def sweep_messages(**_: Any) -> None:
    now = timezone.now()
    for message_id in IssuerMessage.overdue(now=now, waiting_since=now - timedelta(seconds=10)):
        enqueue(take_in, message_id=message_id)
    intake.reunite()
    issue.make_wanted(now=now)


@shared_task(name="cards.tasks.expire_authorizations")
def expire_authorizations(**_: Any) -> None:
    expire.expire(now=timezone.now())
