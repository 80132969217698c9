"""One thing to be documented, and how it is coded."""

from __future__ import annotations

from expenses.models.expense import (
    Direction,
    Expense,
    ExpenseKind,
    ExpenseLine,
    ExpenseQuerySet,
    Lane,
    Movement,
    PaymentState,
    ReviewOutcome,
)
from expenses.models.masters import (
    AccountType,
    Category,
    ChartAccount,
    TaxCode,
)
from expenses.models.papers import (
    Attachment,
    MatchRun,
)
from expenses.models.reviewing import (
    Review,
)

__all__ = [
    "AccountType",
    "Attachment",
    "Category",
    "ChartAccount",
    "Direction",
    "Expense",
    "ExpenseKind",
    "ExpenseLine",
    "ExpenseQuerySet",
    "Lane",
    "MatchRun",
    "Movement",
    "PaymentState",
    "Review",
    "ReviewOutcome",
    "TaxCode",
]
