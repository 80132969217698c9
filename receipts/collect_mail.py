"""Look where mail lies for us: in the mailbox (IMAP_URL) and in the folder (MAIL_INBOX)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from receipts.collect_folder import collect_folder
from receipts.collect_imap import collect_imap

_LOCK = "collect-mail"
# Longer than a mailbox that answers at the last moment, each time it is tried, may take.
LOCK_SECONDS = 300


def collect_mail(*, now: datetime) -> int:
    """Store every mail that is found and return how many there were. Does nothing while another worker is at it.

    The lock only saves work: two at once would store the same mail, which is one row. It ends by itself when its holder dies.
    """
    if not cache.add(_LOCK, True, LOCK_SECONDS):
        return 0
    try:
        count = collect_folder(now=now) if settings.MAIL_INBOX else 0
        return count + (collect_imap(now=now) if settings.IMAP_URL else 0)
    finally:
        cache.delete(_LOCK)
