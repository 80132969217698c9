"""Everything that can be recomputed, recomputed: the ledger, the limits, the audit log's seals, and the books."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Company
from bookkeeping.invariants import check_invariants, check_now
from cards.check_limits import check_limits
from events.check_events import check_events
from expenses.check_expenses import check_expenses
from wallet.check_ledger import check_ledger

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """What one check found; `wrong` is empty when all holds."""

    check: str
    wrong: list[str]


def check_books(*, company: Company | None = None, with_files: bool = True) -> list[Report]:
    """Run every check, of one company or of all; the seals are one chain over all companies. Never stops at the first fault."""
    reports = [
        Report("ledger", [str(found) for found in check_ledger(company=company)]),
        Report("limits", [str(found) for found in check_limits(company=company)]),
        Report("expenses", [str(found) for found in check_expenses(company=company)]),
        Report("events", [str(found) for found in check_events()]),
        Report("books", list(_books(company, with_files))),
    ]
    for report in reports:
        for line in report.wrong:
            logger.error("check_books found a fault: check=%s %s", report.check, line)
    return reports


def _books(company: Company | None, with_files: bool) -> Iterator[str]:
    companies = [company] if company else Company.objects.order_by("pk").iterator()
    for each in companies:
        found = check_now(company=each, now=timezone.now()) if with_files else check_invariants(company=each)
        for finding in found:
            if not finding.holds:
                yield f"{each.slug}: {finding}"
