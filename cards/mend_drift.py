"""Put a difference with an issuer right by hand: take what they say, send what we say again, or take note of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from cards import intake
from cards.freeze import NotYours, freeze
from cards.issuers import issuer_named
from cards.issuers.base import IssuerRefused, IssuerUnavailable
from cards.models import (
    Card,
    CloseReason,
    Drift,
    DriftEnd,
    DriftKind,
    DriftState,
    IssuerMessage,
    IssuerStatus,
    MessageStatus,
)
from cards.tell_issuer import wanted
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.ids import uuid7


class Remedy(StrEnum):
    """What one tap can do about a difference."""

    TAKE_THEIRS = "take_theirs"
    SEND_OURS = "send_ours"
    TAKE_IN = "take_in"
    NOTE = "note"
    UNDO_NOTE = "undo_note"


class NotOffered(WrongState):
    """This cannot be done about this difference, or no longer."""

    code = "remedy_not_offered"

    def message(self) -> str:
        return gettext("This has changed meanwhile. Look at the list again.")


class IssuerSaidNo(DomainError):
    """The issuer did not do it, or did not answer. `answer` is its own word."""

    code = "issuer_said_no"

    def message(self) -> str:
        if self.params["answer"] == "unavailable":
            return gettext("The card issuer does not answer. Try again in a while.")
        return gettext("The card issuer refused: %(answer)s.") % self.params


class StillRefused(DomainError):
    """The news still contradicts what is known here."""

    code = "still_refused"

    def message(self) -> str:
        return gettext("It still cannot be taken in: %(why)s.") % self.params


def offers(drift: Drift) -> list[Remedy]:
    """Return what one tap can safely do. Taking theirs is safe where it only puts a card to rest, which can be undone."""
    if not drift.is_standing:
        return []
    found = []
    card = drift.card
    if drift.kind == DriftKind.CARD_STATUS and card is not None:
        if drift.theirs.get("status") == IssuerStatus.FROZEN and card.is_live and drift.ours.get("status") == "active":
            found.append(Remedy.TAKE_THEIRS)
        if card.issuer in settings.ISSUERS:
            found.append(Remedy.SEND_OURS)
    if drift.kind == DriftKind.MISSED and drift.message_id:
        found.append(Remedy.TAKE_IN)
    found.append(Remedy.UNDO_NOTE if drift.state == DriftState.NOTED else Remedy.NOTE)
    return found


def mend(*, drift: Drift, remedy: str, by: Membership, now: datetime) -> Drift:
    """Do one of `offers`. Asks the issuer, so it never runs inside a transaction.

    Raises NotYours, NotOffered (somebody was first, or the card changed), IssuerSaidNo, StillRefused, and what freezing raises.
    """
    if not by.can("cards.manage") or by.company_id != drift.company_id:
        raise NotYours
    if remedy not in offers(drift):
        raise NotOffered
    if remedy == Remedy.TAKE_THEIRS:
        _take_theirs(drift, by, now)
    elif remedy == Remedy.SEND_OURS:
        _send_ours(drift, by, now)
    elif remedy == Remedy.TAKE_IN:
        _take_in(drift, by, now)
    else:
        _note(drift, by, now, is_noted=remedy == Remedy.NOTE)
    drift.refresh_from_db()
    return drift


@transaction.atomic
def _take_theirs(drift: Drift, by: Membership, now: datetime) -> None:
    assert drift.card is not None, "a card's state has a card"
    _end(drift, DriftEnd.TOOK_THEIRS, by, now)
    freeze(card=drift.card, by=by, reason=gettext("As at the card issuer"), now=now)


def _send_ours(drift: Drift, by: Membership, now: datetime) -> None:
    assert drift.card is not None, "a card's state has a card"
    card = Card.objects.get(pk=drift.card.pk)
    status = wanted(card)
    reason = card.close_reason if card.close_reason in (CloseReason.LOST, CloseReason.STOLEN) else ""
    try:
        # A key of its own each time, as in `tell_issuer`: a remembered answer to an older call would do nothing.
        issuer_named(card.issuer).set_status(
            card=card.issuer_reference, status=status, reason=reason, key=f"{card.pk}:{uuid7()}"
        )
    except IssuerUnavailable:
        raise IssuerSaidNo(answer="unavailable") from None
    except IssuerRefused as refused:
        raise IssuerSaidNo(answer=refused.code) from None
    with transaction.atomic():
        Card.objects.filter(pk=card.pk).update(issuer_status=status)
        _end(drift, DriftEnd.SENT_OURS, by, now)


def _take_in(drift: Drift, by: Membership, now: datetime) -> None:
    assert drift.message_id is not None, "news has a message"
    IssuerMessage.retry(drift.message_id)
    intake.take_in(message_id=drift.message_id, now=now)
    message = IssuerMessage.objects.get(pk=drift.message_id)
    if message.status == MessageStatus.FAILED:
        raise StillRefused(why=(message.last_error or {}).get("code", ""))
    if message.status in (MessageStatus.RECEIVED, MessageStatus.PROCESSING):
        raise NotOffered
    _end(drift, DriftEnd.TOOK_IN, by, now)


@transaction.atomic
def _end(drift: Drift, how: str, by: Membership, now: datetime) -> None:
    standing = Drift.objects.filter(pk=drift.pk).standing()
    if not standing.update(state=DriftState.OVER, ended_at=now, ended_how=how, ended_by=by):
        raise NotOffered
    record(company=drift.company, verb="drift.mended", subject=drift, by=by, changes={"mended": how}, now=now)


@transaction.atomic
def _note(drift: Drift, by: Membership, now: datetime, *, is_noted: bool) -> None:
    before, after = (DriftState.OPEN, DriftState.NOTED) if is_noted else (DriftState.NOTED, DriftState.OPEN)
    rows = Drift.objects.filter(pk=drift.pk, state=before)
    if not rows.update(state=after, noted_by=by if is_noted else None):
        raise NotOffered
    verb = "drift.noted" if is_noted else "drift.reopened"
    record(company=drift.company, verb=verb, subject=drift, by=by, now=now)
