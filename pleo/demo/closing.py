"""Closes months of the demo, as its accountant does once they are exported."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from accounts.models import Role
from bookkeeping.close_period import close_period
from bookkeeping.months import Month
from pleo.demo.found import Founded

# The newest exported month is left for whoever tries it; the first of the closed ones covers everything before it.
NEWEST, OLDEST = -3, -6
REASON = "What is still open comes with the next month."


def close_month(made: Founded, month: date, months: list[date], exported_at: datetime) -> None:
    """Close a month right after its export, when it is one of the few that the demo closes."""
    if month in months[OLDEST:NEWEST]:
        at = exported_at + timedelta(minutes=40)
        close_period(by=made.who(Role.ACCOUNTANT), month=Month(month), reason=REASON, now=at)
