"""Mails as files, for the embedded default: what would go out can be read in the product."""

from __future__ import annotations

import email
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage as Parsed
from email.policy import default
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from pleo.lib.ids import uuid7


class FolderBackend(BaseEmailBackend):
    """Writes each mail as one file named by a UUIDv7, whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_FOLDER)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            name = folder / f"{uuid7()}.eml"
            unfinished = name.with_suffix(".part")
            unfinished.write_bytes(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
            os.replace(unfinished, name)
        return len(email_messages)


@dataclass(frozen=True)
class Letter:
    """A mail that was written to the folder."""

    id: UUID
    to: tuple[str, ...]
    subject: str
    text: str
    html: str

    @property
    def sent_at(self) -> datetime:
        """When it was written, from its name."""
        return datetime.fromtimestamp((self.id.int >> 80) / 1000, UTC)


def _read(path: Path) -> Letter | None:
    try:
        parsed = email.message_from_bytes(path.read_bytes(), _class=Parsed, policy=default)
        name = UUID(path.stem)
    except (OSError, ValueError):
        return None
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    to = parsed["To"].addresses if parsed["To"] else ()
    return Letter(
        id=name,
        to=tuple(address.addr_spec.lower() for address in to),
        subject=str(parsed["Subject"] or ""),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
    )


def letters(*, to: set[str] | None = None, most: int = 200) -> Iterator[Letter]:
    """Yield the newest mails, only those to given addresses when there are any to keep to."""
    found = 0
    for path in sorted(Path(settings.MAIL_FOLDER).glob("*.eml"), reverse=True):
        letter = _read(path)
        if letter is not None and (to is None or to & set(letter.to)):
            yield letter
            found += 1
        if found >= most:
            return


def letter(name: UUID) -> Letter | None:
    return _read(Path(settings.MAIL_FOLDER) / f"{name}.eml")
