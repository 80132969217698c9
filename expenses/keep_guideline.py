"""Write the company's spending guidelines, and publish them. What people have read is kept as a version."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import Guideline
from pleo.lib.errors import WrongState


@transaction.atomic
def keep_guideline(*, by: Membership, text: str) -> Guideline:
    """Keep a draft; the one there is takes the new words. Raises NotYours, WrongState when two begin one at once."""
    if not by.can("policies.manage"):
        raise NotYours
    rows = Guideline.objects.for_company(by.company)
    draft = rows.select_for_update().filter(published_at=None).first()
    if draft is None:
        last = rows.aggregate(last=Max("number"))["last"] or 0
        draft = Guideline(company_id=by.company_id, number=last + 1)
    draft.text, draft.by = text, by
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError as error:
        raise WrongState from error
    return draft


@transaction.atomic
def publish_guideline(*, draft: Guideline, by: Membership, now: datetime) -> Guideline:
    """Let everybody see a draft. Raises NotYours, WrongState when it was published a moment ago."""
    if not by.can("policies.manage"):
        raise NotYours
    rows = Guideline.objects.filter(pk=draft.pk, published_at=None)
    if not rows.update(published_at=now, published_by=by):
        raise WrongState
    draft.refresh_from_db()
    changes = {"version": draft.number}
    record(company=by.company, verb="guideline.published", subject=by.company, by=by, changes=changes, now=now)
    return draft
