"""Fill an empty database with the demo companies."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pleo.demo.logins import PASSWORD, demo_logins
from pleo.demo.seed import AlreadyThere, seed, today_of, write_progress


class Command(BaseCommand):
    """Make three companies with a year of purchases. A database that has companies is left as it is."""

    help = "Make three demo companies with a year of purchases, and print who can sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="make them even though there are companies; deletes nothing"
        )
        parser.add_argument(
            "--seed", type=int, default=7, help="the same seed on the same day makes the same companies"
        )
        parser.add_argument(
            "--today", type=_day, default=None, help="the day the demo ends on, as 2026-11-20 (default: today)"
        )
        parser.add_argument(
            "--scale", type=_share, default=1.0, help="how much of the year to make, from 0.01 to 1 (default: 1)"
        )
        parser.add_argument(
            "--processes", type=int, default=min(2, os.cpu_count() or 1), help="how many processes draw receipts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        now = datetime.now(tz=UTC)
        today = options["today"] or today_of(now)
        if today > now.date():
            raise CommandError("The demo cannot end in the future.")
        try:
            made = seed(
                today=today, number=options["seed"], scale=options["scale"], again=options["again"],
                processes=max(0, options["processes"]), report=self._report,
            )  # fmt: skip
        except AlreadyThere:
            write_progress(1, 1, "")
            self.stdout.write(
                "There are companies already, so no demo was made. `manage.py demo --again` adds it to them."
            )
            self._say_logins()
            return
        self.stdout.write(f"Three demo companies with {made:,} purchases, in {time.monotonic() - began:.0f} s.")
        self._say_logins()

    def _report(self, done: int, total: int, label: str) -> None:
        write_progress(done, total, label)
        if sys.stdout.isatty():
            self.stdout.write(f"\r  {done:,} of {total:,} purchases", ending="")
            self.stdout.flush()

    def _say_logins(self) -> None:
        logins = demo_logins()
        if not logins:
            return
        self.stdout.write(f"\nSign in to the demo as one of these; the password of all is {PASSWORD}")
        for login in logins:
            self.stdout.write(f"  {login.role!s:14} {login.email:26} {login.name}")


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _share(text: str) -> float:
    share = float(text)
    if not 0.01 <= share <= 1:
        raise ValueError(text)
    return share
