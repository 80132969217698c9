"""Look at what an issuer has and we do not: take in what we missed, put right its copies of cards, and say what differs."""

from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from cards import intake
from cards.close import close
from cards.issuers import issuer_named
from cards.issuers.base import CardTold, Feature, Issuer, IssuerRefused, IssuerUnavailable, Malformed, Message
from cards.models import (
    Authorization,
    Card,
    Clearing,
    CloseReason,
    IssuerMessage,
    IssuerStatus,
    MessageKind,
    MessageStatus,
    Reconciliation,
    ReconciliationStatus,
)
from cards.tell_issuer import wanted
from events.models import Actor
from events.record import record
from pleo.lib.work import LeaseLost
from wallet.models import WALLET_KINDS, LedgerAccount

logger = logging.getLogger(__name__)
# What the last look may have been too early for is looked at again.
OVERLAP = timedelta(hours=2)
FIRST = timedelta(days=7)
MAX_LISTED = 100
MONEY = frozenset(
    {
        MessageKind.REFUND,
        MessageKind.REFUND_REVERSAL,
        MessageKind.CHARGEBACK,
        MessageKind.SECOND_PRESENTMENT,
        MessageKind.CORRECTION_CREDIT,
        MessageKind.CORRECTION_DEBIT,
    }
)


def begin(*, now: datetime) -> list[Reconciliation]:
    """Ask for a look at every issuer that can be looked at. One that is still being looked at is left alone."""
    begun = []
    for name in settings.ISSUERS:
        if Feature.RECONCILE not in issuer_named(name).features:
            continue
        last = Reconciliation.objects.filter(issuer=name, status=ReconciliationStatus.DONE).order_by("-until").first()
        since = last.until - OVERLAP if last else now - FIRST
        try:
            with transaction.atomic():
                begun.append(Reconciliation.objects.create(issuer=name, since=since, until=now, created_at=now))
        except IntegrityError:
            continue
    return begun


def run(*, reconciliation_id: Any, now: datetime) -> Reconciliation | None:
    """Look, once. None when another worker does, or it is done. An issuer that does not answer is asked again later."""
    row = Reconciliation.claim(reconciliation_id, now=now)
    if row is None:
        return None
    issuer, found, differs = issuer_named(row.issuer), Counter[str](), list[dict[str, Any]]()
    try:
        for document in issuer.missed(row.since, row.until):
            _take(issuer, document, found, differs, now)
        _compare_cards(issuer, found, differs)
        _compare_funds(issuer, differs)
        with row.finishing():
            row.found, row.differs, row.done_at = dict(found), differs[:MAX_LISTED], now
            row.save(update_fields=["found", "differs", "done_at"])
    except IssuerUnavailable:
        row.put_back("issuer_unavailable", now=now)
    except IssuerRefused as refused:
        row.give_up("issuer_refused", answer=refused.code)
    except LeaseLost:
        return None
    if row.differs:
        logger.warning("an issuer differs: %s", digest(row))
    return row


def _take(
    issuer: Issuer, document: dict[str, Any], found: Counter[str], differs: list[dict[str, Any]], now: datetime
) -> None:
    """Take in one thing that the issuer has, if it is news, through the same door as everything it tells by itself."""
    found["seen"] += 1
    try:
        message = issuer.parse_message(document)
    except Malformed as error:
        found["unreadable"] += 1
        differs.append({"code": "unreadable", "reference": str(document.get("id"))[:120], "where": error.where})
        return
    if not _is_news(message):
        return
    body = json.dumps(document, sort_keys=True, default=str).encode()
    row, is_new = intake.receive(issuer=issuer, document=document, body=body, now=now)
    if not is_new:
        return
    intake.take_in(message_id=row.pk, now=now)
    row.refresh_from_db()
    found["missed"] += 1
    found["refused"] += row.status == MessageStatus.FAILED
    differs.append(
        {"code": "missed", "kind": row.kind, "reference": row.reference or row.message_id, "status": row.status}
    )


def _is_news(message: Message) -> bool:
    """Say whether a message would change anything. What has no effect by itself is not taken in again and again."""
    if IssuerMessage.objects.filter(issuer=message.issuer, message_id=message.message_id).exists():
        return False
    if message.kind == MessageKind.UNKNOWN:
        return False
    if message.kind in MONEY or (message.kind == MessageKind.CLEARING and message.amount):
        return not Clearing.objects.filter(issuer=message.issuer, issuer_reference=message.reference).exists()
    if not message.authorization_reference:
        return True
    ours: Authorization | None = Authorization.objects.filter(
        issuer=message.issuer, issuer_reference=message.authorization_reference
    ).first()
    if ours is None:
        return True
    if message.kind == MessageKind.AUTHORIZATION:
        return ours.outcome != message.outcome
    if message.kind == MessageKind.ADVICE:
        return message.amount is not None and message.amount.amount != ours.open_amount + ours.cleared_total
    return ours.open_amount > 0


def _compare_cards(issuer: Issuer, found: Counter[str], differs: list[dict[str, Any]]) -> None:
    """Hold the issuer's copies against our cards. What it was told wrongly or not at all, the sweep tells it again."""
    ours = {
        card.issuer_reference: card
        for card in Card.objects.filter(issuer=issuer.name).exclude(issuer_reference="").select_related("company")
    }
    for told in issuer.cards():
        card = ours.pop(told.reference, None)
        found["cards"] += 1
        if card is None:
            differs.append({"code": "card_not_ours", "reference": told.reference})
        else:
            differs += _card_differs(card, told)
    differs += [{"code": "card_not_theirs", "reference": reference} for reference in ours]


def _card_differs(card: Card, told: CardTold) -> list[dict[str, Any]]:
    differs: list[dict[str, Any]] = []
    should = wanted(card)
    # What the issuer has not been told yet is no difference: the sweep tells it.
    if told.status not in (should, card.issuer_status):
        differs.append({"code": "card_status", "reference": told.reference, "ours": should, "theirs": told.status})
        if told.status == IssuerStatus.CLOSED:
            close(card=card, reason=CloseReason.CANCELLED, by=None, now=timezone.now())
        Card.objects.filter(pk=card.pk).update(issuer_status=told.status)
    if (told.last_four, told.expires_month) != (card.last_four, card.expires_month):
        differs.append({"code": "card_details", "reference": told.reference})
        Card.objects.filter(pk=card.pk).update(last_four=told.last_four, expires_month=told.expires_month)
    if differs:
        codes = [one["code"] for one in differs]
        record(company=card.company, verb="card.differed", subject=card, actor=Actor.ISSUER, changes={"codes": codes})
    return differs


def _compare_funds(issuer: Issuer, differs: list[dict[str, Any]]) -> None:
    """Say where less lies at the issuer than the companies' wallets promise: purchases that we approve would fail there."""
    for lying in issuer.funds():
        wallets = LedgerAccount.objects.filter(
            company__issuer=issuer.name, kind__in=WALLET_KINDS, currency=lying.currency
        ).select_related("company")
        promised = sum(account.balance.amount for account in wallets)
        if lying.amount < promised:
            differs.append(
                {"code": "funds_short", "theirs": lying.amount, "ours": promised, "currency": lying.currency}
            )


def digest(row: Reconciliation) -> str:
    """Return a line for a person at a terminal or in a log."""
    listed = ", ".join(f"{name} {count}" for name, count in sorted(row.found.items()) if count)
    return f"{row.issuer} {row.status}: {listed or 'nothing'}; {len(row.differs)} differences"
