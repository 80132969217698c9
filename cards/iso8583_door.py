"""What the processor's door does with a message: a question is decided, everything else is stored and confirmed."""

from __future__ import annotations

import logging
from typing import Any

from django.db import Error, close_old_connections
from django.utils import timezone

from cards.authorize import CardUnknown, ReferenceReused
from cards.decide import decide
from cards.intake import keep_refused, receive
from cards.issuers.base import Malformed
from cards.issuers.iso8583 import adapter, fields
from cards.issuers.iso8583.adapter import FORMAT_ERROR, UNAVAILABLE, fields_of
from cards.issuers.iso8583.fields import Decoded
from cards.models import MessageStatus
from cards.tasks import take_in
from pleo.lib.work import Bell, enqueue, later

logger = logging.getLogger(__name__)


def on_a_thread(decoded: Decoded, frame: bytes, started: float) -> tuple[bytes | None, list[Bell]]:
    """Do `handle` on a thread of the server: it brings no connection to the database and keeps none that went stale."""
    close_old_connections()
    try:
        return handle(decoded, frame, started)
    finally:
        close_old_connections()


def handle(decoded: Decoded, frame: bytes, started: float) -> tuple[bytes | None, list[Bell]]:
    """Return the response to a message, and the bells to ring once it is sent. Nothing of the card's number is kept.

    `started` is when the message came, by `time.monotonic`. A message that could not be stored gets no response, so that it
    comes again; a question always gets one.
    """
    is_question = fields.base_type(decoded) in fields.REQUESTS
    try:
        return _handle(decoded, frame, started)
    except Error as error:
        logger.warning("message not stored: type=%s error=%s", decoded["t"], type(error).__name__)
        return (fields.respond(decoded, UNAVAILABLE) if is_question else None), []


def _handle(decoded: Decoded, frame: bytes, started: float) -> tuple[bytes | None, list[Bell]]:
    now, document = timezone.now(), dict[str, Any]()
    try:
        document = fields.document_of(decoded, now=now)
        if adapter.is_request(document):
            return _decide(document, decoded, frame, started)
        with later() as bells:
            row, _ = receive(issuer=adapter, document=document, body=frame, now=now)
            if row.status == MessageStatus.RECEIVED:
                enqueue(take_in, message_id=row.pk)
        # One that could not be read is kept for a person, and would be no clearer if it came again.
        unread = row.status == MessageStatus.FAILED and row.attempts == 0
        return fields.respond(decoded, FORMAT_ERROR if unread else "00"), bells
    except Malformed as error:
        keep_refused(issuer=adapter, document=document, body=frame, code=error.code, where=error.where, now=now)
        return fields.respond(decoded, FORMAT_ERROR), []


def _decide(
    document: dict[str, Any], decoded: Decoded, frame: bytes, started: float
) -> tuple[bytes | None, list[Bell]]:
    answer, bells = decide(adapter.parse_request(document), started)
    if answer.reason in (CardUnknown.code, ReferenceReused.code):
        keep_refused(issuer=adapter, document=document, body=frame, code=answer.reason, where="2", now=timezone.now())
    body = fields_of(document, answer)
    code = body.pop("39")
    return fields.respond(decoded, code, **{f"f{name}": value for name, value in body.items()}), bells
