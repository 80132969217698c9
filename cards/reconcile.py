"""Look at what an issuer has and we do not: take in what we missed, put right its copies of cards, and say what differs."""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Company
from cards import find_drift, intake
from cards.close import close
from cards.find_drift import Difference
from cards.issuers import issuer_named
from cards.issuers.base import CardTold, Feature, Issuer, IssuerRefused, IssuerUnavailable, Malformed, Message
from cards.models import (
    Authorization,
    Card,
    Clearing,
    CloseReason,
    DriftEnd,
    DriftKind,
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
    names = [name for name in settings.ISSUERS if Feature.RECONCILE in issuer_named(name).features]
    return [begun for name in names if (begun := begin_one(name=name, now=now))]


def begin_one(*, name: str, now: datetime) -> Reconciliation | None:
    """Ask for a look at one issuer. None when one waits or runs."""
    last = Reconciliation.objects.filter(issuer=name, status=ReconciliationStatus.DONE).order_by("-until").first()
    since = last.until - OVERLAP if last else now - FIRST
    try:
        with transaction.atomic():
            begun: Reconciliation = Reconciliation.objects.create(issuer=name, since=since, until=now, created_at=now)
    except IntegrityError:
        return None
    return begun


@dataclass
class Look:
    """What one look at an issuer has brought so far. `seen` are the differences that still stand, by kind and reference."""

    issuer: Issuer
    now: datetime
    found: Counter[str] = field(default_factory=Counter)
    differs: list[dict[str, Any]] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def keep(self, company: Company | None, found: Difference) -> None:
        """Keep a difference where somebody of a company can act on it; what is nobody's stands in the look alone."""
        self.seen.add((found.kind, found.reference))
        if company is not None:
            find_drift.keep(company=company, issuer=self.issuer.name, found=found, now=self.now)


def run(*, reconciliation_id: Any, now: datetime) -> Reconciliation | None:
    """Look, once. None when another worker does, or it is done. An issuer that does not answer is asked again later."""
    row = Reconciliation.claim(reconciliation_id, now=now)
    if row is None:
        return None
    look = Look(issuer_named(row.issuer), now)
    try:
        for document in look.issuer.missed(row.since, row.until):
            _take(look, document)
        _compare_cards(look)
        _compare_funds(look)
        with row.finishing():
            row.found, row.differs, row.done_at = dict(look.found), look.differs[:MAX_LISTED], now
            row.save(update_fields=["found", "differs", "done_at"])
            find_drift.end_what_agrees(issuer=row.issuer, seen=look.seen, now=now)
            find_drift.tell_of_new(issuer=row.issuer, since=row.created_at, now=now)
    except IssuerUnavailable:
        row.put_back("issuer_unavailable", now=now)
    except IssuerRefused as refused:
        row.give_up("issuer_refused", answer=refused.code)
    except LeaseLost:
        return None
    if row.differs:
        logger.warning("an issuer differs: %s", digest(row))
    return row


def _take(look: Look, document: dict[str, Any]) -> None:
    """Take in one thing that the issuer has, if it is news, through the same door as everything it tells by itself."""
    look.found["seen"] += 1
    try:
        message = look.issuer.parse_message(document)
    except Malformed as error:
        reference = str(document.get("id"))[:120]
        look.found["unreadable"] += 1
        look.differs.append({"code": "unreadable", "reference": reference, "where": error.where})
        told = {"code": error.code, "where": error.where}
        look.keep(
            find_drift.whose(look.issuer.name), Difference(DriftKind.UNREADABLE, reference=reference, theirs=told)
        )
        return
    if not _is_news(message):
        return
    body = json.dumps(document, sort_keys=True, default=str).encode()
    row, is_new = intake.receive(issuer=look.issuer, document=document, body=body, now=look.now)
    if not is_new:
        return
    intake.take_in(message_id=row.pk, now=look.now)
    row.refresh_from_db()
    look.found["missed"] += 1
    look.found["refused"] += row.status == MessageStatus.FAILED
    look.differs.append(
        {"code": "missed", "kind": row.kind, "reference": row.reference or row.message_id, "status": row.status}
    )
    _keep_missed(look, row)


def _keep_missed(look: Look, row: IssuerMessage) -> None:
    """Keep news that had not arrived: over at once where it was taken in, standing where it could not be."""
    is_taken = row.status != MessageStatus.FAILED
    cards = Card.objects.filter(issuer=row.issuer, issuer_reference=row.card_reference or "-")
    card = cards.select_related("company", "cardholder").first()
    theirs: dict[str, Any] = {"kind": row.kind}
    if row.amount is not None:
        theirs |= {"amount": row.amount, "currency": row.currency}
    found = Difference(
        DriftKind.MISSED, reference=row.reference or row.message_id, card=card, message=row, theirs=theirs,
        ended=DriftEnd.TOOK_IN if is_taken else "",
    )  # fmt: skip
    look.keep(row.company or find_drift.whose(row.issuer, card), found)


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


def _compare_cards(look: Look) -> None:
    """Hold the issuer's copies against our cards. What it was told wrongly or not at all, the sweep tells it again."""
    known = Card.objects.filter(issuer=look.issuer.name).exclude(issuer_reference="")
    ours = {card.issuer_reference: card for card in known.select_related("company", "cardholder")}
    for told in look.issuer.cards():
        card = ours.pop(told.reference, None)
        look.found["cards"] += 1
        if card is not None:
            _compare_card(look, card, told)
            continue
        look.differs.append({"code": "card_not_ours", "reference": told.reference})
        theirs = {"status": told.status, **_details(told)}
        look.keep(
            find_drift.whose(look.issuer.name),
            Difference(DriftKind.CARD_NOT_OURS, reference=told.reference, theirs=theirs),
        )
    for reference, card in ours.items():
        look.differs.append({"code": "card_not_theirs", "reference": reference})
        if card.is_open:
            says = {"status": wanted(card), **_details(card)}
            look.keep(card.company, Difference(DriftKind.CARD_NOT_THEIRS, reference=reference, card=card, ours=says))


def _details(card: Card | CardTold) -> dict[str, str]:
    expires = card.expires_month
    return {"last_four": card.last_four, "expires": expires.isoformat()[:7] if expires else ""}


def _compare_card(look: Look, card: Card, told: CardTold) -> None:
    """Follow what cannot be undone there, keep the rest as a difference, and let the sweep tell the issuer again."""
    codes, should = [], wanted(card)
    if told.status not in (should, card.issuer_status):
        codes.append("card_status")
        look.differs.append({"code": "card_status", "reference": told.reference, "ours": should, "theirs": told.status})
        _keep_status(look, card, told, should)
    elif told.status != should:
        # What the issuer has not been told yet is no new difference: the sweep tells it. One that stands goes on.
        look.seen.add((DriftKind.CARD_STATUS, told.reference))
    if (told.last_four, told.expires_month) != (card.last_four, card.expires_month):
        codes.append("card_details")
        look.differs.append({"code": "card_details", "reference": told.reference})
        found = Difference(
            DriftKind.CARD_DETAILS, reference=told.reference, card=card, ours=_details(card), theirs=_details(told),
            ended=DriftEnd.TOOK_THEIRS,
        )  # fmt: skip
        with transaction.atomic():
            Card.objects.filter(pk=card.pk).update(last_four=told.last_four, expires_month=told.expires_month)
            look.keep(card.company, found)
    if codes:
        record(company=card.company, verb="card.differed", subject=card, actor=Actor.ISSUER, changes={"codes": codes})


@transaction.atomic
def _keep_status(look: Look, card: Card, told: CardTold, should: str) -> None:
    is_closed = told.status == IssuerStatus.CLOSED
    if is_closed:
        close(card=card, reason=CloseReason.CANCELLED, by=None, now=look.now)
    Card.objects.filter(pk=card.pk).update(issuer_status=told.status)
    found = Difference(
        DriftKind.CARD_STATUS, reference=told.reference, card=card, ours={"status": should},
        theirs={"status": told.status}, ended=DriftEnd.TOOK_THEIRS if is_closed else "",
    )  # fmt: skip
    look.keep(card.company, found)


def _compare_funds(look: Look) -> None:
    """Say where less lies at the issuer than the companies' wallets promise: purchases that we approve would fail there."""
    for lying in look.issuer.funds():
        wallets = LedgerAccount.objects.filter(
            company__issuer=look.issuer.name, kind__in=WALLET_KINDS, currency=lying.currency
        ).select_related("company")
        promised: dict[Company, int] = {}
        for account in wallets:
            promised[account.company] = promised.get(account.company, 0) + account.balance.amount
        total = sum(promised.values())
        if lying.amount >= total:
            continue
        look.differs.append({"code": "funds_short", "theirs": lying.amount, "ours": total, "currency": lying.currency})
        for company, amount in promised.items():
            # Of several companies each sees its own wallet alone: what lies there together would tell of the others'.
            theirs = {"amount": lying.amount, "currency": lying.currency} if len(promised) == 1 else {}
            says = {"amount": amount, "currency": lying.currency}
            look.keep(company, Difference(DriftKind.FUNDS_SHORT, reference=lying.currency, ours=says, theirs=theirs))


def digest(row: Reconciliation) -> str:
    """Return a line for a person at a terminal or in a log."""
    listed = ", ".join(f"{name} {count}" for name, count in sorted(row.found.items()) if count)
    return f"{row.issuer} {row.status}: {listed or 'nothing'}; {len(row.differs)} differences"
