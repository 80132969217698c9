"""Close the past: up to a day no claim is accepted, or nothing of an expense is changed; and open it again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Company, Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import PeriodLock
from pleo.lib import format
from pleo.lib.errors import DomainError, WrongState


class PeriodLocked(DomainError):
    """The day lies in a period that finance closed."""

    code = "period_locked"
    status = 409
    field = "date"

    def message(self) -> str:
        params = {"upto": format.day(self.params["upto"]), "day": format.day(self.params["day"])}
        return gettext("Everything up to %(upto)s is closed, and this is from %(day)s. Ask finance.") % params


class DayNotOver(DomainError):
    """What is still going on is not closed."""

    code = "lock_day_not_over"
    field = "upto"

    def message(self) -> str:
        return gettext("Only days that are over can be closed.")


@transaction.atomic
def lock_period(*, by: Membership, kind: str, upto: date, now: datetime) -> PeriodLock:
    """Close a kind up to and with a day; it takes the place of the lock there was. Raises NotYours, DayNotOver, WrongState."""
    if not by.can("periods.lock"):
        raise NotYours
    if upto >= by.company.day_of(now):
        raise DayNotOver
    before = live_lock(by.company, kind)
    if before is not None:
        _lift(before, by, now)
    row = PeriodLock.objects.create(company_id=by.company_id, kind=kind, upto=upto, by=by)
    changes = {"upto": [before.upto.isoformat() if before else None, upto.isoformat()], "kind": kind}
    record(company=by.company, verb="period.locked", subject=by.company, by=by, changes=changes, now=now)
    return row


@transaction.atomic
def open_period(*, lock: PeriodLock, by: Membership, now: datetime) -> PeriodLock:
    """Open what was closed. Raises NotYours, WrongState."""
    if not by.can("periods.lock"):
        raise NotYours
    _lift(lock, by, now)
    changes = {"upto": [lock.upto.isoformat(), None], "kind": lock.kind}
    record(company=by.company, verb="period.opened", subject=by.company, by=by, changes=changes, now=now)
    return lock


def _lift(lock: PeriodLock, by: Membership, now: datetime) -> None:
    if not PeriodLock.objects.filter(pk=lock.pk, lifted_at=None).update(lifted_at=now, lifted_by=by):
        raise WrongState


def live_lock(company: Company, kind: str) -> PeriodLock | None:
    """Return the lock of a kind that is in force."""
    found: PeriodLock | None = PeriodLock.objects.for_company(company).filter(kind=kind, lifted_at=None).first()
    return found


def first_open_moment(company: Company, kind: str) -> datetime | None:
    """Return the first moment after what is closed, for what runs by itself and leaves closed periods alone."""
    lock = live_lock(company, kind)
    return datetime.combine(lock.upto + timedelta(days=1), time.min, tzinfo=company.zone) if lock else None


def refuse_locked(*, company: Company, kind: str, day: date, by: Membership | None) -> PeriodLock | None:
    """Raise PeriodLocked for a day in a closed period; who may override gets the lock back, to be written down."""
    return locked_by(live_lock(company, kind), day=day, by=by)


def locked_by(lock: PeriodLock | None, *, day: date, by: Membership | None) -> PeriodLock | None:
    """Say the same of a lock that is at hand, for who asks about many days."""
    if lock is None or day > lock.upto:
        return None
    if by is not None and by.can("periods.override"):
        return lock
    raise PeriodLocked(upto=lock.upto, day=day)


def note_override(lock: PeriodLock | None, *, subject: object, by: Membership, now: datetime) -> None:
    """Write down that somebody acted in a closed period, because they may."""
    if lock is None:
        return
    changes = {"upto": lock.upto.isoformat(), "kind": lock.kind}
    record(company=by.company, verb="period.overridden", subject=subject, by=by, changes=changes, now=now)  # type: ignore[arg-type]
