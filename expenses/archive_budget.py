"""Put a budget away, or bring it back. Nothing that it counted changes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.keep_budget import BudgetNameTaken
from expenses.models import Budget


@transaction.atomic
def archive_budget(*, budget: Budget, by: Membership, is_archived: bool, now: datetime) -> Budget:
    """Archive or bring back; doing it twice changes nothing. Raises NotYours, and BudgetNameTaken on the way back."""
    if not by.can("budgets.manage"):
        raise NotYours
    row: Budget = Budget.objects.select_for_update(no_key=True, of=("self",)).get(pk=budget.pk)
    if bool(row.archived_at) == is_archived:
        return row
    if not is_archived and Budget.objects.for_company(by.company).live().filter(name__iexact=row.name).exists():
        raise BudgetNameTaken
    row.archived_at = now if is_archived else None
    row.save(update_fields=["archived_at"])
    verb = "budget.archived" if is_archived else "budget.restored"
    record(company=by.company, verb=verb, subject=row, by=by, now=now)
    return row
