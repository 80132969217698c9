"""Ten thousand random lives through real processes, the worker killed five times: nothing lost, nothing twice.

Real processes: the issuers' doors, a Celery worker that is killed with -9 in the middle of its work, a clock, a broker. Everything is
sent duplicated, delayed and shuffled by the command that people use. Run by `make test-long`.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from typing import Any

import pytest

from pleo.processes import Child, answers, free_port
from pleo.run import granian
from tests.installation import Installation, wait_until

LIVES, KILLS = int(os.environ.get("SOAK_LIVES", "10000")), 5
WORKER = ("celery", "-A", "pleo", "worker", "-Q", "default,exports", "-c", "3", "--without-gossip", "--without-mingle")
MAKE = """
from datetime import date
from django.utils import timezone
from accounts.create_company import create_company
from accounts.models import Role, User
from cards.issue import issue
from pleo.lib.money import Money
from wallet.models import LedgerAccount
from wallet.top_up import receive_top_up

now = timezone.now()
owner = User.objects.create_user("alice@example.com", "correct horse battery", name="Alice")
company = create_company(name="Havblik", country="DK", owner=owner, now=now, slug="havblik")
alice = company.memberships.get(role=Role.OWNER)
for number in range(40):
    issue(cardholder=alice, name=f"Card {number}", by=None)
receive_top_up(account=LedgerAccount.objects.wallet_of(company), bank_line="first", amount=Money(%d, "DKK"),
               value_date=date(2026, 11, 1), now=now)
result = str(company.pk)
"""


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.redis
def test_ten_thousand_lives_and_a_worker_killed_five_times(installation: Installation) -> None:
    # Too little for everything, so that the last money is fought for.
    installation.script(MAKE % (LIVES * 6_000))
    port = free_port()
    installation.env |= {
        "ISSUER_URL": f"http://127.0.0.1:{port}",
        "DECISION_SECONDS": "0",
        "BASE_URL": "http://localhost",
    }
    installation.start("issuer", *granian("127.0.0.1", port, workers=2)[2:], PLEO_URLCONF="pleo.urls_issuer")
    wait_until(lambda: answers(port), "the doors answer", seconds=60)
    installation.start("beat", "celery", "-A", "pleo", "beat", "--pidfile", "")
    worker = installation.start("worker-0", *WORKER)
    began = time.monotonic()
    command = [sys.executable, "manage.py", "simulate", "--soak", str(LIVES), "--seed", "7", "--on", "havblik"]
    sender = Child("soak", command, log=installation.folder / "log" / "soak.log", env=installation.env, cwd=os.getcwd())
    installation.children.append(sender)
    # Of a life come about 1.4 messages: the last worker dies with a part of them still to take in.
    for number in range(1, KILLS + 1):
        until(installation, sender, LIVES * number // (KILLS + 1))
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        worker = installation.start(f"worker-{number}", *WORKER)
    wait_until(lambda: sender.code is not None, "everything is taken in", seconds=5_000)
    said = sender.tail(20)
    assert sender.code == 0, said
    assert "No differences" in said
    wait_until(lambda: count(installation, UNTOLD) == 0, "every clearing is an expense's movement", seconds=1_200)
    assert count(installation, "SELECT count(*) FROM cards_clearing") == count(
        installation, "SELECT count(*) FROM expenses_movement WHERE clearing_id IS NOT NULL"
    )
    assert count(installation, TWICE) == 0
    checked = installation.manage("check_books")
    print(said, checked, f"{time.monotonic() - began:.0f} s, {KILLS} workers killed", sep="\n")
    assert re.search(r"(\d+) lives", said).group(1) == str(LIVES)  # type: ignore[union-attr]


UNTOLD = """
SELECT count(*) FROM cards_clearing c LEFT JOIN expenses_movement m ON m.clearing_id = c.id WHERE m.id IS NULL
"""
TWICE = """
SELECT count(*) FROM (
    SELECT subject_id FROM wallet_transfer WHERE subject_type = 'cards.clearing' GROUP BY subject_id HAVING count(*) <> 1
) AS wrong
"""


def until(installation: Installation, sender: Child, share: int) -> None:
    """Wait for a share of the messages to be taken in, in the middle of the work."""
    wait_until(lambda: taken_in(installation) >= share or sender.code is not None, f"{share} messages", seconds=5_000)
    assert sender.code is None, "the workers were killed in the middle"


def count(installation: Installation, sql: str) -> int:
    found: Any = installation.rows(sql)
    return int(found[0][0])


def taken_in(installation: Installation) -> int:
    return count(installation, "SELECT count(*) FROM cards_issuermessage WHERE status = 'done'")
