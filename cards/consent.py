"""Ask a holder what cannot wait: "are you paying this?" and "was this you?"; bring the answer to the issuer, or no at the deadline.

The issuer waits a few minutes. Whoever answers in time decides; nobody answering means no, and an answer after that changes
nothing. It is an answer of the holder alone: nobody else can give it, and an API token cannot either.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from accounts.models import Membership
from cards.activate import NotHolder
from cards.freeze import freeze
from cards.issuers import issuer_named
from cards.issuers.base import IssuerRefused, IssuerUnavailable, Unsupported
from cards.models import Card, Consent, ConsentKind, ConsentStatus, IssuerMessage
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.work import enqueue

logger = logging.getLogger(__name__)
USUAL, LONGEST = timedelta(minutes=5), timedelta(hours=1)


class CardUnknown(DomainError):
    """The issuer asks about a card that is none of ours."""

    code = "card_unknown"


class TooLate(WrongState):
    """The deadline has passed: the shop was told no."""

    code = "consent_too_late"

    def message(self) -> str:
        return gettext("The time is over, and the shop was told no. Buy it again if it was you.")


class AnsweredAlready(WrongState):
    """The question was answered, and otherwise."""

    code = "consent_answered"

    def message(self) -> str:
        return gettext("You answered this already.")


def ask_holder(*, row: IssuerMessage, now: datetime) -> Consent:
    """Put an issuer's question to the holder, in the caller's transaction. The same question again is the first one.

    Raises CardUnknown.
    """
    found = Card.objects.select_related("company", "cardholder").filter(issuer=row.issuer)
    card = found.filter(issuer_reference=row.card_reference).first()
    if card is None:
        raise CardUnknown(card=row.card_reference)
    row.company = card.company
    row.save(update_fields=["company"])
    facts, shop = row.details.get("facts", {}), row.details.get("merchant", {})
    asks = facts.get("asks", "")
    try:
        with transaction.atomic():
            consent = Consent.objects.create(
                company=card.company,
                card=card,
                kind=asks if asks in ConsentKind.values else ConsentKind.PAYING,
                issuer=row.issuer,
                issuer_reference=row.reference,
                amount=row.amount or 0,
                currency=row.currency or card.company.currency,
                merchant_name=shop.get("name", "") or "–",
                merchant_country=shop.get("country", ""),
                asked_at=row.occurred_at,
                deadline=_deadline(facts, row.occurred_at),
                created_at=now,
            )
    except IntegrityError:
        known = Consent.objects.filter(issuer=row.issuer, issuer_reference=row.reference).first()
        if known is None:
            raise
        return known
    event = _say(consent, "consent.asked", now)
    if is_news(event) and consent.is_waiting(now):
        notify(event=event, memberships=[card.cardholder])
    return consent


def _deadline(facts: dict[str, Any], asked_at: datetime) -> datetime:
    """Read until when the issuer waits; nonsense, or more than an hour, is taken for the usual five minutes."""
    try:
        said = parse_datetime(str(facts.get("deadline", "")))
    except ValueError:
        said = None
    if said is None or said.tzinfo is None or not asked_at < said <= asked_at + LONGEST:
        return asked_at + USUAL
    return said


def _say(consent: Consent, verb: str, now: datetime, by: Membership | None = None) -> Any:
    return record(
        company=consent.company,
        verb=verb,
        subject=consent,
        by=by,
        actor=None if by else Actor.ISSUER if verb == "consent.asked" else Actor.SYSTEM,
        changes={"amount": consent.amount, "currency": consent.currency, "card": str(consent.card_id)},
        now=now,
    )


def answer(*, consent: Consent, is_approved: bool, by: Membership, now: datetime | None = None) -> Consent:
    """Answer a question. "That was not me" also freezes the card. The same answer twice is one.

    An answer after the deadline is kept in the log and refused, so this owns its transactions. Raises NotHolder, TooLate,
    AnsweredAlready.
    """
    now = now or timezone.now()
    if consent.card.cardholder_id != by.pk:
        raise NotHolder
    wanted = ConsentStatus.APPROVED if is_approved else ConsentStatus.DENIED
    with transaction.atomic():
        rows = Consent.objects.filter(pk=consent.pk, status=ConsentStatus.OPEN, deadline__gt=now)
        if rows.update(status=wanted, answered_at=now):
            consent.refresh_from_db()
            _say(consent, "consent.approved" if is_approved else "consent.denied", now, by)
            if not is_approved and consent.kind == ConsentKind.WAS_YOU and consent.card.is_live:
                freeze(card=consent.card, by=by, reason=gettext("“That was not me”"), now=now)
            _ring(consent)
            return consent
    consent.refresh_from_db()
    if consent.status == wanted:
        return consent
    if consent.status in (ConsentStatus.APPROVED, ConsentStatus.DENIED):
        raise AnsweredAlready
    with transaction.atomic():
        _say(consent, "consent.answered_late", now, by)
    logger.info("an answer came after the deadline and changes nothing: consent=%s", consent.pk)
    raise TooLate


def _ring(consent: Consent) -> None:
    from cards.tasks import tell_consents  # here, because the task calls this module

    enqueue(tell_consents)


def end_unanswered(*, now: datetime | None = None, limit: int = 500) -> int:
    """Take silence for a no, at the deadline. Returns how many questions ended so."""
    now = now or timezone.now()
    due = Consent.objects.filter(status=ConsentStatus.OPEN, deadline__lte=now).select_related("company", "card")
    ended = 0
    for consent in due.order_by("deadline")[:limit]:
        with transaction.atomic():
            rows = Consent.objects.filter(pk=consent.pk, status=ConsentStatus.OPEN)
            if rows.update(status=ConsentStatus.EXPIRED):
                consent.status = ConsentStatus.EXPIRED
                event = _say(consent, "consent.expired", now)
                notify(event=event, memberships=[consent.card.cardholder], channels=("in_app",))
                ended += 1
    return ended


def tell_outcomes(*, now: datetime | None = None, limit: int = 100) -> int:
    """Bring every outcome that the issuer does not know to it. One that does not get through is tried again by the sweep."""
    now = now or timezone.now()
    untold = Consent.objects.filter(told_at=None).exclude(status=ConsentStatus.OPEN).order_by("id")
    told = 0
    for consent in untold[:limit]:
        try:
            issuer_named(consent.issuer).answer_consent(
                reference=consent.issuer_reference, is_approved=consent.is_approved
            )
        except Unsupported:
            pass  # It asked and wants no answer: there is nothing more to tell.
        except (IssuerUnavailable, IssuerRefused) as error:
            logger.warning("the issuer was not told the answer: consent=%s error=%s", consent.pk, error)
            continue
        told += Consent.objects.filter(pk=consent.pk, told_at=None).update(told_at=now)
    return told
