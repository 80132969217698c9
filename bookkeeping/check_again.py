"""Check the books because somebody asked: by a worker, rule by rule, with its progress kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from bookkeeping import tasks
from bookkeeping.invariants import CHECKS, in_short, keep
from bookkeeping.models import CheckRun, CheckStatus
from pleo.lib import work
from pleo.lib.work import LeaseLost

OPEN = (CheckStatus.WAITING, CheckStatus.RUNNING)


def check_again(*, by: Membership, now: datetime) -> CheckRun:
    """Begin a check of everything, stored files too; the one that is under way when there is one."""
    try:
        with transaction.atomic():
            run: CheckRun = CheckRun.objects.create(company=by.company, by=by, created_at=now)
            work.enqueue(tasks.run_check, run_id=run.pk)
            return run
    except IntegrityError:
        known: CheckRun | None = CheckRun.objects.for_company(by.company).filter(status__in=OPEN).first()
        if known is None:
            raise
        return known


def run_check(*, run_id: UUID, now: datetime) -> CheckRun | None:
    """Do a check to its end; None when another worker has it."""
    run = CheckRun.claim(run_id, now=now)
    if run is None:
        return None
    findings = []
    try:
        for number, check in enumerate(CHECKS, 1):
            findings.append(check(run.company))
            _advance(run, number)
        wrong = in_short(findings)
        with transaction.atomic():
            keep(company=run.company, wrong=wrong, now=now)
            CheckRun.objects.filter(pk=run.pk).update(findings=wrong, checked_at=now)
            with run.finishing():
                pass
    except LeaseLost:
        return None
    except Exception:
        run.put_back("check_interrupted", now=timezone.now())
        raise
    run.refresh_from_db()
    return run


def _advance(run: CheckRun, done: int) -> None:
    mine = CheckRun.objects.filter(pk=run.pk, status=CheckStatus.RUNNING, attempts=run.attempts)
    if not mine.update(progress_done=done, lease_until=timezone.now() + CheckRun.LEASE):
        raise LeaseLost(run.pk)
