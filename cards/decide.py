"""Answer whatever a till may ask, whichever door it came through: every way out is an answer, and the default is no."""

from __future__ import annotations

import logging

from django.db import OperationalError
from django.utils import timezone

from cards import increment as growing
from cards.authorize import CardUnknown, ReferenceReused, answer_for, answer_inquiry, authorize
from cards.increment import increment
from cards.issuers.base import Answer, AuthorizationRequest
from pleo.lib.work import Bell, later

logger = logging.getLogger(__name__)


def decide(asked: AuthorizationRequest, started: float) -> tuple[Answer, list[Bell]]:
    """Return what to say, and the bells to ring once it is said."""
    bells: list[Bell] = []
    try:
        if asked.is_balance_inquiry:
            return answer_inquiry(request=asked, now=timezone.now()), bells
        with later() as bells:
            if asked.is_increment:
                return growing.answer_for(increment(request=asked, now=timezone.now(), started=started)), bells
            return answer_for(authorize(request=asked, now=timezone.now(), started=started)), bells
    except (CardUnknown, ReferenceReused) as error:
        return Answer(reference=asked.reference, is_approved=False, reason=error.code), bells
    except OperationalError as error:
        # A lock or a statement took its whole time limit. Nothing is stored; the issuer reports what it did instead.
        logger.warning("no decision in time: authorization=%s error=%s", asked.reference, error)
        return Answer(reference=asked.reference, is_approved=False, reason="unavailable", is_fallback=True), bells
