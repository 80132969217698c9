"""Open a mail once more: because a person asked, or because its sender is known now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.models import Membership
from events.record import record
from pleo.lib import work
from pleo.lib.errors import WrongState
from receipts import tasks
from receipts.models import InboundMail, MailOutcome

# Outcomes that may be others when the mail is opened again; its receipts have keys of their own, so that nothing comes twice.
AGAIN = frozenset(MailOutcome.values) - {MailOutcome.RECEIPTS, MailOutcome.REPEATED, MailOutcome.AUTOMATIC}


@transaction.atomic
def retake_mail(*, mail: InboundMail, by: Membership, now: datetime) -> InboundMail:
    """Put a mail back in line that failed or brought nothing. Raises WrongState when it cannot be opened again (any more)."""
    if not _put_back(mail):
        raise WrongState
    record(company=by.company, verb="mail.retried", subject=mail, by=by, now=now)
    mail.refresh_from_db()
    return mail


def retake_mail_of(*, sender: str) -> int:
    """Open the mail of a sender again that was not known until now; returns how many there are."""
    waiting = InboundMail.objects.filter(sender=sender, company=None, outcome=MailOutcome.STRANGER).exclude(key="")
    return sum(_put_back(mail) for mail in waiting.order_by("received_at")[:200])


def may_retake(mail: InboundMail) -> bool:
    """Say whether opening a mail again can change anything."""
    return bool(mail.key) and (mail.status == "failed" or mail.outcome in AGAIN)


def _put_back(mail: InboundMail) -> bool:
    rows = InboundMail.objects.filter(pk=mail.pk).exclude(key="")
    done = rows.filter(status="taken", outcome__in=AGAIN) | rows.filter(status="failed")
    changed = done.update(status="received", outcome="", counted_from=F("attempts"), lease_until=None, last_error=None)
    if changed:
        work.enqueue(tasks.take_mail, mail_id=mail.pk)
    return bool(changed)
