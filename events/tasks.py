"""Celery entry points of events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from events import seal, send_mails
from pleo.lib import work


@shared_task
def send_notifications(event_id: str, **_: Any) -> None:
    send_mails.send_mails_of(event_id=event_id, now=timezone.now())


@shared_task
def sweep_notifications(**_: Any) -> None:
    send_mails.sweep(now=timezone.now())


@shared_task
def seal_events(**_: Any) -> None:
    seal.seal_events(before=timezone.now() - timedelta(minutes=5))


@shared_task
def deliver(delivery_id: str, **_: Any) -> None:
    from events.deliver import deliver as try_once

    try_once(delivery_id=UUID(delivery_id), now=timezone.now())


@shared_task
def sweep_deliveries(**_: Any) -> None:
    from events.deliver import overdue

    for delivery_id in overdue(now=timezone.now()):
        work.enqueue(deliver, delivery_id=delivery_id)
