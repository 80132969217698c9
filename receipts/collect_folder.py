"""Mail in a folder: a maildir, or plain .eml files that somebody drops. Each is moved to `cur/` once it is stored."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from pleo.lib.storage_down import StorageDown
from receipts.models import MailDoor
from receipts.receive_mail import MailEmpty, MailTooLarge, receive_mail

logger = logging.getLogger(__name__)
# A file that was written to a moment ago may not be whole. In `new/` of a maildir files appear whole.
SETTLED_SECONDS = 2.0
AT_ONCE = 200


def collect_folder(*, now: datetime) -> int:
    """Store the mail that lies in MAIL_INBOX and return how many there was. One that cannot be stored stays for the next time.

    A mail that is too large, or empty, is moved to `refused/`: it will be no smaller next time.
    """
    folder = Path(settings.MAIL_INBOX)
    for name in ("new", "cur", "tmp", "refused"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    for path in _waiting(folder, now):
        try:
            if path.stat().st_size > settings.MAIL_MAX_BYTES:
                raise MailTooLarge
            receive_mail(raw=path.read_bytes(), door=MailDoor.FOLDER, now=now)
            _move(path, folder / "cur")
            count += 1
        except (MailTooLarge, MailEmpty) as error:
            logger.warning("mail in the folder refused: file=%s code=%s", path.name, error.code)
            _move(path, folder / "refused")
        except FileNotFoundError:
            continue  # Another worker took it.
        except (OSError, StorageDown) as error:
            logger.error("mail in the folder waits: file=%s error=%s", path.name, error)
    return count


def _waiting(folder: Path, now: datetime) -> Iterator[Path]:
    loose = (path for path in folder.glob("*.eml") if now.timestamp() - path.stat().st_mtime > SETTLED_SECONDS)
    found = [*sorted((folder / "new").iterdir()), *sorted(loose)]
    yield from (path for path in found[:AT_ONCE] if path.is_file() and not path.is_symlink() and path.name[:1] != ".")


def _move(path: Path, to: Path) -> None:
    """Put a file away without ever replacing another of that name."""
    place = to / path.name
    number = 1
    while place.exists():
        number += 1
        place = to / f"{path.stem}-{number}{path.suffix}"
    os.replace(path, place)
