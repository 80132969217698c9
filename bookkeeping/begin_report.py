"""Begin a report of expenses with their receipts; a worker makes the file."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping import tasks
from bookkeeping.models import PaperReport
from bookkeeping.paper_report import expenses_of
from events.record import record
from pleo.lib import work
from pleo.lib.errors import DomainError

# A report for a folder on the shelf, not a data export.
MOST_DAYS = 400


class PeriodBackwards(DomainError):
    """A period ends after it starts, and is not longer than what one file holds."""

    code = "period_backwards"
    field = "ends"

    def message(self) -> str:
        return gettext("The period must end after it starts, and be no longer than %(days)s days.") % {
            "days": MOST_DAYS
        }


class NothingToReport(DomainError):
    """There is no expense in the period."""

    code = "nothing_to_report"

    def message(self) -> str:
        return gettext("There is no expense in this period.")


def begin_report(
    *, by: Membership, person: Membership | None, starts: date, ends: date, client_key: str, now: datetime
) -> PaperReport:
    """Begin a report of one person's expenses, or of everybody's. The same `client_key` again returns the same report.

    Raises PeriodBackwards, NothingToReport.
    """
    if ends < starts or (ends - starts).days > MOST_DAYS:
        raise PeriodBackwards
    assert person is None or person.company_id == by.company_id, "a person of the same company"
    mine = PaperReport.objects.for_company(by.company).filter(client_key=client_key)
    known: PaperReport | None = mine.first()
    if known:
        return known
    report = PaperReport(
        company=by.company, by=by, person=person, starts=starts, ends=ends, client_key=client_key, created_at=now
    )
    if not expenses_of(report).exists():
        raise NothingToReport
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            label = f"{starts.isoformat()} – {ends.isoformat()}"
            record(company=by.company, verb="paper_report.begun", subject=report, by=by, label=label, now=now)
            work.enqueue(tasks.build_report, report_id=report.pk)
    except IntegrityError:
        # Pressed twice: the other press began it a moment ago.
        known = mine.first()
        if known is None:
            raise
        return known
    return report
