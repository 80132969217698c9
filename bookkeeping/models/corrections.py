"""Corrections of what was exported: another coding for the same money, booked as an entry of its own."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership
from bookkeeping.models.books import BookItem
from expenses.models import Category, Direction, Tag, TaxCode
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money


class CorrectionQuerySet(CompanyQuerySet):
    """Corrections."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("books.see") else rows.none()

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(dropped_at=None)


class Correction(CompanyOwned):
    """What an exported item should have been booked as. Its own item (`item`) is exported like any other.

    `corrects` is the item before it: the original, or the correction before. Each is corrected once at a time, so corrections of
    a fact stand in one line. A correction that was taken back keeps its item, in no lane.
    """

    item = models.OneToOneField(BookItem, on_delete=models.PROTECT, related_name="correction")
    corrects = models.ForeignKey(BookItem, on_delete=models.PROTECT, related_name="corrections")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    client_key = models.CharField(max_length=64, editable=False)
    reason = models.CharField(max_length=500)
    dropped_at = models.DateTimeField(null=True, editable=False)
    dropped_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CorrectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["corrects"], condition=Q(dropped_at__isnull=True), name="correction_once"),
            models.UniqueConstraint(fields=["company", "client_key"], name="correction_client_key_once"),
            models.CheckConstraint(condition=~Q(item=F("corrects")), name="correction_of_another"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_reason"),
        ]


class CorrectionLine(CompanyOwned):
    """A part of the money with its right coding, in the words of `ExpenseLine`. Written once, with its correction."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    direction = models.CharField(max_length=6, choices=Direction.choices)
    amount = amount_field()
    currency = currency_field()
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="+")
    tax_amount = amount_field(default=0)
    text = models.CharField(max_length=200, blank=True)
    is_private = models.BooleanField(default=False)
    tags: models.ManyToManyField[Tag, Any] = models.ManyToManyField(Tag, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["correction", "position"], name="correction_line_position_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="correction_line_amount_positive"),
            models.CheckConstraint(
                condition=Q(tax_amount__gte=0) & Q(tax_amount__lte=F("amount")), name="correction_line_tax_within"
            ),
            models.CheckConstraint(
                condition=Q(is_private=False, category__isnull=False)
                | Q(is_private=True, category__isnull=True, tax_code__isnull=True, tax_amount=0),
                name="correction_line_coded_or_private",
            ),
            choices_check("correction_line", "direction", Direction),
            currency_check("correction_line"),
        ]

    @property
    def gross(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def deductible_tax(self) -> Money:
        """The VAT that the company claims back; the rest stays with the cost."""
        tax = Money(self.tax_amount, self.currency)
        return tax - self.tax_code.lost_of(tax) if self.tax_code else tax
