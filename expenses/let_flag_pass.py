"""Let an expense pass although a rule flags it: finance answers for it, never for its own money."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.evaluate_policies import refresh_columns
from expenses.models import PolicyEffect, PolicyFlag
from expenses.review import OwnExpense, lock_to_decide, others_eligible, refuse_settled
from pleo.lib.errors import WrongState


@transaction.atomic
def let_flag_pass(*, flag: PolicyFlag, by: Membership, now: datetime, passes: bool = True) -> PolicyFlag:
    """Let a flag ask for nothing more, or take that back. When the facts change the rule speaks again.

    Raises NotYours, OwnExpense, ExpenseLocked, WrongState when it is so already or the flag is cleared.
    """
    locked = lock_to_decide(flag.expense)
    if not by.can("expenses.review"):
        raise NotYours
    if locked.owner_id == by.pk and others_eligible(locked).exists():
        raise OwnExpense
    refuse_settled(locked)
    rows = PolicyFlag.objects.filter(pk=flag.pk, expense=locked, cleared_at=None, passed_at__isnull=passes)
    rows = rows.exclude(effect=PolicyEffect.REQUIRE)
    if not rows.update(passed_at=now if passes else None, passed_by=by if passes else None):
        raise WrongState
    refresh_columns(locked)
    verb = "expense.flag_passed" if passes else "expense.flag_taken_up"
    record(company=locked.company, verb=verb, subject=locked, by=by, changes={"flag": str(flag.pk)}, now=now)
    flag.refresh_from_db()
    return flag
