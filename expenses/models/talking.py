"""What people say to each other about an expense, and how far each has read."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from expenses.models.expense import Expense
from pleo.lib.models import CompanyOwned, CompanyQuerySet


class CommentQuerySet(CompanyQuerySet):
    """Comments of a company, drawn to who may read them."""

    def seen_by(self, membership: Membership) -> Self:
        """Leave out what finance says among itself. Whether the expense may be seen is asked before."""
        return self if membership.can("expenses.see_all") else self.filter(is_internal=False)


class Comment(CompanyOwned):
    """One thing said about an expense. Its own writer may change it for a while (marked), or take it away.

    `is_internal` is for finance and accountants alone. `outcome` marks the question or the no that a reviewer wrote.
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000, blank=True)
    is_internal = models.BooleanField(default=False)
    outcome = models.CharField(max_length=14, blank=True)
    said_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    mentioned: models.ManyToManyField[Membership, Any] = models.ManyToManyField(Membership, related_name="+")
    objects: ClassVar[Any] = CommentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) & ~Q(text="") | Q(deleted_at__isnull=False, text=""),
                name="comment_says_something",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "needs_details", "not_okay"]), name="comment_outcome_known"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["expense", "id"], name="comment_of_expense")]


class CommentRead(CompanyOwned):
    """Until when somebody has read what was said about an expense."""

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="comment_reads")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["expense", "membership"], name="comment_read_once")
        ]
