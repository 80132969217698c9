"""Bring the issuer's copy of a card to what the card is here: active, frozen or closed.

Ours is the truth and decides every request that reaches us; the issuer's copy is for what it decides without us. The card's
row remembers what the issuer was last told, so a call that fails is found by the sweep.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from cards.issuers import issuer_named
from cards.issuers.base import IssuerRefused, IssuerUnavailable
from cards.models import Card, CardState, CloseReason, Freeze, IssuerStatus
from pleo.lib.ids import uuid7
from pleo.lib.work import enqueue

logger = logging.getLogger(__name__)
FROZEN = Exists(Freeze.objects.filter(card=OuterRef("pk"), ended_at=None))


def wanted(card: Card) -> str:
    """Return what the issuer's copy should be. A plastic card that is not activated rests there until it is."""
    if card.state == CardState.CLOSED:
        return IssuerStatus.CLOSED
    if card.state == CardState.PENDING or card.open_freezes().exists():
        return IssuerStatus.FROZEN
    return IssuerStatus.ACTIVE


def tell_soon(card: Card) -> None:
    """Tell the issuer of a change after the commit; at once when it lives in this machine."""
    if not card.issuer_reference or card.issuer not in settings.ISSUERS:
        return
    if issuer_named(card.issuer).is_remote:
        from cards.tasks import tell_issuer as task  # here, because the task calls this module

        enqueue(task, card_id=card.pk)
    else:
        tell_issuer(card=card)


def tell_issuer(*, card: Card) -> bool:
    """Tell the issuer what a card has become. False when it knows, or could not be told now: the sweep tries again."""
    try:
        return _tell(card)
    except IssuerUnavailable as error:
        logger.warning("the issuer did not answer: card=%s error=%s", card.pk, error)
        return False


def _tell(card: Card) -> bool:
    status = wanted(card)
    if not card.issuer_reference or card.issuer_status in (status, IssuerStatus.CLOSED):
        return False
    reason = card.close_reason if card.close_reason in (CloseReason.LOST, CloseReason.STOLEN) else ""
    try:
        # A key of its own each time: saying it twice does no harm, but a remembered answer to an older call would.
        issuer_named(card.issuer).set_status(
            card=card.issuer_reference, status=status, reason=reason, key=f"{card.pk}:{uuid7()}"
        )
    except IssuerRefused as error:
        logger.warning("the issuer refused: card=%s status=%s error=%s", card.pk, status, error)
        return False
    Card.objects.filter(pk=card.pk, issuer_status=card.issuer_status).update(issuer_status=status)
    card.issuer_status = status
    return True


def out_of_step() -> Any:
    """Return the cards whose issuer has not been told what they are."""
    closed = Q(state=CardState.CLOSED) & ~Q(issuer_status=IssuerStatus.CLOSED)
    resting = (Q(state=CardState.PENDING) | Q(state=CardState.ACTIVE, is_frozen=True)) & ~Q(
        issuer_status=IssuerStatus.FROZEN
    )
    awake = Q(state=CardState.ACTIVE, is_frozen=False) & ~Q(issuer_status=IssuerStatus.ACTIVE)
    known = Card.objects.filter(issuer__in=settings.ISSUERS).exclude(issuer_reference="").annotate(is_frozen=FROZEN)
    return known.filter(closed | resting | awake).order_by(F("created_at"), "id")


def tell_all(*, limit: int = 500) -> int:
    """Tell issuers of every card that is out of step. Returns how many calls went through.

    One that does not answer is left alone until the next time, so that its cards do not keep those of others waiting.
    """
    told, silent = 0, set[str]()
    for card in out_of_step()[:limit]:
        if card.issuer in silent:
            continue
        try:
            told += _tell(card)
        except IssuerUnavailable as error:
            logger.warning("the issuer did not answer: issuer=%s error=%s", card.issuer, error)
            silent.add(card.issuer)
    return told
