"""Issue cards from a file: kept and checked first, made when somebody says so, each line once."""

from __future__ import annotations

import hashlib
import logging
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from cards.issue import VendorTerms, Wish, issue
from cards.issuers.base import Address
from cards.models import BatchStatus, Card, CardBatch, CardBatchRow, CardKind, RowStatus
from cards.read_batch import Line, read_batch
from events.notify import notify
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money
from pleo.lib.work import enqueue

logger = logging.getLogger(__name__)
SLICE = 100


class BatchStarted(WrongState):
    """The cards of this file are being made, or are made."""

    code = "batch_started"


def keep_batch(*, content: bytes, filename: str, by: Membership, now: datetime | None = None) -> CardBatch:
    """Keep a file of wanted cards and what is wrong with its lines. Nothing is made yet.

    The same file again is the same batch: checked anew while it waits, left alone once it was started. Raises FileUnreadable.
    """
    digest = hashlib.sha256(content).hexdigest()
    company = by.company
    known = CardBatch.objects.for_company(company).filter(sha256=digest).first()
    if known is not None and known.status != BatchStatus.PREVIEW:
        return known
    lines = read_batch(content=content, company=company)
    try:
        with transaction.atomic():
            return _keep(known, lines, filename, digest, by, now or timezone.now())
    except IntegrityError:
        # The same file came twice at the same moment: the first one stands.
        return CardBatch.objects.for_company(company).get(sha256=digest)


def _keep(
    known: CardBatch | None, lines: list[Line], filename: str, digest: str, by: Membership, now: datetime
) -> CardBatch:
    if known is not None:
        # Its lines are replaced while it is held: whoever starts it meanwhile starts the old ones or the new ones.
        known = CardBatch.objects.select_for_update(no_key=True).get(pk=known.pk)
        if known.status != BatchStatus.PREVIEW:
            return known
        known.rows.all().delete()
    batch = known or CardBatch(company=by.company, by=by, filename=filename[:120], sha256=digest, created_at=now)
    batch.row_count = len(lines)
    batch.save()
    CardBatchRow.objects.bulk_create([_row(batch, line) for line in lines], batch_size=500)
    return batch


def _row(batch: CardBatch, line: Line) -> CardBatchRow:
    return CardBatchRow(
        company=batch.company,
        batch=batch,
        number=line.number,
        wanted=line.wanted,
        cardholder=line.cardholder,
        problems=line.problems,
        status=RowStatus.WRONG if line.problems else RowStatus.READY,
    )


@transaction.atomic
def start_batch(*, batch: CardBatch, by: Membership, now: datetime | None = None) -> CardBatch:
    """Begin to make the cards of a file's good lines. The bad ones stay as they are. Raises BatchStarted."""
    now = now or timezone.now()
    started = CardBatch.objects.filter(pk=batch.pk, status=BatchStatus.PREVIEW).update(
        status=BatchStatus.RUNNING, started_at=now
    )
    if not started:
        raise BatchStarted
    batch.refresh_from_db()
    ready = batch.rows.filter(status=RowStatus.READY).count()
    record(company=batch.company, verb="card_batch.started", subject=batch, by=by, changes={"cards": ready}, now=now)
    _ring(batch.pk)
    return batch


def _ring(batch_id: UUID) -> None:
    from cards.tasks import issue_batch  # here, because the task calls this module

    enqueue(issue_batch, batch_id=batch_id)


def make_cards(*, batch_id: Any, now: datetime | None = None, most: int = SLICE) -> int:
    """Make the next cards of a batch that was started; the last ones end it. Returns how many lines were dealt with.

    A line's card has the line's id, so that a worker that dies, or two at the same time, make each card once.
    """
    batch = CardBatch.objects.filter(pk=batch_id, status=BatchStatus.RUNNING).select_related("company", "by").first()
    if batch is None:
        return 0
    rows = list(
        batch.rows.filter(status=RowStatus.READY).select_related("cardholder__company").order_by("number")[:most]
    )
    for row in rows:
        _make(batch, row, now or timezone.now())
    if batch.rows.filter(status=RowStatus.READY).exists():
        _ring(batch.pk)
    else:
        _finish(batch, now or timezone.now())
    return len(rows)


def _make(batch: CardBatch, row: CardBatchRow, now: datetime) -> None:
    mine = CardBatchRow.objects.filter(pk=row.pk, status=RowStatus.READY)
    try:
        made = _issue(batch, row, now)
    except DomainError as error:
        mine.update(status=RowStatus.FAILED, problems=[{"code": error.code, "said": error.message()}])
    else:
        mine.update(status=RowStatus.MADE, card=made)


def _issue(batch: CardBatch, row: CardBatchRow, now: datetime) -> Card:
    assert row.cardholder is not None, "a ready line has a person"
    wanted = row.wanted
    return issue(
        cardholder=row.cardholder,
        name=wanted["name"],
        by=batch.by,
        wish=_wish(batch, row, now),
        limit_purchase=_money(batch, wanted.get("each_purchase")),
        limit_month=_money(batch, wanted.get("each_month")),
        limit_total=_money(batch, wanted.get("total")),
        card_id=row.pk,
        now=now,
    )


def _money(batch: CardBatch, amount: int | None) -> Money | None:
    return None if amount is None else Money(amount, batch.company.currency)


def _wish(batch: CardBatch, row: CardBatchRow, now: datetime) -> Wish:
    assert row.cardholder is not None, "a ready line has a person"
    wanted, kind = row.wanted, row.wanted["kind"]
    if kind == CardKind.PHYSICAL:
        to = Address(
            name=row.cardholder.name,
            line1=wanted["street"],
            postal_code=wanted["postal_code"],
            city=wanted["city"],
            country=wanted["country"],
        )
        return Wish(kind=kind, ship_to=to)
    if kind == CardKind.TEMPORARY:
        zone = batch.company.zone
        first = date.fromisoformat(wanted["from"]) if wanted["from"] else batch.company.day_of(now)
        last = date.fromisoformat(wanted["to"])
        return Wish(
            kind=kind,
            starts_at=datetime.combine(first, time(), tzinfo=zone),
            ends_at=datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
        )
    if kind == CardKind.VENDOR:
        return Wish(kind=kind, vendor=VendorTerms(merchant=wanted["merchant"], period=wanted["period"]))
    return Wish(kind=kind)


@transaction.atomic
def _finish(batch: CardBatch, now: datetime) -> None:
    if not CardBatch.objects.filter(pk=batch.pk, status=BatchStatus.RUNNING).update(status=BatchStatus.DONE):
        return
    made = batch.rows.filter(status=RowStatus.MADE).count()
    changes = {"cards": made, "left_out": batch.row_count - made}
    event = record(company=batch.company, verb="card_batch.done", subject=batch, changes=changes, now=now)
    notify(event=event, memberships=[batch.by], channels=("in_app",))


def go_on(*, limit: int = 20) -> None:
    """Ring for every batch that was started and is not done: a worker may have died, or the broker forgotten."""
    for pk in CardBatch.objects.filter(status=BatchStatus.RUNNING).values_list("pk", flat=True)[:limit]:
        _ring(pk)
