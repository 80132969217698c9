"""List or remove stored files that belong to no receipt."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from receipts.collect_orphans import collect_orphans


class Command(BaseCommand):
    help = "List stored files older than two days that belong to no receipt. A task removes them every night."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="remove them")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for key in collect_orphans(now=timezone.now(), delete=options["delete"]):
            count += 1
            self.stdout.write(key)
        self.stdout.write(f"{count} files without a receipt" + (", removed" if options["delete"] else ""))
