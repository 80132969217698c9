"""The machine that is measured: what it is, the servers that run on it, and the companies that are in the database."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pleo.processes import Child, answers, free_port, stop
from tests.installation import ROOT, wait_until

NOW = datetime.now(UTC)


class Servers:
    """Programs of the product that a measurement needs, ended with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[Child] = []

    def start(self, name: str, command: list[str], **env: str) -> Child:
        """Start a program of the product in our own environment."""
        child = Child(name, command, log=self.folder / "log" / f"{name}.log", env={**os.environ, **env}, cwd=ROOT)
        self.children.append(child)
        return child

    def web(self, name: str, **env: str) -> int:
        """Start a web server as the product runs it, two workers of four threads; returns its port."""
        from pleo.run import granian

        port = free_port()
        self.start(name, granian("127.0.0.1", port, workers=2), LOG_LEVEL="WARNING", **env)
        wait_until(lambda: answers(port), f"{name} answers", seconds=60)
        return port

    def stop(self) -> None:
        """End all of them."""
        stop(self.children)
        self.children = []


def found_company(number: int, name: str) -> Any:
    """Make a Danish company with an owner, a full chart of accounts and a wallet of a hundred million."""
    from accounts.create_company import create_company
    from accounts.models import User
    from pleo.lib.money import Money
    from wallet.models import LedgerAccount
    from wallet.top_up import receive_top_up

    owner = User.objects.create_user(f"owner-{number}@bench.example", None, name=f"Owner {number}")
    company = create_company(owner=owner, name=name, country="DK", now=NOW)
    receive_top_up(
        account=LedgerAccount.objects.wallet_of(company),
        bank_line=f"bench-{number}",
        amount=Money(10_000_000_000, "DKK"),
        value_date=NOW.date(),
        now=NOW,
    )
    return company


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Return median, 95th and 99th percentile in milliseconds."""
    return tuple(round(1000 * percentile(seconds, share), 1) for share in (0.5, 0.95, 0.99))  # type: ignore[return-value]


def machine() -> dict[str, Any]:
    """Say what was measured on, and when."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
        )
        version, fsync, synchronous = cursor.fetchone()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": f"{version}, fsync {fsync}, synchronous_commit {synchronous}",
        "load_before": round(os.getloadavg()[0], 1),
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def median(values: Sequence[float]) -> float:
    """Return the middle value of several runs."""
    return statistics.median(values)
