"""Choosing a vendor in a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.models import Vendor

OFFERED = 20


def offered_vendors(company: Company, text: str) -> list[str]:
    """Return names of vendors that contain a text, for the list below the field."""
    rows = Vendor.objects.for_company(company).filter(merged_into=None, archived_at=None)
    return list(
        rows.filter(name__icontains=text.replace("\x00", "").strip())
        .order_by("name", "id")
        .values_list("name", flat=True)[:OFFERED]
    )


class VendorField(forms.CharField):
    """A vendor by its name: a company may have more of them than a list holds."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=120, widget=forms.TextInput(attrs={"list": "vendors"}), **options)
        self.company: Company | None = None
        # What is chosen already may stay, even if it was archived since.
        self.kept: Vendor | None = None

    def clean(self, value: Any) -> Vendor | None:
        name = super().clean(value)
        if not name:
            return None
        if self.kept is not None and name == self.kept.name:
            return self.kept
        assert self.company is not None, "the form says whose vendors"
        rows = Vendor.objects.for_company(self.company).filter(merged_into=None, archived_at=None)
        found = next((row for row in rows.filter(name__icontains=name) if row.name.casefold() == name.casefold()), None)
        if found is None:
            raise forms.ValidationError(_("There is no vendor with this name."))
        return found
