"""What expenses are coded with: accounts, VAT codes, categories."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from pleo.lib import format
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check


class AccountType(models.TextChoices):
    EXPENSE = "expense", _("Expense")
    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    INCOME = "income", _("Income")
    EQUITY = "equity", _("Equity")


class ChartAccount(CompanyOwned):
    """An account of the company's own books. Archived, never deleted once used."""

    number = models.CharField(_("number"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    type = models.CharField(_("kind"), max_length=10, choices=AccountType.choices)
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "number"], name="chart_account_number_once"),
            choices_check("chart_account", "type", AccountType),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class TaxCode(CompanyOwned):
    """A VAT code. Its rate in percent is dated, and immutable once used: a new rate is a new row."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    rate = models.DecimalField(_("rate in percent"), max_digits=9, decimal_places=6)
    account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="tax_codes")
    valid_from = models.DateField()
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "code", "valid_from"], name="tax_code_once"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=100), name="tax_code_rate_percent"),
            models.CheckConstraint(condition=Q(rate=0) | Q(account__isnull=False), name="tax_code_has_account"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> str:
        """The rate as people of the region write it."""
        return format.percent(self.rate, decimals=3)


class Category(CompanyOwned):
    """What people choose; the account and the usual VAT code follow from it."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    icon = models.CharField(max_length=40, default="receipt-text")
    account = models.ForeignKey(ChartAccount, on_delete=models.PROTECT, related_name="categories")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="categories")
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "code"], name="category_code_once"),
            models.UniqueConstraint("company", Lower("name"), name="category_name_once"),
        ]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name
