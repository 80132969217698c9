"""Why a row of a bulk edit was skipped, as a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext

from expenses.code_expense import MasterArchived
from expenses.decide_stage import NotYourTurn
from expenses.errors import ExpenseChanged, ExpenseLocked, NotYours, VatNeedsReceipt
from expenses.lines import TaxTooLarge
from expenses.lock_period import PeriodLocked
from expenses.review import AlreadyDecided, OwnExpense, SecondFactorNeeded
from expenses.tagging import TagArchived
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money


class NothingToCode(DomainError):
    """Every line of the expense is private or in the books."""

    code = "nothing_to_code"

    def message(self) -> str:
        return gettext("All of it is private or in the books. There is nothing to code.")


class NothingSure(DomainError):
    """Nothing is suggested that is sure enough to be accepted unseen."""

    code = "nothing_sure"

    def message(self) -> str:
        return gettext("Nothing suggested here is sure. Look at it yourself.")


REFUSALS: dict[str, type[DomainError]] = {
    refusal.code: refusal
    for refusal in (
        AlreadyDecided, ExpenseChanged, ExpenseLocked, MasterArchived, NothingSure, NothingToCode, NotYours, NotYourTurn,
        OwnExpense, PeriodLocked, SecondFactorNeeded, TagArchived, TaxTooLarge, VatNeedsReceipt, WrongState,
    )
}  # fmt: skip


def stored(error: DomainError) -> dict[str, Any]:
    """Return a refusal as it is kept: its code with its parameters, days and money as plain values."""
    return {"code": error.code, **{name: _plain(value) for name, value in error.params.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"amount": value.amount, "currency": value.currency} if isinstance(value, Money) else value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return date.fromisoformat(value["day"]) if "day" in value else Money(value["amount"], value["currency"])


def sentence(error: dict[str, Any]) -> str:
    """Return the sentence of a stored refusal."""
    params = {name: _read(value) for name, value in error.items() if name != "code"}
    return REFUSALS.get(error["code"], WrongState)(**params).message()
