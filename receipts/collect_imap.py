"""Mail in a mailbox: fetched by IMAP, stored, and only then moved away. What cannot be fetched does not hold up the rest.

RFC 3501 (IMAP4rev1), RFC 4315 (UIDPLUS) and RFC 6851 (MOVE). A mail is known by UIDVALIDITY and UID, so that a connection that broke
between storing and moving brings nothing twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.cache import cache

from pleo.lib.storage_down import StorageDown
from receipts.models import InboundMail, MailDoor
from receipts.receive_mail import MailEmpty, MailTooLarge, receive_mail

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 30
AT_ONCE = 100
CONNECTIONS = 3
# A mail at which fetching broke is left alone this long, so that a few of them never keep the rest from coming in.
REST_SECONDS = 600
_BROKEN = (imaplib.IMAP4.abort, OSError, ssl.SSLError)


class MailboxClosed(Exception):
    """The mailbox cannot be opened: wrong password, no such folder, nobody there."""


@dataclass(frozen=True)
class Mailbox:
    """Where the mail lies, from IMAP_URL: `imaps://user:password@host:993/INBOX`; `imap://` is for one's own machine."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    is_secure: bool

    @classmethod
    def from_url(cls, url: str) -> Mailbox:
        """Read an address. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ValueError("write it like imaps://user:password@host/INBOX")
        secure = parts.scheme == "imaps"
        return cls(
            host=parts.hostname,
            port=parts.port or (993 if secure else 143),
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            is_secure=secure,
        )


def collect_imap(*, now: datetime) -> int:
    """Store the mail of the mailbox and return how many there was. A broken connection is opened again a few times."""
    box = Mailbox.from_url(settings.IMAP_URL)
    stored: set[str] = set()
    poisoned: set[bytes] = set()
    for _ in range(CONNECTIONS):
        try:
            with opened(box) as (server, validity):
                _collect(server, box, validity, stored, poisoned, now)
                return len(stored)
        except MailboxClosed as error:
            logger.error("mailbox: %s", error)
            return len(stored)
        except _BROKEN as error:
            logger.warning("mailbox: connection broke, opened again: %s", error)
    return len(stored)


@contextlib.contextmanager
def opened(box: Mailbox) -> Iterator[tuple[imaplib.IMAP4, str]]:
    """Log in, select the folder, and yield the connection with its UIDVALIDITY. Raises MailboxClosed, OSError."""
    if box.is_secure:
        context = ssl.create_default_context()
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    else:
        server = imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT_SECONDS)
    try:
        try:
            server.login(box.user, box.password)
            answer, _ = server.select(_quoted(box.folder))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MailboxClosed(f"refused: {error}") from None
        if answer != "OK":
            raise MailboxClosed(f"no folder {box.folder}")
        said = server.response("UIDVALIDITY")[1]
        yield server, (said[0] or b"0").decode("ascii", "replace") if said else "0"
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _collect(
    server: imaplib.IMAP4, box: Mailbox, validity: str, stored: set[str], poisoned: set[bytes], now: datetime
) -> None:
    """Go through the mailbox once. A mail at which the connection broke is left out until the next run."""
    _, found = server.uid("SEARCH", "UNDELETED")
    uids = (found[0] or b"").split() if found else []
    for uid in [uid for uid in uids if uid not in poisoned][:AT_ONCE]:
        ref = f"imap:{box.host}/{box.user}/{box.folder}/{validity}/{uid.decode('ascii', 'replace')}"[-200:]
        poisoned.add(uid)
        rests = f"imap-rests:{hashlib.sha256(ref.encode()).hexdigest()}"
        if cache.get(rests):
            continue
        cache.set(rests, True, REST_SECONDS)
        try:
            if _store(server, uid, ref, now):
                stored.add(ref)
                _put_away(server, uid)
                poisoned.discard(uid)
                cache.delete(rests)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, StorageDown) as error:
            logger.error("mailbox: a mail waits: uid=%s error=%s", uid, error)


def _store(server: imaplib.IMAP4, uid: bytes, ref: str, now: datetime) -> bool:
    """Store one mail unless its row is there; False when the server gives nothing for it."""
    if InboundMail.objects.filter(door_ref=ref).exists():
        return True
    name = uid.decode("ascii")
    _, said = server.uid("FETCH", name, "(RFC822.SIZE)")
    size = re.search(rb"RFC822\.SIZE (\d+)", _flat(said))
    # A mail beyond the limit is kept by its headers: its sender is told, and it is moved away like others.
    whole = not size or int(size[1]) <= settings.MAIL_MAX_BYTES
    _, fetched = server.uid("FETCH", name, "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])")
    raw = next((part[1] for part in fetched or [] if isinstance(part, tuple)), b"")
    try:
        receive_mail(raw=raw if whole else _stub(raw), door=MailDoor.IMAP, door_ref=ref, now=now)
    except (MailEmpty, MailTooLarge) as error:
        logger.error("mailbox: a mail waits: uid=%s code=%s", name, error.code)
        return False
    return True


def _flat(said: Any) -> bytes:
    return b" ".join(part[0] if isinstance(part, tuple) else part for part in said or [] if part)


def _stub(headers: bytes) -> bytes:
    """Return the headers of a mail that was too large, marked so that whoever opens it says so."""
    return b"X-Pleo-Cut: too-large\r\n" + headers


def _put_away(server: imaplib.IMAP4, uid: bytes) -> None:
    """Move a stored mail to IMAP_TAKEN: in one step where the server can, else copied and then deleted; never deleted uncopied."""
    name, folder = uid.decode("ascii"), _quoted(settings.IMAP_TAKEN)
    if "MOVE" in server.capabilities:
        if server.uid("MOVE", name, folder)[0] == "OK":
            return
        server.create(folder)
        if server.uid("MOVE", name, folder)[0] == "OK":
            return
    if server.uid("COPY", name, folder)[0] != "OK":
        server.create(folder)
        if server.uid("COPY", name, folder)[0] != "OK":
            logger.error("mailbox: there is no folder %s and none can be made: mail stays where it is", folder)
            return
    server.uid("STORE", name, "+FLAGS.SILENT", r"(\Seen \Deleted)")
    # A plain EXPUNGE would also remove what somebody else marked; without UIDPLUS ours stays, marked and passed over.
    if "UIDPLUS" in server.capabilities:
        server.uid("EXPUNGE", name)
