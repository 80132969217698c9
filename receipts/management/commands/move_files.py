"""Copy stored files from the local disk to the bucket."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from receipts.move_files import NoBucket, Progress, move_files


class Command(BaseCommand):
    help = (
        "Copy receipts and exports from the local disk to the bucket named by S3_BUCKET. Stop it and run it again as you "
        "like: what is there already is compared and left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="folder", type=Path, default=Path(settings.MEDIA_ROOT), help="the folder to copy"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
        parser.add_argument("--delete", action="store_true", help="remove each local file once its copy was checked")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder")
        progress = Progress()
        try:
            for progress in move_files(folder=folder, dry_run=options["dry_run"], delete=options["delete"]):
                self.stdout.write(f"{progress.done} of {progress.total}", ending="\r")
                self.stdout.flush()
        except NoBucket:
            raise CommandError("S3_BUCKET names no bucket, so there is nowhere to copy to") from None
        verb = "would be copied" if options["dry_run"] else "copied"
        self.stdout.write(
            f"{progress.copied} {verb} ({filesizeformat(progress.bytes)}), {progress.there} were there already, "
            f"{len(progress.failed)} failed".replace("\xa0", " ")
        )
        for line in progress.failed:
            self.stderr.write(line)
        if progress.failed:
            raise CommandError("run it again to copy the rest")
