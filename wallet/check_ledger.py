"""Recompute every counter of the ledger from the rows that explain it, and compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Sum

from accounts.models import Company
from pleo.lib import append_only
from wallet.models import Hold, LedgerAccount, Transfer


@dataclass(frozen=True)
class Difference:
    """A counter that does not agree with its rows, in minor units; or a missing guard, with nothing to compare."""

    code: str
    account_id: UUID | None
    counter: str
    kept: int
    counted: int

    def __str__(self) -> str:
        return f"{self.code}: {self.counter} of {self.account_id or 'the database'}: kept {self.kept}, counted {self.counted}"


def check_ledger(*, company: Company | None = None) -> list[Difference]:
    """Return every disagreement, of one company or of all. An empty list means that the ledger is exact."""
    accounts: Any = LedgerAccount.objects.order_by("pk")
    transfers: Any = Transfer.objects.all()
    holds: Any = Hold.objects.all()
    if company:
        accounts, transfers, holds = (rows.for_company(company) for rows in (accounts, transfers, holds))
    counted = {
        "debits_posted": _sums(transfers, "debit_account"),
        "credits_posted": _sums(transfers, "credit_account"),
        "debits_pending": _sums(holds, "account"),
        "credits_pending": {},
    }
    found = [difference for account in accounts.iterator() for difference in _compare(account, counted)]
    missing = append_only.missing()
    return found + [Difference("guard_missing", None, trigger, 0, 0) for trigger in missing]


def _sums(rows: Any, account: str) -> dict[UUID, int]:
    return dict(rows.order_by().values_list(account).annotate(total=Sum("amount")))


def _compare(account: LedgerAccount, counted: dict[str, dict[UUID, int]]) -> Iterator[Difference]:
    for counter, sums in counted.items():
        kept, explained = getattr(account, counter), sums.get(account.pk, 0)
        if kept != explained:
            yield Difference("counter_differs", account.pk, counter, kept, explained)
