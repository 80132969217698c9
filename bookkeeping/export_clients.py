"""Export several companies in one go: begun by one press, done by a worker company by company, each on its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import CompanyStatus, Membership, User
from bookkeeping import checks, facts, tasks
from bookkeeping.build import build
from bookkeeping.export import export
from bookkeeping.models import BookItem, BookSettings, ClientPart, ClientRun, ClientRunStatus, Export, ExportStatus
from bookkeeping.months import Period
from bookkeeping.queue import queue
from expenses.errors import NotYours
from expenses.models import Lane
from pleo.lib import work
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.work import LeaseLost

logger = logging.getLogger(__name__)
MOST = 200


class NoClients(DomainError):
    """Nobody was chosen, or none whose books this person may export."""

    code = "no_clients"
    field = "companies"

    def message(self) -> str:
        return gettext("Choose at least one company.")


def exporters(user: User) -> list[Membership]:
    """Return the memberships by which a person may export, of active companies."""
    rows = Membership.objects.active().filter(user=user, company__status=CompanyStatus.ACTIVE)
    found = rows.select_related("company").order_by("company__name", "company_id")
    return [membership for membership in found if membership.can("books.export")]


def export_clients(
    *, user: User, companies: Sequence[UUID], client_key: str, now: datetime, formats: Sequence[str] = (),
    starts: date | None = None, ends: date | None = None, with_receipts: bool = True, queue_ready: bool = True,
) -> ClientRun:  # fmt: skip
    """Begin a run over the named companies, as far as this person may export them. The same key again returns the same run.

    Raises NoClients.
    """
    known: ClientRun | None = ClientRun.objects.of_user(user).filter(client_key=client_key).first()
    if known:
        return known
    wanted = set(companies)
    mine = [membership for membership in exporters(user) if membership.company_id in wanted][:MOST]
    if not mine:
        raise NoClients
    try:
        with transaction.atomic():
            run: ClientRun = ClientRun.objects.create(
                user=user, client_key=client_key, starts=starts, ends=ends, formats=list(formats), with_receipts=with_receipts,
                queue_ready=queue_ready, created_at=now,
            )  # fmt: skip
            ClientPart.objects.bulk_create(
                ClientPart(company=one.company, run=run, membership=one, position=place)
                for place, one in enumerate(mine)
            )
            work.enqueue(tasks.run_clients, run_id=run.pk)
    except IntegrityError:
        # Pressed twice: the other press began it a moment ago.
        known = ClientRun.objects.of_user(user).filter(client_key=client_key).first()
        if known is None:
            raise
        return known
    return run


def try_again(*, run: ClientRun, now: datetime) -> ClientRun:
    """Do what did not work once more; what is ready stays as it is. Raises WrongState while it still runs."""
    ended = ClientRun.objects.filter(pk=run.pk, status__in=(ClientRunStatus.DONE, ClientRunStatus.FAILED))
    with transaction.atomic():
        if not ended.update(
            status=ClientRunStatus.WAITING, counted_from=run.attempts, lease_until=None, last_error=None
        ):
            raise WrongState
        ClientPart.objects.filter(run=run, export=None).update(code="")
        work.enqueue(tasks.run_clients, run_id=run.pk)
    run.refresh_from_db()
    return run


def run_clients(*, run_id: UUID, now: datetime) -> ClientRun | None:
    """Do a run to its end, or from where the last worker stopped; None when another worker has it.

    Each company is a matter of its own: one that fails says why, and the next is done. Exports carry a key of the run, so
    that nothing is exported twice however often this is begun.
    """
    run = ClientRun.claim(run_id, now=now)
    if run is None:
        return None
    try:
        for pk in run.parts.order_by("position").values_list("pk", flat=True):
            mine = ClientRun.objects.filter(pk=run.pk, status=ClientRunStatus.RUNNING, attempts=run.attempts)
            if not mine.update(lease_until=timezone.now() + ClientRun.LEASE):
                raise LeaseLost(run.pk)
            _one(run, ClientPart.objects.select_related("membership__company", "company", "export").get(pk=pk))
        with run.finishing():
            pass
    except LeaseLost:
        return None
    run.refresh_from_db()
    return run


def _one(run: ClientRun, part: ClientPart) -> None:
    """Export one company. Whatever goes wrong there is written down there."""
    if part.state in ("ready", "empty"):
        return
    try:
        batch = part.export or _begin(run, part)
        if batch.status == ExportStatus.FAILED:
            Export.retry(batch.pk, withdrawn_at=None)
        build(export_id=batch.pk, now=timezone.now())
        code = ""
    except DomainError as error:
        code = error.code
    except Exception:
        logger.exception("a client's export failed: run=%s company=%s", run.pk, part.company_id)
        code = "interrupted"
    ClientPart.objects.filter(pk=part.pk).update(code=code)


def _begin(run: ClientRun, part: ClientPart) -> Export:
    """Queue what is ready and begin the company's export, as the person may today. Raises NotYours and what `export` raises."""
    by = Membership.objects.active().filter(pk=part.membership_id).select_related("company").first()
    if by is None or by.company.status != CompanyStatus.ACTIVE or not by.can("books.export"):
        raise NotYours
    settings, period = BookSettings.objects.for_company(by.company).get(), Period(run.starts, run.ends)
    if run.queue_ready and by.can("books.queue"):
        waiting = BookItem.objects.for_company(by.company).filter(period.within("booked_date"), lane=Lane.UNEXPORTED)
        ready = checks.ready(waiting, facts.contra_of(settings)).order_by("booked_date", "pk")
        queue(by=by, items=list(ready.values_list("pk", flat=True)), now=timezone.now())
    batch = export(
        by=by, client_key=f"clients-{run.pk}", now=timezone.now(), formats=run.formats or settings.formats,
        with_receipts=run.with_receipts, period=period,
    )  # fmt: skip
    ClientPart.objects.filter(pk=part.pk).update(export=batch)
    return batch
