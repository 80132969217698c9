"""Receipts on expenses, and what they were compared with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from expenses.models.expense import Expense
from pleo.lib.models import CompanyOwned, CompanyQuerySet
from receipts.models import Receipt


class Attachment(CompanyOwned):
    """A receipt on an expense. Reversible; `by` is empty when it was matched by itself.

    `score` is in tenths of a point, `reasons` are codes with parameters (`match.py`).
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="attachments")
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="attachments")
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(null=True)
    reasons = models.JSONField(default=list)
    detached_at = models.DateTimeField(null=True, editable=False)
    detached_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["expense", "receipt"], condition=Q(detached_at__isnull=True), name="attachment_live_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["receipt"], condition=Q(detached_at__isnull=True), name="attachment_live_by_receipt"),
        ]


class MatchRun(CompanyOwned):
    """That a read receipt was compared with the expenses, and what was proposed. Without a row, the sweep compares it.

    `proposals` are `{"expense", "score", "reasons"}`, best first; scores in tenths of a point.
    """

    receipt = models.OneToOneField(Receipt, on_delete=models.CASCADE, related_name="match")
    proposals = models.JSONField(default=list)
