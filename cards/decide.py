"""Answer whatever a till may ask, whichever door it came through: every way out is an answer, and the default is no."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from cards import increment as growing
from cards.authorize import CardUnknown, ReferenceReused, answer_for, answer_inquiry, authorize
from cards.increment import increment
from cards.issuers.base import Answer, AuthorizationRequest
from pleo.lib.work import Bell, later

logger = logging.getLogger(__name__)


def decide(asked: AuthorizationRequest, started: float) -> tuple[Answer, list[Bell]]:
    """Return what to say, and the bells to ring once it is said."""
    try:
        try:
            return _decided(asked, started)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or connection.is_usable():
                raise
            # The connection was kept from an earlier request and has died since, as after a restart of the database.
            # Asking again is safe even if it died while committing: the reference makes it once.
            connection.close()
            return _decided(asked, started)
    except (CardUnknown, ReferenceReused) as error:
        return Answer(reference=asked.reference, is_approved=False, reason=error.code), []
    except (OperationalError, InterfaceError) as error:
        # A lock or a statement took its whole time limit. Nothing is stored; the issuer reports what it did instead.
        logger.warning("no decision in time: authorization=%s error=%s", asked.reference, error)
        return Answer(reference=asked.reference, is_approved=False, reason="unavailable", is_fallback=True), []


def _decided(asked: AuthorizationRequest, started: float) -> tuple[Answer, list[Bell]]:
    now = timezone.now()
    if asked.is_balance_inquiry:
        return answer_inquiry(request=asked, now=now), []
    with later() as bells:
        if asked.is_increment:
            return growing.answer_for(increment(request=asked, now=now, started=started)), bells
        return answer_for(authorize(request=asked, now=now, started=started)), bells
