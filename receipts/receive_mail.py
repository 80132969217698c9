"""A mail came in at one of the doors: store it, and only then write the row that promises to open it. Nothing is parsed here."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from pleo.lib import files, work
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from receipts import tasks
from receipts.mail_address import owner_of, secrets_in
from receipts.models import InboundMail


class MailTooLarge(DomainError):
    """The mail is beyond MAIL_MAX_BYTES."""

    code = "mail_too_large"
    status = 413

    def message(self) -> str:
        return f"The mail is larger than {settings.MAIL_MAX_BYTES} bytes."


class MailEmpty(DomainError):
    """There is no mail."""

    code = "mail_empty"
    status = 422

    def message(self) -> str:
        return "The mail has no bytes."


def receive_mail(*, raw: bytes, door: str, now: datetime, recipient: str = "", door_ref: str = "") -> InboundMail:
    """Store a mail as it came and return its row, which a worker will open. The same mail to the same address is one row.

    `recipient` is the envelope's, empty where the door does not know it; `door_ref` is where the door had it. Raises MailTooLarge,
    MailEmpty, and what the storage raises: then the door must keep the mail and bring it again.
    """
    if not raw:
        raise MailEmpty
    if len(raw) > settings.MAIL_MAX_BYTES:
        raise MailTooLarge
    recipient = recipient.strip().lower()[:254].replace("\x00", "")
    sha256 = hashlib.sha256(raw).hexdigest()
    known = _known(recipient, sha256, door_ref)
    if known is not None:
        return known
    mail = InboundMail(
        id=uuid7(), door=door, door_ref=door_ref, recipient=recipient, size=len(raw), sha256=sha256, received_at=now
    )
    mail.key = raw_key(mail.pk, now)
    _address(mail)
    files.put(mail.key, ContentFile(raw), "message/rfc822")
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
            work.enqueue(tasks.take_mail, mail_id=mail.pk)
    except IntegrityError:
        # The same mail came through two doors at once; the other row has a copy of its own.
        winner = _known(recipient, sha256, door_ref)
        if winner is None:
            raise
        files.delete(mail.key)
        return winner
    return mail


def raw_key(mail_id: UUID, now: datetime) -> str:
    """Return where a mail is kept."""
    return f"mail/{now:%Y-%m}/{mail_id}"


def _known(recipient: str, sha256: str, door_ref: str) -> InboundMail | None:
    rows: Any = InboundMail.objects
    known = rows.filter(recipient=recipient, sha256=sha256).first()
    if known is None and door_ref:
        known = rows.filter(door_ref=door_ref).first()
    found: InboundMail | None = known
    return found


def _address(mail: InboundMail) -> None:
    """Say at once whose a mail is when its envelope names a personal address: even a mail that fails has a place to be seen."""
    for _, secret in secrets_in([mail.recipient]):
        owner = owner_of(secret)
        if owner is not None:
            mail.membership, mail.company = owner.membership, owner.company
