"""What the worker does for cards. Every task is idempotent and finds its company by the row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from cards import bulk_issue, consent, disputes, expire, intake, issue, mirror, offboard, reconcile, replace, run_bulk
from cards import tell_issuer as telling
from cards.models import Card, CardBulk, IssuerMessage, Reconciliation
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
    disputes.file_waiting(now=now)


@shared_task(name="cards.tasks.file_dispute")
def file_dispute(*, dispute_id: str, **_: Any) -> None:
    disputes.file(dispute_id=dispute_id)


@shared_task(name="cards.tasks.expire_authorizations")
def expire_authorizations(**_: Any) -> None:
    expire.expire(now=timezone.now())


@shared_task(name="cards.tasks.tell_issuer")
def tell_issuer(*, card_id: str, **_: Any) -> None:
    if card := Card.objects.filter(pk=card_id).first():
        telling.tell_issuer(card=card)


@shared_task(name="cards.tasks.sweep_cards")
def sweep_cards(**_: Any) -> None:
    now = timezone.now()
    replace.end_expired(now=now)
    replace.renew_expiring(now=now)
    offboard.end_waiting(now=now)
    telling.tell_all()
    mirror.send_all(now=now)
    bulk_issue.go_on()


@shared_task(name="cards.tasks.sweep_consents")
def sweep_consents(**_: Any) -> None:
    now = timezone.now()
    consent.end_unanswered(now=now)
    consent.tell_outcomes(now=now)


@shared_task(name="cards.tasks.tell_consents")
def tell_consents(**_: Any) -> None:
    consent.tell_outcomes(now=timezone.now())


@shared_task(name="cards.tasks.issue_batch")
def issue_batch(*, batch_id: str, **_: Any) -> None:
    bulk_issue.make_cards(batch_id=batch_id)


@shared_task(name="cards.tasks.reconcile_issuers")
def reconcile_issuers(**_: Any) -> None:
    reconcile.begin(now=timezone.now())


@shared_task(name="cards.tasks.reconcile")
def reconcile_one(*, reconciliation_id: str, **_: Any) -> None:
    reconcile.run(reconciliation_id=reconciliation_id, now=timezone.now())


@shared_task(name="cards.tasks.sweep_reconciliations")
def sweep_reconciliations(**_: Any) -> None:
    now = timezone.now()
    for reconciliation_id in Reconciliation.overdue(now=now, waiting_since=now):
        enqueue(reconcile_one, reconciliation_id=reconciliation_id)


@shared_task(name="cards.tasks.bulk_cards")
def bulk_cards(*, bulk_id: str, **_: Any) -> None:
    run_bulk.run_bulk(bulk_id)


@shared_task(name="cards.tasks.sweep_bulk_cards")
def sweep_bulk_cards(**_: Any) -> None:
    now = timezone.now()
    for bulk_id in CardBulk.overdue(now=now, waiting_since=now - timedelta(seconds=10)):
        enqueue(bulk_cards, bulk_id=bulk_id)
