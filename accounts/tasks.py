"""Celery entry points of accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.models import IdempotencyKey
from accounts.send_invitation import send_invitation as send
from accounts.send_invitation import unsent


@shared_task
def send_invitation(invitation_id: str, **_: Any) -> None:
    send(invitation_id=invitation_id, now=timezone.now())


@shared_task
def sweep_invitations(**_: Any) -> None:
    for invitation_id in unsent(before=timezone.now() - timedelta(seconds=30)):
        send(invitation_id=str(invitation_id), now=timezone.now())


@shared_task
def forget_idempotency_keys(**_: Any) -> None:
    IdempotencyKey.objects.filter(expires_at__lte=timezone.now()).delete()
