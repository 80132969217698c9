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
from expenses.models.paying import (
    AccountForm,
    BalanceEntry,
    BalanceKind,
    BankAccount,
    LockKind,
    Owed,
    Payout,
    PayoutItem,
    PayoutStatus,
    PeriodLock,
    ReimbursementRun,
    RunInterval,
    RunMethod,
    RunSchedule,
    RunStatus,
)
from expenses.models.reviewing import (
    Review,
)
from expenses.models.travel import DistanceUnit, Drive, Journey
from expenses.models.views import SavedView

__all__ = [
    "AccountForm",
    "AccountType",
    "Attachment",
    "BalanceEntry",
    "BalanceKind",
    "BankAccount",
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
    "LockKind",
    "MatchRun",
    "Movement",
    "Owed",
    "PaymentState",
    "Payout",
    "PayoutItem",
    "PayoutStatus",
    "PeriodLock",
    "RateSource",
    "ReimbursementRun",
    "Review",
    "ReviewOutcome",
    "RowState",
    "RunInterval",
    "RunMethod",
    "RunSchedule",
    "RunStatus",
    "SavedView",
    "TaxCode",
    "TaxMethod",
]
