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
    does each one beyond `declarations_per_quarter` of one person. Empty means never. Days count from the clearing: the
    first reminder after `chase_first_days`, the next every `chase_every_days`, at most `chase_most`; the manager hears after
    `escalate_days`. Cards rest after `lock_count` receipts older than `lock_days`; `lock_spared_merchants` are case-folded
    words that a merchant's name contains.
    """

    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="receipt_rules", editable=False)
    declarations_allowed = models.BooleanField(default=True)
    declaration_review_above = amount_field(null=True)
    declarations_per_quarter = models.PositiveSmallIntegerField(null=True)
    chase_is_on = models.BooleanField(default=True)
    chase_first_days = models.PositiveSmallIntegerField(default=3)
    chase_every_days = models.PositiveSmallIntegerField(default=7)
    chase_most = models.PositiveSmallIntegerField(default=6)
    escalate_days = models.PositiveSmallIntegerField(null=True, default=14)
    lock_is_on = models.BooleanField(default=False)
    lock_count = models.PositiveSmallIntegerField(default=3)
    lock_days = models.PositiveSmallIntegerField(default=14)
    lock_notice_hours = models.PositiveSmallIntegerField(default=72)
    lock_spares_vendor_cards = models.BooleanField(default=True)
    lock_spared_merchants = models.JSONField(default=list)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(declaration_review_above__isnull=True) | Q(declaration_review_above__gte=0),
                name="receipt_rules_review_above_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(chase_every_days__gte=1, chase_most__gte=1, lock_count__gte=1, lock_notice_hours__gte=72),
                name="receipt_rules_make_sense",
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
