"""Who hears by mail of what waits for them, and what a link in such a mail may decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import ReviewMail, ReviewSettings
from pleo.lib.money import Money


def choose_pace(*, by: Membership, pace: str) -> ReviewMail:
    """Choose for oneself how mails come. Raises NotYours."""
    if not by.can("expenses.review"):
        raise NotYours
    row, _ = ReviewMail.objects.update_or_create(membership=by, defaults={"company_id": by.company_id, "pace": pace})
    return row


@transaction.atomic
def set_mail_limit(*, by: Membership, limit: Money | None, now: datetime) -> ReviewSettings:
    """Set the most that a link decides; None turns links off, those in mails already sent too. Raises NotYours."""
    if not by.can("workflows.manage"):
        raise NotYours
    assert limit is None or limit.currency == by.company.currency, "the limit is in the company's currency"
    before = ReviewSettings.objects.filter(company=by.company_id).values_list("mail_limit", flat=True).first()
    amount = limit.amount if limit else None
    wanted: dict[str, Any] = {"mail_limit": amount}
    row, _ = ReviewSettings.objects.update_or_create(company=by.company, defaults=wanted)
    if before != amount:
        changes = {"amount": [before, amount], "currency": by.company.currency}
        record(company=by.company, verb="review.mail_limit_set", subject=by.company, by=by, changes=changes, now=now)
    return row
