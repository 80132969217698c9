"""The fence of a job: who comes back late keeps nothing, also after a person started it over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from pleo.lib.ids import uuid7
from pleo.lib.work import LeaseLost
from receipts.models import Receipt
from tests.conftest import Cast

NOW = timezone.now()


@pytest.fixture
def job(cast: Cast) -> Receipt:
    made: Receipt = Receipt.objects.create(
        company=cast.company, uploaded_by=cast.carol, source="web", client_key="one", media_type="image/png", size=1,
        sha256="0" * 64, key=str(uuid7()),
    )  # fmt: skip
    return made


def claimed(job: Receipt, now: datetime = NOW) -> Receipt:
    mine = Receipt.claim(job.pk, now=now)
    assert mine is not None
    return mine


def used_up(job: Receipt) -> datetime:
    """Let every try run past its lease, until the sweep gives the job up; return when."""
    now = NOW
    for _ in range(Receipt.MAX_ATTEMPTS):
        claimed(job, now)
        now += Receipt.LEASE + timedelta(seconds=1)
    assert Receipt.claim(job.pk, now=now) is None
    assert job.pk not in Receipt.overdue(now=now, waiting_since=now)
    job.refresh_from_db()
    assert (job.status, job.last_error) == ("unreadable", {"code": "worker_died"})
    return now


def test_one_worker_has_a_job_at_a_time(job: Receipt) -> None:
    claimed(job)
    assert Receipt.claim(job.pk, now=NOW) is None


def test_a_worker_that_lost_its_lease_keeps_nothing(job: Receipt) -> None:
    slow = claimed(job)
    claimed(job, NOW + Receipt.LEASE + timedelta(seconds=1))
    with pytest.raises(LeaseLost), slow.finishing():
        pytest.fail("the effect of a lost lease must not run")
    slow.give_up("too_late")
    slow.put_back("too_late", now=NOW)
    job.refresh_from_db()
    assert (job.status, job.last_error) == ("processing", None)


def test_a_person_may_start_a_failed_job_over_with_all_its_tries(job: Receipt) -> None:
    now = used_up(job)
    assert Receipt.retry(job.pk)
    for _ in range(Receipt.MAX_ATTEMPTS):
        claimed(job, now)
        now += Receipt.LEASE + timedelta(seconds=1)
    assert Receipt.claim(job.pk, now=now) is None


def test_a_worker_of_before_cannot_finish_what_was_started_over(job: Receipt) -> None:
    zombie = claimed(job)
    Receipt.objects.filter(pk=job.pk).update(status="unreadable")
    assert Receipt.retry(job.pk)
    claimed(job)
    with pytest.raises(LeaseLost), zombie.finishing():
        pytest.fail("the first attempt is over")


@pytest.mark.parametrize("still", [{"source": "mail"}, {"client_key": "other"}])
def test_starting_over_asks_whether_the_row_is_still_as_it_was(job: Receipt, still: dict[str, Any]) -> None:
    Receipt.objects.filter(pk=job.pk).update(status="unreadable")
    assert not Receipt.retry(job.pk, **still)


def test_a_job_that_has_not_failed_is_not_started_over(job: Receipt) -> None:
    assert not Receipt.retry(job.pk)


def test_a_passing_fault_waits_longer_each_time_and_then_fails(job: Receipt) -> None:
    now, waits = NOW, []
    for _ in range(Receipt.MAX_ATTEMPTS):
        mine = claimed(job, now)
        mine.put_back("disk_full", now=now)
        job.refresh_from_db()
        if job.status == "received":
            assert job.lease_until is not None
            waits.append(job.lease_until - now)
            assert Receipt.claim(job.pk, now=now) is None
            now = job.lease_until
    assert waits == sorted(waits) and len(set(waits)) == len(waits)
    assert (job.status, job.last_error) == ("unreadable", {"code": "disk_full"})
