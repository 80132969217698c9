"""The mail that carries an invitation's link."""

from __future__ import annotations

import logging
from datetime import datetime
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Invitation
from pleo.lib import format
from pleo.lib.mail import Mail, send_mail

logger = logging.getLogger(__name__)
WAITING = Q(sent_at=None, accepted_at=None, withdrawn_at=None)


def send_invitation(*, invitation_id: str, now: datetime) -> bool:
    """Send an invitation that was not sent yet and is still open. Says whether it went out.

    Marked after sending: a crash between the two sends the same link twice, which is better than never.
    """
    waiting = Invitation.objects.filter(WAITING, pk=invitation_id, expires_at__gt=now)
    invitation = waiting.select_related("membership", "company").first()
    if invitation is None:
        return False
    try:
        with translation.override(settings.LANGUAGE_CODE), format.region(invitation.company.region):
            send_mail(_words(invitation), to=invitation.email)
    except (OSError, SMTPException) as error:
        logger.warning("invitation mail waits for the sweep: id=%s error=%s", invitation_id, error)
        return False
    waiting.update(sent_at=now)
    return True


def unsent(*, before: datetime) -> list[UUID]:
    """Return invitations whose mail should be out by now."""
    rows = Invitation.objects.filter(WAITING, created_at__lte=before, expires_at__gt=before)
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:200])


def _words(invitation: Invitation) -> Mail:
    names = {"company": invitation.company.name, "name": invitation.membership.first_name}
    return Mail(
        subject=gettext("%(company)s invites you to Pleo") % names,
        text=gettext(
            "Hello %(name)s. %(company)s uses Pleo for company cards and receipts, and has set up your account. "
            "Choose a password and you are in."
        )
        % names,
        action=gettext("Accept the invitation"),
        path=reverse("invitation", args=[invitation.secret]),
        note=gettext("The link works once, until %(day)s.")
        % {"day": format.day(invitation.expires_at.astimezone(invitation.company.zone))},
    )
