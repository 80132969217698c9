"""manage.py check_limits: recompute the limits' counters and compare; ends with an error when anything differs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Company
from cards.check_limits import check_limits
from cards.models import LimitUse


class Command(BaseCommand):
    help = "Recompute what every card and person used of every limit's window, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="", help="the slug of one company; without it, all are checked")

    def handle(self, *args: Any, **options: Any) -> None:
        company = None
        if options["company"]:
            company = Company.objects.filter(slug=options["company"]).first()
            if company is None:
                raise CommandError(f"There is no company called {options['company']}.")
        differences = check_limits(company=company)
        for difference in differences:
            self.stderr.write(str(difference))
        if differences:
            raise CommandError(f"The limits differ in {len(differences)} windows.")
        count = LimitUse.objects.filter(**({"company": company} if company else {})).count()
        self.stdout.write(f"The limits are exact: {count} windows.")
