"""What somebody signed instead of a receipt that is lost or was never given."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.expense import Expense
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from receipts.models import Receipt


class LossReason(models.TextChoices):
    LOST = "lost", _("I lost it")
    NEVER_GIVEN = "never_given", _("None was given")
    MACHINE = "machine", _("A machine that prints none")
    DAMAGED = "damaged", _("It cannot be read any more")
    OTHER = "other", _("Something else")


class DeclarationStatus(models.TextChoices):
    WAITING = "waiting", _("Waits for finance")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    REPLACED = "replaced", _("Replaced by the receipt")
    WITHDRAWN = "withdrawn", _("Taken back")


STANDING = (DeclarationStatus.WAITING, DeclarationStatus.ACCEPTED)


class DeclarationQuerySet(CompanyQuerySet):
    """Declarations of a company, drawn to who may see them."""

    def standing(self) -> Self:
        """Keep those that stand in for a receipt."""
        return self.filter(status__in=STANDING)

    def visible_to(self, membership: Membership) -> Self:
        """Those of the expenses that a person may see."""
        return self.for_company(membership.company).filter(expense__in=Expense.objects.visible_to(membership))


class Declaration(CompanyOwned):
    """A receipt that one signs oneself. `facts` is what was signed and `digest` its sha256; neither ever changes.

    Its PDF is a receipt of its own, attached while the declaration stands: that ends the debt. `taken` is the VAT that was
    taken off the lines for it, given back when the real receipt comes: `[{"line", "tax_code", "tax"}]`. Nobody is named in
    `decided_by` when no review was asked for.
    """

    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="declarations")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="declarations")
    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="declaration")
    reason = models.CharField(max_length=12, choices=LossReason.choices)
    text = models.CharField(max_length=500, blank=True)
    purpose = models.CharField(max_length=300)
    facts = models.JSONField()
    digest = models.CharField(max_length=64)
    taken = models.JSONField(default=list)
    signed_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=DeclarationStatus.choices)
    decided_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    decision_reason = models.CharField(max_length=500, blank=True)
    objects: ClassVar[Any] = DeclarationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["expense"], condition=Q(status__in=["waiting", "accepted"]), name="declaration_standing_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(decision_reason=""), name="declaration_refused_for_a_reason"
            ),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="declaration_digest_hex"),
            models.CheckConstraint(condition=~Q(purpose=""), name="declaration_has_purpose"),
            choices_check("declaration", "reason", LossReason),
            choices_check("declaration", "status", DeclarationStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-signed_at", "-id"], name="declaration_by_time"),
            models.Index(fields=["by", "signed_at"], name="declaration_by_person"),
        ]

    def __str__(self) -> str:
        return str(self.expense)

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING
