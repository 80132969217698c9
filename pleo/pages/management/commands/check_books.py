"""manage.py check_books: recompute everything that can be recomputed; ends with an error when anything differs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Company
from pleo.pages.check_books import check_books


class Command(BaseCommand):
    help = "Check the ledger, the limits, the audit log's seals and the books, as every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="", help="the slug of one company; without it, all are checked")
        parser.add_argument("--skip-files", action="store_true", help="do not read the stored files of exports again")

    def handle(self, *args: Any, **options: Any) -> None:
        company = None
        if options["company"]:
            company = Company.objects.filter(slug=options["company"]).first()
            if company is None:
                raise CommandError(f"There is no company called {options['company']}.")
        reports = check_books(company=company, with_files=not options["skip_files"])
        for report in reports:
            for line in report.wrong:
                self.stderr.write(f"{report.check}: {line}")
            if not report.wrong:
                self.stdout.write(f"{report.check}: holds")
        wrong = sum(len(report.wrong) for report in reports)
        if wrong:
            raise CommandError(f"{wrong} things do not agree.")
