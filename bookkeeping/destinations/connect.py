"""Connect a company to another system, test the connection, and end it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.destinations.economic import Economic
from bookkeeping.destinations.port import JobStopped, Later, Port
from bookkeeping.models.destinations import Destination, DestinationKind, ExportJob, FailureType, JobStatus
from events.record import record
from expenses.seal import seal, unseal
from pleo.lib.errors import DomainError


class TokenMissing(DomainError):
    """Without its token nobody lets us in."""

    code = "token_missing"
    field = "token"

    def message(self) -> str:
        return gettext("Paste the agreement grant token that e-conomic gave you.")


def port_of(destination: Destination) -> Port:
    """Return the way into a destination that we push to."""
    assert destination.kind == DestinationKind.ECONOMIC, "a connector comes by itself"
    if destination.disconnected_at is not None or not destination.sealed:
        raise JobStopped(FailureType.MISSING)
    return Economic(token=unseal(destination.sealed).decode(), journal=int(destination.config["journal"]))


@transaction.atomic
def connect(*, by: Membership, kind: str, now: datetime, token: str = "", journal: int = 1) -> Destination:
    """Connect, or change what is connected: an empty token keeps the one there is. Raises TokenMissing."""
    known: Destination | None = (
        Destination.objects.for_company(by.company)
        .select_for_update(no_key=True)
        .filter(kind=kind, disconnected_at=None)
        .first()
    )
    token = token.strip()
    if kind == DestinationKind.ECONOMIC and not token and known is None:
        raise TokenMissing
    row = known or Destination(company=by.company, kind=kind, by=by, created_at=now)
    config: dict[str, Any] = {"journal": journal} if kind == DestinationKind.ECONOMIC else {}
    row.config, row.sealed = config, seal(token.encode()) if token else row.sealed
    row.tested_at, row.test_error = None, ""
    row.save()
    # The token itself is nobody's to read, not even in the audit log.
    record(
        company=by.company, verb="destination.connected", subject=row, by=by, label=str(row), now=now, changes=config
    )
    return row


def try_connection(*, destination: Destination, now: datetime) -> str:
    """Ask the other system who we are to it; keeps when and with what result. Returns the name, or nothing when it failed."""
    name, error = "", ""
    try:
        name = port_of(destination).test()
    except (JobStopped, Later) as refused:
        error = refused.type
    config = {**destination.config, "name": name} if name else destination.config
    Destination.objects.filter(pk=destination.pk).update(tested_at=now, test_error=error, config=config)
    destination.refresh_from_db()
    return name


@transaction.atomic
def disconnect(*, destination: Destination, by: Membership, now: datetime) -> None:
    """End a connection: its token is forgotten, its open jobs stop."""
    if not Destination.objects.filter(pk=destination.pk, disconnected_at=None).update(disconnected_at=now, sealed=""):
        return
    open_jobs = ExportJob.objects.filter(destination=destination, status__in=[JobStatus.PENDING, JobStatus.STARTED])
    open_jobs.update(status=JobStatus.FAILED, lease_until=None, last_error={"code": FailureType.MISSING.value})
    record(
        company=by.company, verb="destination.disconnected", subject=destination, by=by, label=str(destination), now=now
    )
