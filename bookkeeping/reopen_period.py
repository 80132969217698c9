"""Open the newest closed month again, with a reason. What was dated to a later month meanwhile stays there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.models import BookSettings, PeriodClose
from events.record import record
from expenses.errors import NotYours
from pleo.lib.errors import DomainError, WrongState


class ReopenNeedsReason(DomainError):
    """Whoever reads the history asks why."""

    code = "reopen_needs_reason"
    field = "reason"

    def message(self) -> str:
        return gettext("Write why it is opened again, in a few words.")


class NotTheNewest(DomainError):
    """A month between closed ones cannot be open: vouchers would be dated before what is closed."""

    code = "not_the_newest"
    status = 409

    def message(self) -> str:
        return gettext("A later month is closed. Open that one first.")


@transaction.atomic
def reopen_period(*, closing: PeriodClose, by: Membership, reason: str, now: datetime) -> PeriodClose:
    """Open a month again. Claims and changes that were locked with it stay locked: they are opened among the closed periods.

    Raises NotYours, ReopenNeedsReason, NotTheNewest, WrongState.
    """
    if not by.can("periods.lock"):
        raise NotYours
    why = " ".join(reason.split())[:500]
    if not why:
        raise ReopenNeedsReason
    BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    live = PeriodClose.objects.for_company(by.company).live()
    if live.filter(upto__gt=closing.upto).exists():
        raise NotTheNewest
    fields = {"reopened_at": now, "reopened_by": by, "reopened_reason": why}
    if not live.filter(pk=closing.pk).update(**fields):
        raise WrongState
    closing.refresh_from_db()
    changes = {"month": str(closing), "upto": closing.upto.isoformat(), "reason": why}
    record(
        company=by.company, verb="month.reopened", subject=closing, label=str(closing), by=by, changes=changes, now=now
    )
    return closing
