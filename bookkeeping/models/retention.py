"""What must not be erased whatever its age, and which erasures people were told of."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models import Expense
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from receipts.models import Receipt


class HoldScope(models.TextChoices):
    RECEIPT = "receipt", _("One receipt")
    EXPENSE = "expense", _("An expense")
    PERSON = "person", _("A person")
    COMPANY = "company", _("The whole company")


class LegalHoldQuerySet(CompanyQuerySet):
    """Holds."""

    def live(self) -> Self:
        return self.filter(lifted_at=None)

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see what is kept, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("retention.see") else rows.none()


class LegalHold(CompanyOwned):
    """That something must be kept for a lawsuit, an audit or an inquiry, until somebody lifts it. Never deleted.

    Two matters may hold the same thing; lifting one leaves the other. `placed_at` and `lifted_at` are the company's clock.
    """

    scope = models.CharField(max_length=8, choices=HoldScope.choices)
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="legal_holds")
    expense = models.ForeignKey(Expense, null=True, on_delete=models.PROTECT, related_name="legal_holds")
    person = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, editable=False)
    lifted_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_reason = models.CharField(max_length=500, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = LegalHoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("legal_hold", "scope", HoldScope),
            models.CheckConstraint(
                condition=Q(scope="receipt", receipt__isnull=False, expense__isnull=True, person__isnull=True)
                | Q(scope="expense", receipt__isnull=True, expense__isnull=False, person__isnull=True)
                | Q(scope="person", receipt__isnull=True, expense__isnull=True, person__isnull=False)
                | Q(scope="company", receipt__isnull=True, expense__isnull=True, person__isnull=True),
                name="legal_hold_names_what_it_holds",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="legal_hold_has_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lifted_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_reason="")),
                name="legal_hold_lifted_by_somebody_for_a_reason",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-placed_at", "-id"], name="legal_hold_by_time"),
            models.Index(fields=["company", "scope"], condition=Q(lifted_at__isnull=True), name="legal_hold_live"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def what(self) -> str:
        """What is held, in a few words."""
        if self.scope == HoldScope.RECEIPT and self.receipt:
            return self.receipt.file_name or str(_("A receipt"))
        if self.scope == HoldScope.EXPENSE and self.expense:
            return str(self.expense)
        if self.scope == HoldScope.PERSON and self.person:
            return self.person.name
        return str(_("Everything"))

    @property
    def is_live(self) -> bool:
        return self.lifted_at is None


class RetentionNotice(CompanyOwned):
    """That admins were told of what is erased from a day on. Nothing is erased by its age without one, 30 days before."""

    due_on = models.DateField()
    count = models.PositiveIntegerField()
    told_at = models.DateTimeField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "due_on"], name="retention_notice_once"),
        ]
