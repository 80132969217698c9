"""Deliver an event to an endpoint: a thin signed payload, tried again with growing waits, and every answer kept."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from events.models import Delivery, WebhookEndpoint
from events.webhooks import secret_of
from pleo.lib import outbound
from pleo.lib.work import LeaseLost

SECONDS = 10
KEPT = 300
PATIENCE = timedelta(seconds=10)


def payload_of(delivery: Delivery) -> bytes:
    """Return what is sent: which event happened to which row. The same delivery always says the same."""
    event = delivery.event
    extra = {name: value for name, value in event.changes.items() if name in ("entries", "expires_in", "destination")}
    body: dict[str, Any] = {
        "id": str(event.pk),
        "type": event.verb,
        "happened_at": event.happened_at.isoformat(),
        "company": delivery.endpoint.company.slug,
        "data": {"type": event.subject_type.partition(".")[2], "id": str(event.subject_id), **extra},
    }
    return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


def signature(body: bytes, secret: str, at: int) -> str:
    """Return the HMAC-SHA256 of `<unix time>.<body>` in hex."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def signed(endpoint: WebhookEndpoint, body: bytes, now: datetime) -> str:
    """Return the header that signs a body: the time, then one `v1` for each secret that counts."""
    at = int(now.timestamp())
    sealed = [endpoint.sealed] + ([endpoint.sealed_before] if endpoint.has_former_secret(now) else [])
    return ",".join([f"t={at}", *(f"v1={signature(body, secret_of(each), at)}" for each in sealed)])


def deliver(*, delivery_id: UUID, now: datetime) -> Delivery | None:
    """Try a delivery once; None when another worker has it. Anything but 2xx is tried again later, up to eight times."""
    delivery = Delivery.claim(delivery_id, now=now)
    if delivery is None:
        return None
    endpoint = WebhookEndpoint.objects.select_related("company").get(pk=delivery.endpoint_id)
    delivery.endpoint = endpoint
    if endpoint.removed_at is not None:
        delivery.give_up("endpoint_removed")
        return delivery
    body = payload_of(delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Pleo-Webhooks/1",
        "Pleo-Delivery": str(delivery.pk),
        "Pleo-Event": delivery.event.verb,
        "Pleo-Signature": signed(endpoint, body, timezone.now()),
    }
    status, text, code = _call(endpoint.url, headers, body)
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(
        response_status=status, response_text=text, tried_at=timezone.now()
    )
    if not code:
        try:
            with delivery.finishing():
                pass
        except LeaseLost:
            return None
    elif code == "address_refused":
        delivery.give_up(code)
    else:
        delivery.put_back(code, now=timezone.now())
    delivery.refresh_from_db()
    return delivery


def _call(url: str, headers: dict[str, str], body: bytes) -> tuple[int | None, str, str]:
    """Return (status, what was answered, error code; empty when it was taken)."""
    try:
        answer = outbound.call(
            "POST", url, headers=headers, body=body, seconds=SECONDS, allow_private=settings.WEBHOOK_ALLOW_PRIVATE
        )
    except outbound.AddressRefused:
        return None, "", "address_refused"
    except outbound.NotReached:
        return None, "", "not_reached"
    except outbound.NoAnswer:
        return None, "", "no_answer"
    text = answer.body.decode("utf-8", "replace").replace("\x00", "")[:KEPT]
    return answer.status, text, "" if 200 <= answer.status < 300 else "refused"


def overdue(*, now: datetime) -> list[UUID]:
    """Return the deliveries to ring for."""
    return Delivery.overdue(now=now, waiting_since=now - PATIENCE)
