"""Who was paid: vendors, found again under every name that a card machine prints."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.masters import Category, TaxCode
from pleo.lib.models import CompanyOwned, CompanyQuerySet


class Vendor(CompanyOwned):
    """Somebody the company buys from. `account_number` is theirs among the suppliers in the books.

    Category, VAT code and `tags` (ids of tags, one of each group) are what their purchases usually are. One that was merged
    stays where it was used and points to the one that stands for it now.
    """

    name = models.CharField(_("name"), max_length=120)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    account_number = models.CharField(_("supplier number"), max_length=20, blank=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="vendors")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="vendors")
    tags = models.JSONField(default=list)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint("company", Lower("name"), condition=Q(merged_into=None), name="vendor_name_once"),
            models.UniqueConstraint(
                fields=["company", "account_number"],
                condition=~Q(account_number="") & Q(merged_into=None),
                name="vendor_account_number_once",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="vendor_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"), name="vendor_country_iso"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "name", "id"], name="vendor_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def final(self) -> Vendor:
        """The vendor that stands for this one now."""
        return self.merged_into.final if self.merged_into else self


class VendorAlias(CompanyOwned):
    """A merchant name, in the spelling that is compared (`merchant_name.plain`), under which a vendor is found."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=120)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "name"], name="vendor_alias_once"),
            models.CheckConstraint(condition=~Q(name=""), name="vendor_alias_says_something"),
        ]

    def __str__(self) -> str:
        return self.name


class VendorMerge(CompanyOwned):
    """One vendor became another. `moved` names what went along, so that undoing puts back exactly that."""

    gone = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="merges")
    kept = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="vendor_merged_once"),
            models.CheckConstraint(condition=~Q(gone=F("kept")), name="vendor_merge_of_two"),
        ]
