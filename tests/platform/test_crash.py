"""The worker is killed, the broker forgets everything: every receipt is read in the end, and none twice.

Real processes: a Celery worker, a broker of its own, the product's own tasks. Only the clock is helped: where the sweep would wait
for a lease or for half a minute to pass, the test moves the row's time instead.
"""

from __future__ import annotations

import os
import signal

import pytest

from tests.installation import Installation, wait_until

pytestmark = [pytest.mark.redis, pytest.mark.slow]
RECEIPTS = 50
MAKE = """
import io
from django.core.files.base import File
from django.utils import timezone
from PIL import Image, ImageDraw
from accounts.create_company import create_company
from accounts.models import Role, User
from receipts.ingest import ingest

now = timezone.now()
owner = User.objects.create_user("alice@example.com", "correct horse battery", name="Alice")
company = create_company(name="Havblik", country="DK", owner=owner, now=now)
alice = company.memberships.get(role=Role.OWNER)
for number in range(%d):
    picture = Image.new("RGB", (300, 400), "white")
    ImageDraw.Draw(picture).text((20, 20), f"Kiosk {number}\\nTotal DKK {number}.00", fill="black")
    data = io.BytesIO()
    picture.save(data, "PNG")
    data.seek(0)
    ingest(by=alice, file=File(data, name=f"kiosk-{number}.png"), source="web", client_key=f"crash-{number}", now=now)
result = company.pk
"""
WORKER = ("celery", "-A", "pleo", "worker", "-Q", "receipts,default", "-c", "2", "--without-gossip", "--without-mingle")
SWEEP = "from receipts.tasks import sweep_receipts; sweep_receipts.delay(); result = 1"


def in_state(installation: Installation, status: str) -> int:
    return int(installation.rows(f"SELECT count(*) FROM receipts_receipt WHERE status = '{status}'")[0][0])


def pass_time(installation: Installation) -> None:
    """Five minutes later: leases have run out, and what waits has waited long enough for the sweep."""
    past = "2026-01-01 00:00:00+00:00"
    installation.script(
        f"""
        from receipts.models import Receipt
        open_ones = Receipt.objects.exclude(status__in=["ready", "unreadable"])
        open_ones.update(created_at="{past}")
        result = open_ones.filter(lease_until__isnull=False).update(lease_until="{past}")
        """
    )


def assert_each_was_read_once(installation: Installation) -> None:
    assert in_state(installation, "ready") == RECEIPTS
    for table in ("receipts_reading", "receipts_page"):
        counted = installation.rows(f"SELECT receipt_id, count(*) FROM {table} GROUP BY receipt_id")
        assert [count for _, count in counted] == [1] * RECEIPTS, table
    told = installation.rows(
        "SELECT subject_id, count(*) FROM events_event WHERE verb = 'receipt.ready' GROUP BY subject_id"
    )
    assert [count for _, count in told] == [1] * RECEIPTS


def all_ready(installation: Installation) -> bool:
    return in_state(installation, "ready") == RECEIPTS


@pytest.fixture
def waiting(installation: Installation) -> Installation:
    """Fifty receipts have been sent; nobody reads them yet. Reading text is left out: it is the jobs that are tested."""
    installation.env["RECEIPT_ENGINE"] = "none"
    installation.script(MAKE % RECEIPTS)
    assert in_state(installation, "received") == RECEIPTS
    return installation


def test_a_killed_worker_loses_nothing_and_reads_nothing_twice(waiting: Installation):
    worker = waiting.start("worker", *WORKER)
    wait_until(lambda: in_state(waiting, "ready") >= 12, "some receipts are ready", seconds=60)
    os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    done = in_state(waiting, "ready")
    assert done < RECEIPTS, "the worker was killed in the middle"

    waiting.start("worker-again", *WORKER)
    pass_time(waiting)
    waiting.script(SWEEP)
    wait_until(lambda: all_ready(waiting), "all receipts are ready", seconds=90)
    assert_each_was_read_once(waiting)


def test_a_broker_that_forgets_everything_loses_nothing(waiting: Installation):
    import redis

    waiting.start("worker", *WORKER)
    wait_until(lambda: in_state(waiting, "ready") >= 12, "some receipts are ready", seconds=60)
    redis.Redis.from_url(waiting.env["REDIS_URL"]).flushall()
    wait_until(lambda: in_state(waiting, "processing") == 0, "the worker has nothing left to do", seconds=30)
    assert in_state(waiting, "received") > 0, "the broker forgot some"

    pass_time(waiting)
    waiting.script(SWEEP)
    wait_until(lambda: all_ready(waiting), "all receipts are ready", seconds=90)
    assert_each_was_read_once(waiting)


def test_a_sweep_rings_for_nothing_that_is_being_read(waiting: Installation):
    """Twenty sweeps at once while two processes read: the claim lets each receipt through one door only."""
    waiting.start("worker", *WORKER)
    waiting.script(
        """
        from receipts.models import Receipt
        from receipts.tasks import process
        for _ in range(3):
            for pk in Receipt.objects.values_list("pk", flat=True):
                process.delay(receipt_id=str(pk))
        result = 1
        """
    )
    wait_until(lambda: all_ready(waiting), "all receipts are ready", seconds=90)
    assert_each_was_read_once(waiting)
