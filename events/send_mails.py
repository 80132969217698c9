"""Notifications by e-mail."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation

from events.describe import describe
from events.mails import words_for
from events.models import Channel, Notification
from pleo.lib import format
from pleo.lib.mail import send_mail

logger = logging.getLogger(__name__)
# The bell rings at once; the sweep leaves young ones to it. After three days a notice is no news.
YOUNG, OLD = timedelta(minutes=1), timedelta(days=3)


def send_mails_of(*, event_id: Any, now: datetime) -> int:
    """Send every unsent mail of an event; return how many went out."""
    return _send(_unsent().filter(event_id=event_id), now=now)


def sweep(*, now: datetime, most: int = 200) -> int:
    """Send what the bell missed or the mail server refused."""
    return _send(
        _unsent().filter(created_at__lte=now - YOUNG, created_at__gte=now - OLD).order_by("id")[:most], now=now
    )


def _unsent() -> QuerySet[Notification]:
    rows = Notification.objects.filter(channel=Channel.EMAIL, sent_at=None, membership__user__is_active=True)
    return rows.select_related("event__company", "membership__user", "company")


def _send(rows: QuerySet[Notification], *, now: datetime) -> int:
    """Send one by one and mark each after it went out: a crash between the two sends a mail twice, never not at all."""
    sent = 0
    for notification in rows:
        try:
            _send_one(notification)
        except (OSError, SMTPException) as error:
            logger.warning("mail waits for the sweep: notification=%s error=%s", notification.pk, error)
            continue
        Notification.objects.filter(pk=notification.pk).update(sent_at=now)
        sent += 1
    return sent


def _send_one(notification: Notification) -> None:
    user, company = notification.membership.user, notification.company
    assert user is not None, "only people with an account are mailed"
    language = user.language or settings.LANGUAGE_CODE
    with translation.override(language), format.region(user.region or company.region), timezone.override(company.zone):
        [described] = describe([notification.event], notification.membership)
        send_mail(words_for(described, notification.membership), to=user.email)
