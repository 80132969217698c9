"""What expenses are coded with: accounts, VAT codes, categories."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from pleo.lib import format
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.money import Money, zero


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


class TaxMethod(models.TextChoices):
    INCLUSIVE = "inclusive", _("Inside the amount")
    REVERSE = "reverse", _("Reverse charge: on top, owed and deducted by the company")


class TaxCode(CompanyOwned):
    """A VAT code. Its rate in percent is dated, and immutable once used: a new rate is a new row.

    `method` says whether the VAT stands inside what was paid, or comes on top and is owed by the company itself (then
    `reverse_account` takes what is owed). `non_deductible` is the percentage of the VAT that the company cannot claim
    back; it stays with the cost. `country` is whose VAT it is, empty for the company's own. `valid_to` is the last day of a
    code that ended.
    """

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    rate = models.DecimalField(_("rate in percent"), max_digits=9, decimal_places=6)
    method = models.CharField(
        _("where the VAT stands"), max_length=10, choices=TaxMethod.choices, default=TaxMethod.INCLUSIVE
    )
    non_deductible = models.DecimalField(_("not deductible, in percent"), max_digits=5, decimal_places=2, default=0)
    country = models.CharField(_("country"), max_length=2, blank=True)
    account = models.ForeignKey(ChartAccount, null=True, on_delete=models.PROTECT, related_name="tax_codes")
    reverse_account = models.ForeignKey(
        ChartAccount, null=True, on_delete=models.PROTECT, related_name="reverse_tax_codes"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "code", "valid_from"], name="tax_code_once"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=100), name="tax_code_rate_percent"),
            models.CheckConstraint(condition=Q(rate=0) | Q(account__isnull=False), name="tax_code_has_account"),
            choices_check("tax_code", "method", TaxMethod),
            models.CheckConstraint(
                condition=Q(non_deductible__gte=0, non_deductible__lte=100), name="tax_code_non_deductible_percent"
            ),
            models.CheckConstraint(
                condition=~Q(method="reverse") | Q(reverse_account__isnull=False, account__isnull=False),
                name="tax_code_reverse_has_accounts",
            ),
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"), name="tax_code_country_iso"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="tax_code_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> str:
        """The rate as people of the region write it."""
        return format.percent(self.rate, decimals=3)

    def tax_in(self, gross: Money) -> Money:
        """Return the VAT that stands inside an amount paid; none under reverse charge, where it comes on top."""
        return zero(gross.currency) if self.method == TaxMethod.REVERSE else gross.tax_inside(self.rate)

    @property
    def claims_vat(self) -> bool:
        """Say whether it claims back VAT that a shop charged, which takes the shop's invoice.

        Under reverse charge the company charges itself: what it owes and claims does not hang on a paper (CJEU C-90/02,
        Bockemühl).
        """
        return self.method == TaxMethod.INCLUSIVE and self.rate > 0 and self.non_deductible < 100

    def lost_of(self, tax: Money) -> Money:
        """Return the part of some VAT that cannot be claimed back, rounded once."""
        return tax.share(Decimal(self.non_deductible) / 100)


class CategoryGroup(CompanyOwned):
    """Categories that stand together in a list, such as everything about travel."""

    name = models.CharField(_("name"), max_length=80)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint("company", Lower("name"), name="category_group_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Category(CompanyOwned):
    """What people choose; the account and the usual VAT code follow from it."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    icon = models.CharField(max_length=40, default="receipt-text")
    group = models.ForeignKey(CategoryGroup, null=True, on_delete=models.PROTECT, related_name="categories")
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
