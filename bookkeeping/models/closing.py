"""Months that were closed: who closed them, what was still open, and why one was opened again."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet


class PeriodCloseQuerySet(CompanyQuerySet):
    """Closings."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("books.see") else rows.none()

    def live(self) -> Self:
        """Those that were not opened again."""
        return self.filter(reopened_at=None)


class PeriodClose(CompanyOwned):
    """A month whose books are closed, and everything before it: no voucher made afterwards is dated up to `upto`.

    `month` is its first day, `upto` its last; `created_at` the moment of closing. `points` is the checklist as it stood:
    `{code: [count, amount in minor units]}`, open points only; `open_count` is their sum, and with any there is a
    `reason`.
    """

    month = models.DateField()
    upto = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    points = models.JSONField(default=dict)
    open_count = models.PositiveIntegerField(default=0)
    reopened_at = models.DateTimeField(null=True, editable=False)
    reopened_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    reopened_reason = models.CharField(max_length=500, blank=True)
    objects: ClassVar[Any] = PeriodCloseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "month"], condition=Q(reopened_at__isnull=True), name="period_close_live_once"
            ),
            models.CheckConstraint(condition=Q(upto__gt=F("month")), name="period_close_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(open_count=0) | ~Q(reason=""), name="period_close_open_points_have_reason"
            ),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True, reopened_by__isnull=True, reopened_reason="")
                | (Q(reopened_at__isnull=False, reopened_by__isnull=False) & ~Q(reopened_reason="")),
                name="period_close_reopened_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
