"""Keep the rates of a file of the European Central Bank: `manage.py load_rates eurofxref-hist-90d.xml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from expenses.load_rates import RatesUnreadable, load_rates


class Command(BaseCommand):
    help = "Keep the reference rates of an eurofxref file (daily or the last 90 days) that are not known yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        try:
            count = load_rates(content=file.read_bytes(), source=file.name, now=timezone.now())
        except (OSError, RatesUnreadable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} new rates")
