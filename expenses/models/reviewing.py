"""What people decided about expenses."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.expense import Expense, ReviewOutcome
from expenses.models.routing import WorkflowVersion
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field


class Review(CompanyOwned):
    """What somebody decided about an expense. Never edited; nobody reviews their own money.

    `amount` is what the expense was when it was decided on, in minor units. A row without `by` was written by the rules: an
    okay that fell because the money changed, or one by a workflow (`rule`) that asks nobody.
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    amount = amount_field(null=True)
    outcome = models.CharField(max_length=14, choices=[*ReviewOutcome.choices, ("withdrawn", _("Taken back"))])
    reason = models.CharField(max_length=500, blank=True)
    rule = models.ForeignKey(WorkflowVersion, null=True, on_delete=models.PROTECT, related_name="+")
    no_one_else_eligible = models.BooleanField(default=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(outcome__in=[*ReviewOutcome.values, "withdrawn"]), name="review_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(outcome="withdrawn") | Q(outcome="okay", rule__isnull=False),
                name="review_decided_by_somebody_or_rule",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["expense", "-id"], name="review_latest")]
