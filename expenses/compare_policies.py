"""An expense changed that others are compared with: look at those again. The mark on its row says so until it is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from expenses.evaluate_policies import COMPARING, evaluate_many
from expenses.models import Expense, PolicyFlag
from expenses.policies_in_force import versions_of
from expenses.policy_facts import alike_to

LIMIT = 500
# Somebody may change the expense while its neighbours are looked for; the mark stays, and the sweep comes back.
TRIES = 3


def compare_policies(*, expense_id: Any, now: datetime) -> bool:
    """Evaluate an expense and everything compared with it, in one transaction. False when it has to be done again."""
    return any(_tried(expense_id, now) for _number in range(TRIES))


def waiting() -> list[UUID]:
    """Return the expenses that others wait to be compared with."""
    return list(Expense.objects.filter(policies_stale=True).order_by("pk").values_list("pk", flat=True)[:LIMIT])


@transaction.atomic
def _tried(expense_id: Any, now: datetime) -> bool:
    before = Expense.objects.select_related("company").get(pk=expense_id)
    # Locked in the order of keys, as every other writer of several does, so that nobody waits in a circle.
    ids = {before.pk} | neighbours(before)
    rows = Expense.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk")
    locked = {row.pk: row for row in rows.select_related("owner", "company")}
    if not neighbours(locked[before.pk]) <= set(locked):
        return False
    locked[before.pk].policies_stale = False
    Expense.objects.filter(pk=before.pk).update(policies_stale=False)
    evaluate_many(list(locked.values()), now=now)
    return True


def neighbours(expense: Expense) -> set[UUID]:
    """Return the expenses of the same person whose flags may name this one, or should."""
    rules = [version for version in versions_of(expense.company) if version.check_code in COMPARING]
    apart = max((int(one.parameters.get("days", 0)) for one in rules if one.check_code == "duplicate"), default=0)
    found = {row.pk for row in alike_to([expense], apart) if row.owner_id == expense.owner_id}
    flags = PolicyFlag.objects.filter(
        company_id=expense.company_id, expense__owner=expense.owner_id, check_code__in=COMPARING, cleared_at=None
    )
    for other, parameters in flags.values_list("expense_id", "parameters"):
        if expense.number in parameters.get("twins", ()):
            found.add(other)
    return found - {expense.pk}
