"""What a company decided about missing receipts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Company
from pleo.lib.models import Base, CompanyQuerySet, amount_field
from pleo.lib.money import Money


class ReceiptRules(Base):
    """One row per company, made when somebody first decides; `rules_of` answers with the usual ones until then.

    `declaration_review_above` is in minor units of the company's currency: a declaration of more waits for finance, and so
    does each one beyond `declarations_per_quarter` of one person. Empty means never.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="receipt_rules", editable=False)
    declarations_allowed = models.BooleanField(default=True)
    declaration_review_above = amount_field(null=True)
    declarations_per_quarter = models.PositiveSmallIntegerField(null=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(declaration_review_above__isnull=True) | Q(declaration_review_above__gte=0),
                name="receipt_rules_review_above_not_negative",
            ),
        ]

    @property
    def review_above(self) -> Money | None:
        if self.declaration_review_above is None:
            return None
        return Money(self.declaration_review_above, self.company.currency)


def rules_of(company: Company) -> ReceiptRules:
    """Return what the company decided, or the usual rules, not saved, where it has not."""
    found: ReceiptRules | None = ReceiptRules.objects.filter(company=company).first()
    return found or ReceiptRules(company=company)
