"""Addresses that are told of what happened: kept, given new secrets, paused, let go."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from events.models import Delivery, Event, WebhookEndpoint
from events.record import record
from pleo.lib import outbound, work
from pleo.lib.errors import DomainError, WrongState

# What can be told, with words for the page.
TOLD = {
    "export_job.created": _("A job waits for a connector"),
    "export_job.completed": _("A job was done"),
    "export_job.failed": _("A job stopped"),
    "export.ready": _("An export is ready"),
    "export.failed": _("An export was not made"),
    "export.withdrawn": _("An export was undone"),
}
FORMER = timedelta(days=1)
MOST = 20


class UrlRefused(DomainError):
    """The address cannot be called."""

    code = "webhook_url_refused"
    field = "url"

    def message(self) -> str:
        return gettext("Give an https address on the internet that answers to its name.")


class UrlKnown(DomainError):
    """It is told already."""

    code = "webhook_url_known"
    status = 409
    field = "url"

    def message(self) -> str:
        return gettext("This address is told already.")


class TooMany(DomainError):
    """Every address costs a call for each event."""

    code = "webhook_too_many"
    field = "url"

    def message(self) -> str:
        return gettext("%(most)s addresses are enough. Remove one first.") % {"most": MOST}


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"webhook" + settings.TOKEN_KEY.encode()).digest()))


def secret_of(sealed: str) -> str:
    """Return a sealed secret in plain."""
    return _box().decrypt(sealed.encode()).decode()


def _new_secret() -> tuple[str, str]:
    plain = f"whsec_{secrets.token_urlsafe(32)}"
    return plain, _box().encrypt(plain.encode()).decode()


@transaction.atomic
def add_endpoint(*, by: Membership, url: str, verbs: Sequence[str], now: datetime) -> tuple[WebhookEndpoint, str]:
    """Add an address; returns it with its secret, which is shown this once. Raises UrlRefused, UrlKnown, TooMany."""
    assert verbs and set(verbs) <= set(TOLD), "the form offers known verbs"
    live = WebhookEndpoint.objects.for_company(by.company).filter(removed_at=None)
    if live.count() >= MOST:
        raise TooMany
    try:
        outbound.address_of(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
    except (outbound.AddressRefused, outbound.NotReached):
        raise UrlRefused from None
    plain, sealed = _new_secret()
    try:
        with transaction.atomic():
            row = WebhookEndpoint.objects.create(
                company=by.company, url=url, verbs=list(verbs), sealed=sealed, by=by, created_at=now
            )
    except IntegrityError:
        raise UrlKnown from None
    record(company=by.company, verb="webhook.added", subject=row, by=by, now=now)
    return row, plain


@transaction.atomic
def renew_secret(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> str:
    """Make a new secret, shown this once; the old one signs as well for a day. Raises WrongState once it was removed."""
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.removed_at is not None:
        raise WrongState
    plain, sealed = _new_secret()
    row.sealed_before, row.before_until, row.sealed = row.sealed, now + FORMER, sealed
    row.save(update_fields=["sealed_before", "before_until", "sealed"])
    record(company=by.company, verb="webhook.secret_renewed", subject=row, by=by, now=now)
    return plain


@transaction.atomic
def pause_endpoint(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> bool:
    """Pause an address, or go on with it; returns whether it is paused now. What happens meanwhile it is not told."""
    row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.removed_at is not None:
        raise WrongState
    row.paused_at = None if row.paused_at else now
    row.save(update_fields=["paused_at"])
    verb = "webhook.paused" if row.paused_at else "webhook.resumed"
    record(company=by.company, verb=verb, subject=row, by=by, now=now)
    return row.paused_at is not None


@transaction.atomic
def remove_endpoint(*, endpoint: WebhookEndpoint, by: Membership, now: datetime) -> None:
    """Tell an address nothing more; its log stays, its secrets go."""
    gone = WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at=None)
    if gone.update(removed_at=now, sealed="", sealed_before=""):
        record(company=by.company, verb="webhook.removed", subject=endpoint, by=by, now=now)


def announce(event: Event) -> None:
    """Make the deliveries of an event, in the transaction that writes it."""
    from events import tasks

    if event.verb not in TOLD or event.company_id is None:
        return
    for endpoint in WebhookEndpoint.objects.filter(company=event.company_id, removed_at=None, paused_at=None):
        if event.verb in endpoint.verbs:
            row = Delivery.objects.create(company_id=event.company_id, endpoint=endpoint, event=event)
            work.enqueue(tasks.deliver, delivery_id=row.pk)


@transaction.atomic
def deliver_again(*, delivery: Delivery, by: Membership, now: datetime) -> Delivery:
    """Send an event to an endpoint once more, as a delivery of its own. Raises WrongState while it is on its way."""
    from events import tasks

    endpoint = WebhookEndpoint.objects.get(pk=delivery.endpoint_id)
    if endpoint.removed_at is not None or delivery.status in (Delivery.WORK.waiting, Delivery.WORK.running):
        raise WrongState
    row = Delivery.objects.create(
        company_id=delivery.company_id, endpoint=endpoint, event_id=delivery.event_id, again_of=delivery, created_at=now
    )
    work.enqueue(tasks.deliver, delivery_id=row.pk)
    return row
