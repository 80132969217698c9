"""Remove mail that was kept long enough: what belongs to nobody wholly, of the rest only the mail itself, never a receipt."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage

from pleo.lib import files
from receipts.models import InboundMail, MailStatus

_AT_ONCE = 500
# A mail that nobody could open stays this much longer, for somebody to look at it.
FAILED_TIMES = 3


def forget_mail(*, now: datetime) -> int:
    """Remove what is older than MAIL_KEEP_DAYS; returns how many mails. Repeating, and stopping half-way, is safe.

    The file goes first: a row without its file is found again by the next run, a file without a row would be nobody's.
    """
    old = now - timedelta(days=settings.MAIL_KEEP_DAYS)
    done = InboundMail.objects.filter(received_at__lt=old, status=MailStatus.TAKEN).exclude(key="")
    count = sum(_forget(mail) for mail in done.order_by("received_at")[:_AT_ONCE])
    older = now - timedelta(days=settings.MAIL_KEEP_DAYS * FAILED_TIMES)
    failed = InboundMail.objects.filter(received_at__lt=older, status=MailStatus.FAILED).exclude(key="")
    return count + sum(_forget(mail) for mail in failed.order_by("received_at")[:_AT_ONCE])


def _forget(mail: InboundMail) -> bool:
    files.delete(mail.key)
    if mail.company_id is None:
        mail.delete()
    else:
        InboundMail.objects.filter(pk=mail.pk).update(key="")
    return True


def forget_rowless(*, now: datetime) -> int:
    """Remove stored mail whose row was never written, because the process died between the two; returns how many files."""
    count = 0
    for month in _listed("mail")[0]:
        names = [name for name in _listed(f"mail/{month}")[1] if _is_uuid(name)]
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            known = {str(pk) for pk in InboundMail.objects.filter(pk__in=some).values_list("pk", flat=True)}
            for name in some:
                key = f"mail/{month}/{name}"
                if name not in known and now - default_storage.get_modified_time(key) > timedelta(days=2):
                    files.delete(key)
                    count += 1
    return count


def _listed(folder: str) -> tuple[list[str], list[str]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return default_storage.listdir(folder)
    return [], []


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
