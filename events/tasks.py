"""Celery entry points of events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from events import seal, send_mails


@shared_task
def send_notifications(event_id: str, **_: Any) -> None:
    send_mails.send_mails_of(event_id=event_id, now=timezone.now())


@shared_task
def sweep_notifications(**_: Any) -> None:
    send_mails.sweep(now=timezone.now())


@shared_task
def seal_events(**_: Any) -> None:
    seal.seal_events(before=timezone.now() - timedelta(minutes=5))
