"""Look where mail lies for us: in the mailbox (IMAP_URL) and in the folder (MAIL_INBOX)."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings

from receipts.collect_folder import collect_folder
from receipts.collect_imap import collect_imap

logger = logging.getLogger(__name__)


def collect_mail(*, now: datetime) -> int:
    """Store every mail that is found and return how many there were. A door that does not answer does not keep the other shut."""
    count = 0
    if settings.MAIL_INBOX:
        count += collect_folder(now=now)
    if settings.IMAP_URL:
        count += collect_imap(now=now)
    return count
