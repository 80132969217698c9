"""What a bank statement says, in our words, whichever form it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext

from pleo.lib.errors import DomainError
from pleo.lib.money import Money

CREDIT, DEBIT = "credit", "debit"


class StatementUnreadable(DomainError):
    """The file is no statement that can be trusted. `reason` is the code of what is wrong; nothing of it is used."""

    code = "statement_unreadable"
    field = "file"

    def __init__(self, reason: str, **params: Any) -> None:
        super().__init__(reason=reason, **params)
        self.reason = reason

    def message(self) -> str:
        return explain(self.reason, self.params)


def explain(reason: str, params: dict[str, Any]) -> str:
    """Return the sentence for why a file was not read."""
    sentences = {
        "empty": gettext("The file is empty."),
        "too_large": gettext("The file is larger than %(limit)s MB. Ask the bank for shorter periods."),
        "unknown_format": gettext("This is neither camt.053, camt.054 nor MT940."),
        "unknown_version": gettext("This is %(version)s. Ask the bank for camt.053 or camt.054, version 02, 04 or 08."),
        "doctype": gettext("The file contains a document type definition. Banks send none, so it is not read."),
        "broken": gettext("The file is damaged or cut off. Download it from the bank again."),
        "incomplete": gettext("Line %(line)s lacks its amount, its date or its direction."),
        "amount": gettext("An amount of line %(line)s cannot be read."),
        "no_statement": gettext("The file holds no statement."),
        "too_many_lines": gettext("The file has more than %(limit)s lines. Ask the bank for shorter periods."),
        "balance": gettext(
            "It does not add up: %(opening)s and the lines make %(reached)s, the bank says %(closing)s."
        ),
        "too_slow": gettext("Reading the file took too long."),
        "worker_died": gettext("Reading was interrupted too often."),
    }
    return sentences.get(reason, gettext("The file cannot be read.")) % params


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One booked movement of a bank account. `amount` is never negative; `direction` is credit when money came in.

    A batch that the bank itemises makes one line for each item, with `part` counting from 1; any other entry has part 0.
    `reference` is the structured one; `end_to_end_id` is what the payer's own system called the payment. `is_reversal` marks
    a booking that takes an earlier one back.
    """

    direction: str
    amount: Money
    booked_on: date
    value_date: date
    text: str = ""
    reference: str = ""
    end_to_end_id: str = ""
    bank_reference: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    part: int = 0
    is_reversal: bool = False

    @property
    def signed(self) -> Money:
        """The amount below zero when money went out."""
        return self.amount if self.direction == CREDIT else -self.amount


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """The booked lines of one account in one period, in the bank's order. Balances are None where the form has none."""

    form: str
    name: str
    account: str
    currency: str
    opening: Money | None
    closing: Money | None
    first_day: date | None
    last_day: date | None
    lines: tuple[ParsedLine, ...] = field(default=())

    @property
    def is_verified(self) -> bool:
        """Whether both balances are there; `check` has then made sure that the lines lead from one to the other."""
        return self.opening is not None and self.closing is not None

    def check(self) -> None:
        """Raise StatementUnreadable unless opening plus lines is closing, as far as the statement has balances."""
        if self.opening is None or self.closing is None:
            return
        reached = self.opening
        for line in self.lines:
            if line.amount.currency != self.currency:
                return
            reached += line.signed
        if reached != self.closing:
            said = {"opening": self.opening, "reached": reached, "closing": self.closing}
            raise StatementUnreadable("balance", **{name: str(money) for name, money in said.items()})
