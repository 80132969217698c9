"""Give the reason that a rule asks for. It stands as long as the facts do."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.code_expense import answered_by, open_for
from expenses.evaluate_policies import refresh_columns
from expenses.models import PolicyFlag
from pleo.lib.errors import DomainError, WrongState

LENGTH = 500


class AnswerMissing(DomainError):
    """An empty answer answers nothing."""

    code = "answer_missing"
    field = "answer"

    def message(self) -> str:
        return gettext("Write why, in a few words. Whoever reviews it reads them.")


@transaction.atomic
def answer_flag(*, flag: PolicyFlag, by: Membership, answer: str, now: datetime) -> PolicyFlag:
    """Write why an expense is as it is; a later answer takes the place of an earlier one.

    Raises NotYours, ExpenseLocked, PeriodLocked, AnswerMissing, WrongState when the flag is cleared by now.
    """
    locked = open_for(expense=flag.expense, by=by, version=None)
    words = " ".join(answer.replace("\x00", "").split())[:LENGTH]
    if not words:
        raise AnswerMissing
    rows = PolicyFlag.objects.filter(pk=flag.pk, expense=locked, cleared_at=None)
    if not rows.update(answer=words, answered_by=by, answered_at=now):
        raise WrongState
    answered_by(locked, by)
    locked.save(update_fields=["review"])
    refresh_columns(locked)
    record(
        company=locked.company, verb="expense.flag_answered", subject=locked, by=by,
        changes={"flag": str(flag.pk), "answer": words}, now=now,
    )  # fmt: skip
    flag.refresh_from_db()
    return flag
