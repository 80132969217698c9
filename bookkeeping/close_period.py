"""Close a month: from then on no voucher is dated in it or before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping import close_points
from bookkeeping.models import BookSettings, Export, ExportStatus, PeriodClose
from bookkeeping.months import Month, closed_upto, last_over
from bookkeeping.release import release_failed
from events.record import record
from expenses.errors import NotYours
from expenses.lock_period import live_lock, lock_period
from expenses.models import LockKind
from pleo.lib import format
from pleo.lib.errors import DomainError


class MonthNotOver(DomainError):
    """What is still going on is not closed."""

    code = "month_not_over"
    field = "month"

    def message(self) -> str:
        return gettext("Only months that are over can be closed.")


class AlreadyClosed(DomainError):
    """Somebody was first, or a later month is closed."""

    code = "month_closed"
    status = 409
    field = "month"

    def message(self) -> str:
        return gettext("The books are closed up to %(upto)s already.") % {"upto": format.day(self.params["upto"])}


class CloseNeedsReason(DomainError):
    """With something open, the month is closed on purpose or not at all."""

    code = "close_needs_reason"
    field = "reason"

    def message(self) -> str:
        return gettext("Something is still open. Write why you close it anyway, in a few words.")


class ExportUnderWay(DomainError):
    """A batch that is being made may date vouchers in the month."""

    code = "export_under_way"
    status = 409

    def message(self) -> str:
        return gettext("Export #%(number)s is being made. Close the month when it is ready.") % self.params


# What can be closed together with the books: no new claims, no changes of expenses.
ALSO = (LockKind.CLAIMS, LockKind.EDITS)


@transaction.atomic
def close_period(
    *, by: Membership, month: Month, now: datetime, reason: str = "", also: tuple[str, ...] = ()
) -> PeriodClose:
    """Close a month, and whatever before it is still open. Late items are booked on the first open day from then on.

    `also` names kinds of `expenses.lock_period` to lock up to the same day; a lock that reaches further stays. The checklist
    is taken again here and kept with the closing. Raises NotYours, MonthNotOver, AlreadyClosed, ExportUnderWay,
    CloseNeedsReason.
    """
    if not by.can("periods.lock"):
        raise NotYours
    if month > last_over(by.company, now):
        raise MonthNotOver
    # Exports begin under the same lock: none can start to date its vouchers while the month is being closed.
    BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    upto = closed_upto(by.company)
    if upto and month.last <= upto:
        raise AlreadyClosed(upto=upto)
    _refuse_running(by, month)
    release_failed(company=by.company, by=by, now=now)
    points, why = close_points.in_short(close_points.points(by, month)), " ".join(reason.split())[:500]
    if points and not why:
        raise CloseNeedsReason
    row: PeriodClose = PeriodClose.objects.create(
        company=by.company, month=month.first, upto=month.last, by=by, reason=why, points=points,
        open_count=sum(count for count, _ in points.values()), created_at=now,
    )  # fmt: skip
    for kind in ALSO:
        if kind in also:
            _lock(by, kind, month, now)
    changes: dict[str, Any] = {
        "month": month.key,
        "upto": month.last.isoformat(),
        "open": row.open_count,
        "reason": why,
    }
    record(company=by.company, verb="month.closed", subject=row, label=month.key, by=by, changes=changes, now=now)
    return row


def _refuse_running(by: Membership, month: Month) -> None:
    open_states = (ExportStatus.WAITING, ExportStatus.RUNNING)
    running = Export.objects.for_company(by.company).filter(
        status__in=open_states, items__book_item__booked_date__lte=month.last
    )
    found = running.order_by("number").first()
    if found:
        raise ExportUnderWay(number=found.number)


def _lock(by: Membership, kind: str, month: Month, now: datetime) -> None:
    before = live_lock(by.company, kind)
    if before is None or before.upto < month.last:
        lock_period(by=by, kind=kind, upto=month.last, now=now)
