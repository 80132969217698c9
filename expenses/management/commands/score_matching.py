"""Measure how well receipts find their purchases."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from expenses.score_matching import score_matching


class Command(BaseCommand):
    help = (
        "Live through a made-up year of purchases and receipts, a third of them hard, and print how many were matched right "
        "by themselves, with the wrong ones. Everything is rolled back; run it where nobody else writes, it holds one transaction."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--purchases", type=int, default=600, help="how many payments the year has")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = score_matching(seed=options["seed"], purchases=options["purchases"])
        for line in verdict.lines():
            self.stdout.write(line)
