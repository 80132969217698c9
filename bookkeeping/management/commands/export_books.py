"""manage.py export_books: write the files that an export made now would have, and change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Max

from accounts.models import Company
from bookkeeping.files import journal_files, receipt_files
from bookkeeping.formats.document import File
from bookkeeping.formats.registry import FORMATS
from bookkeeping.freeze import NotReady
from bookkeeping.models import BookItem
from bookkeeping.preview import Period, preview
from pleo.lib.errors import DomainError


def a_day(text: str) -> date:
    return date.fromisoformat(text)


def a_moment(text: str) -> datetime:
    """Read a moment; one without a zone is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def newest(company: Company) -> datetime:
    """Return when the newest entry of a company came: the same database gives the same moment, and so the same bytes."""
    found: datetime | None = BookItem.objects.for_company(company).aggregate(last=Max("created_at"))["last"]
    return found or company.created_at


class Command(BaseCommand):
    help = (
        "Write the files that an export of a company would have if it were made now. Changes nothing in the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="the company's slug")
        known = ", ".join(FORMATS)
        parser.add_argument("--format", required=True, help=f"{known}, or custom: and the id of a layout")
        parser.add_argument("--from", dest="first", type=a_day, help="first day, as 2026-11-01")
        parser.add_argument("--to", dest="last", type=a_day, help="last day, included")
        parser.add_argument("--output", type=Path, required=True, help="the folder for the files, made when missing")
        parser.add_argument(
            "--include-exported", action="store_true", help="also what live exports hold, with its numbers"
        )
        parser.add_argument(
            "--as-of", type=a_moment, help="the moment in the files; by default that of the newest entry"
        )
        parser.add_argument("--with-receipts", action="store_true", help="also the archive of receipts")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company called {options['company']}.")
        try:
            # One transaction, so that all files speak of the same moment.
            with transaction.atomic():
                for file in self.files(company, options):
                    self.write(file, options["output"])
        except NotReady as error:
            reasons = "\n".join(f"{entry['text']}: {entry['code']}" for entry in error.entries)
            raise CommandError(f"These are queued, but cannot be exported as they are:\n{reasons}") from error
        except DomainError as error:
            raise CommandError(f"{error.message()} {error.params or ''}".strip()) from error

    def files(self, company: Company, options: Any) -> Iterator[File]:
        batch = preview(
            company=company,
            formats=[options["format"]],
            period=Period(options["first"], options["last"]),
            as_of=options["as_of"] or newest(company),
            include_exported=options["include_exported"],
        )
        document = batch.document()
        for _, file in journal_files(batch.export, document):
            yield file
        if options["with_receipts"] and any(entry.receipts for entry in document.entries()):
            for _, file in receipt_files(batch.export, document, lambda count: None):
                yield file

    def write(self, file: File, folder: Path) -> None:
        """Write a file whole: it gets its name once it is complete."""
        folder.mkdir(parents=True, exist_ok=True)
        digest, half = hashlib.sha256(), folder / f".{file.name}.part"
        with half.open("wb") as target:
            for piece in file.content:
                digest.update(piece)
                target.write(piece)
        half.replace(folder / file.name)
        self.stdout.write(f"{digest.hexdigest()}  {file.name}")
