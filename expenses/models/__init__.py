"""One thing to be documented, and how it is coded."""

from __future__ import annotations

from expenses.models.bulk import BulkAct, BulkEdit, BulkRow, BulkStatus, RowState
from expenses.models.expense import (
    Direction,
    Expense,
    ExpenseKind,
    ExpenseLine,
    ExpenseQuerySet,
    Lane,
    Movement,
    PaymentState,
    RateSource,
    ReviewOutcome,
)
from expenses.models.masters import (
    AccountType,
    Category,
    ChartAccount,
    TaxCode,
    TaxMethod,
)
from expenses.models.papers import (
    Attachment,
    MatchRun,
)
from expenses.models.reviewing import (
    Review,
)
from expenses.models.travel import DistanceUnit, Drive, Journey
from expenses.models.views import SavedView

__all__ = [
    "AccountType",
    "Attachment",
    "BulkAct",
    "BulkEdit",
    "BulkRow",
    "BulkStatus",
    "Category",
    "ChartAccount",
    "Direction",
    "DistanceUnit",
    "Drive",
    "Expense",
    "ExpenseKind",
    "ExpenseLine",
    "ExpenseQuerySet",
    "Journey",
    "Lane",
    "MatchRun",
    "Movement",
    "PaymentState",
    "RateSource",
    "Review",
    "ReviewOutcome",
    "RowState",
    "SavedView",
    "TaxCode",
    "TaxMethod",
]
