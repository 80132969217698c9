"""Why a row of a bulk edit was skipped, as a sentence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from expenses.code_expense import MasterArchived
from expenses.decide_stage import NotYourTurn
from expenses.errors import ExpenseChanged, ExpenseLocked, NotYours
from expenses.review import AlreadyDecided, OwnExpense, SecondFactorNeeded
from pleo.lib.errors import DomainError, WrongState


class NothingToCode(DomainError):
    """Every line of the expense is private or in the books."""

    code = "nothing_to_code"

    def message(self) -> str:
        return gettext("All of it is private or in the books. There is nothing to code.")


REFUSALS: dict[str, type[DomainError]] = {
    refusal.code: refusal
    for refusal in (
        AlreadyDecided, ExpenseChanged, ExpenseLocked, MasterArchived, NothingToCode, NotYours, NotYourTurn, OwnExpense,
        SecondFactorNeeded, WrongState,
    )
}  # fmt: skip


def sentence(error: dict[str, Any]) -> str:
    """Return the sentence of a stored refusal: its code with its parameters."""
    params = {name: value for name, value in error.items() if name != "code"}
    return REFUSALS.get(error["code"], WrongState)(**params).message()
