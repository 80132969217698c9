"""Tell admins what will be erased, 30 days before."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count

from accounts.models import Company, Membership
from accounts.permissions import ADMINS
from bookkeeping.kept import Keeping, kept, near, period_of
from bookkeeping.models import BookSettings, RetentionNotice
from bookkeeping.retention_lock import lock_retention
from events.models import Actor
from events.notify import notify
from events.record import record

AHEAD = timedelta(days=30)


def tell_due(*, settings: BookSettings, now: datetime) -> int:
    """Tell a company's admins, once for each day on which receipts come due within 30 days; returns how many days are new.

    What comes due on a day they know of already, because it was sent late, is not told again.
    """
    company, period = settings.company, period_of(settings)
    upto = period.last_due(company.day_of(now) + AHEAD)
    known = set(RetentionNotice.objects.for_company(company).values_list("due_on", flat=True))
    rows = kept(company).filter(near(company, upto), erased_at=None, base_day__lte=upto, keeping=Keeping.DUE)
    counts: Counter[date] = Counter()
    for day, count in rows.order_by().values_list("base_day").annotate(count=Count("pk")):
        counts[period.due_on(day)] += count
    new = {day: count for day, count in counts.items() if day not in known}
    for due_on, count in sorted(new.items()):
        _tell(company, due_on, count, now)
    return len(new)


@transaction.atomic
def _tell(company: Company, due_on: date, count: int, now: datetime) -> None:
    lock_retention(company)
    if RetentionNotice.objects.for_company(company).filter(due_on=due_on).exists():
        return
    notice = RetentionNotice.objects.create(company=company, due_on=due_on, count=count, told_at=now)
    first = max(due_on, company.day_of(now + AHEAD))
    event = record(
        company=company, verb="retention.due", subject=notice, label=company.name, actor=Actor.SYSTEM, now=now,
        changes={"count": count, "day": first.isoformat(), "due_on": due_on.isoformat()},
    )  # fmt: skip
    notify(event=event, memberships=Membership.objects.for_company(company).active().filter(role__in=ADMINS))
