"""Measure how well receipts are read, against labels."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from receipts.normalise import Unreadable
from receipts.reading.file import read_file
from receipts.reading.score import Score, labelled


class Command(BaseCommand):
    help = (
        "Read every labelled picture of a folder (<name>.jpg beside <name>.json) and print how many answers are right."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--country", default="", help="ISO country of the reader, for dates and currencies in doubt"
        )
        parser.add_argument("--every", type=int, default=1, help="take only each n-th receipt")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder")
        score, started, read = Score(), time.process_time(), 0
        for path, label in list(labelled(folder))[:: options["every"]]:
            try:
                found = read_file(path, country=options["country"])
            except Unreadable as error:
                score.misses.append(f"{path.name}: unreadable, {error.code}")
                score.judge(path.name, label, {}, [])
            else:
                score.judge(path.name, label, found.fields, found.amounts)
            read += 1
        if not read:
            raise CommandError(f"{folder} holds no picture with a label beside it")
        for line in score.misses:
            self.stdout.write(line)
        self.stdout.write("")
        for line in score.lines():
            self.stdout.write(line)
        self.stdout.write(f"{read} receipts, {(time.process_time() - started) / read:.2f} s of processor time each")
