"""manage.py check_ledger: recompute the ledger and compare; ends with an error when anything differs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Company
from wallet.check_ledger import check_ledger
from wallet.models import LedgerAccount, Transfer


class Command(BaseCommand):
    help = "Recompute every counter of the ledger from its transfers and holds, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="", help="the slug of one company; without it, all are checked")

    def handle(self, *args: Any, **options: Any) -> None:
        company = None
        if options["company"]:
            company = Company.objects.filter(slug=options["company"]).first()
            if company is None:
                raise CommandError(f"There is no company called {options['company']}.")
        differences = check_ledger(company=company)
        for difference in differences:
            self.stderr.write(str(difference))
        if differences:
            raise CommandError(f"The ledger differs in {len(differences)} places.")
        scope = {"company": company} if company else {}
        accounts, transfers = LedgerAccount.objects.filter(**scope).count(), Transfer.objects.filter(**scope).count()
        self.stdout.write(f"The ledger is exact: {accounts} accounts, {transfers} transfers.")
