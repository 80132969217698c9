"""Two hundred receipts at once, the broker emptied and the worker killed meanwhile: each ends, none is lost, none comes twice."""

from __future__ import annotations

import io
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from PIL import Image

from pleo.processes import Child
from tests.installation import Installation

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.s3, pytest.mark.slow]

PEOPLE = """
    from django.test import Client
    from django.conf import settings
    from accounts.create_company import create_company
    from accounts.create_token import create_token
    from accounts.models import Membership, User
    owner = User.objects.create_user("owner@rush.example", None, name="Owner")
    company = create_company(
        owner=owner, name="Rush", slug="rush", country="DK", currency="DKK", time_zone="Europe/Copenhagen", region="DK"
    )
    boss = company.memberships.get()
    result = []
    for number in range(%d):
        user = User.objects.create_user(f"p{number}@rush.example", None, name=f"P {number}")
        person = Membership.objects.create(company=company, user=user, name=user.name, email=user.email, role="employee", status="active")
        result.append(create_token(membership=person, name="t", scopes=["receipts.upload"], by=boss).secret)
"""

SEND = """
    import json, sys
    from concurrent.futures import ThreadPoolExecutor
    from io import BytesIO
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import connections
    from django.test import Client
    from PIL import Image
    tokens, each = %r, %d
    def picture(number):
        target = BytesIO()
        Image.new("RGB", (200, 300), (number %% 256, number // 256, 7)).save(target, "PNG")
        return target.getvalue()
    def send(job):
        place, number = job
        name = f"{place}-{number}"
        for _ in range(2):  # Everybody's phone sends everything twice.
            answer = Client().post("/api/v1/receipts", {"file": SimpleUploadedFile(name + ".png", picture(place * 100 + number))},
                headers={"Authorization": f"Bearer {tokens[place]}", "Idempotency-Key": name})
        connections.close_all()
        return answer.status_code
    with ThreadPoolExecutor(20) as pool:
        result = list(pool.map(send, [(place, number) for number in range(each) for place in range(len(tokens))]))
"""


def worker(installation: Installation, name: str) -> Child:
    """Start a worker for receipts, as the product does."""
    return installation.start(
        name, "celery", "-A", "pleo", "worker", "-Q", "receipts,default", "-c", "2", "--without-gossip", "--without-mingle",
        RECEIPT_ENGINE="none",
    )  # fmt: skip


def rush(installation: Installation, *, people: int, each: int, patience: float) -> None:
    """Let everybody send at once, take the worker and the broker's memory away meanwhile, and wait for the end."""
    # One process sends for everybody with twenty threads, where the product's have four each: with fewer connections they wait for one.
    installation.env["DATABASE_POOL"] = "24"
    tokens = installation.script(PEOPLE % people)
    first = worker(installation, "worker-1")
    broker: Any = redis.Redis.from_url(installation.env["REDIS_URL"])
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(installation.script, SEND % (tokens, each))
        began = time.monotonic()
        deadline = began + patience
        while not installation.rows("SELECT 1 FROM receipts_receipt WHERE status <> 'received' LIMIT 1"):
            assert time.monotonic() < deadline, first.tail(40)
            time.sleep(0.2)
        first.process.send_signal(signal.SIGKILL)
        first.kill_group()
        broker.flushall()
        answers = sending.result()
        broker.flushall()
    assert set(answers) == {201}
    # Leases of killed workers run out by themselves after minutes; nobody needs to wait for that here.
    installation.script("""
        from receipts.models import Receipt
        from django.utils import timezone
        result = Receipt.objects.filter(status="processing").update(lease_until=timezone.now())
    """)
    worker(installation, "worker-2")
    # The clock's sweep finds what no bell rings for any more.
    schedule = str(installation.folder / "schedule")
    installation.start("beat", "celery", "-A", "pleo", "beat", "--pidfile", "", "--schedule", schedule)
    while open_rows(installation):
        assert time.monotonic() < deadline, open_rows(installation)
        time.sleep(1)
    print(f"{people * each} receipts of {people} people ended after {time.monotonic() - began:.0f} s")
    check(installation, people * each)


def open_rows(installation: Installation) -> list[tuple[Any, ...]]:
    return installation.rows(
        "SELECT status, count(*) FROM receipts_receipt WHERE status IN ('received', 'processing') GROUP BY status"
    )


def check(installation: Installation, count: int) -> None:
    """Every receipt is there once, ended well, with its pages and its original as it was sent."""
    assert installation.rows("SELECT status, count(*) FROM receipts_receipt GROUP BY status") == [("ready", count)]
    assert installation.rows("SELECT count(*), count(DISTINCT sha256) FROM receipts_receipt") == [(count, count)]
    assert installation.rows("SELECT count(*) FROM receipts_page") == [(count,)]
    assert installation.rows("SELECT count(*) FROM events_event WHERE verb = 'receipt.received'") == [(count,)]
    assert installation.rows("SELECT count(*) FROM events_event WHERE verb = 'receipt.ready'") == [(count,)]
    wrong = installation.script("""
        from pleo.lib import files
        from receipts.models import Receipt
        result = []
        for receipt in Receipt.objects.all():
            with files.read(receipt.key) as stored:
                if files.sha256(stored) != receipt.sha256:
                    result.append(str(receipt.pk))
    """)
    assert wrong == []


@pytest.mark.long
def test_a_rush_of_twenty_four(installation: Installation) -> None:
    rush(installation, people=6, each=4, patience=600)


@pytest.mark.long
def test_a_rush_of_two_hundred(installation: Installation) -> None:
    rush(installation, people=20, each=10, patience=1500)


def test_the_pictures_of_the_rush_differ() -> None:
    """Else counting contents would count nothing."""
    made = set()
    for number in (0, 1, 256):
        target = io.BytesIO()
        Image.new("RGB", (200, 300), (number % 256, number // 256, 7)).save(target, "PNG")
        made.add(target.getvalue())
    assert len(made) == 3
