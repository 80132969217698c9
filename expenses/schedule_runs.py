"""Propose runs by themselves: each week or month, on a day; somebody still releases each."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import ReimbursementRun, RunInterval, RunSchedule
from expenses.prepare_run import fits, prepare_run
from pleo.lib.errors import DomainError

logger = logging.getLogger(__name__)


@transaction.atomic
def schedule_runs(*, by: Membership, interval: str, method: str, next_on: date, now: datetime) -> RunSchedule | None:
    """Set when runs are proposed; an empty interval ends it. Raises NotYours, MethodUnfit."""
    if not by.can("reimbursements.prepare"):
        raise NotYours
    fits(method, by.company)
    before = RunSchedule.objects.filter(company=by.company).first()
    changes = {"interval": [before.interval if before else None, interval or None]}
    record(company=by.company, verb="run.scheduled", subject=by.company, by=by, changes=changes, now=now)
    if not interval:
        RunSchedule.objects.filter(company=by.company).delete()
        return None
    values = {"interval": interval, "method": method, "next_on": next_on, "by": by}
    return RunSchedule.objects.update_or_create(company=by.company, defaults=values)[0]


def after(day: date, interval: str) -> date:
    """Return the next day of a schedule: a week later, or the same day of the next month, its last day at most."""
    if interval == RunInterval.WEEK:
        return day + timedelta(days=7)
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def propose_due(*, now: datetime) -> list[ReimbursementRun]:
    """Propose what is due and move the schedules on. The day is the run's key: asked again after a crash, it comes once."""
    made = []
    for row in RunSchedule.objects.filter(next_on__lte=now.date() + timedelta(days=1)).select_related(
        "company", "by__company"
    ):
        day = row.company.day_of(now)
        if row.next_on > day:
            continue
        try:
            made.append(
                prepare_run(
                    by=row.by, method=row.method, execution_date=day, now=now,
                    client_key=f"schedule-{row.next_on.isoformat()}",
                )
            )  # fmt: skip
        except DomainError as error:
            logger.info("no run was proposed: company=%s code=%s", row.company_id, error.code)
        moved = row.next_on
        while moved <= day:
            moved = after(moved, row.interval)
        RunSchedule.objects.filter(pk=row.pk, next_on=row.next_on).update(next_on=moved)
    return made
