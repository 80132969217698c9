"""Forms of the coding masters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.models import AccountType, ChartAccount, TaxCode, TaxMethod


class AccountForm(forms.Form):
    """An account of the chart."""

    number = forms.CharField(label=_("Number"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=120)
    type = forms.ChoiceField(label=_("Kind"), choices=AccountType.choices)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class TaxCodeForm(forms.Form):
    """A VAT code; the rate is what the amount without VAT is multiplied by."""

    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=80)
    rate = forms.DecimalField(
        label=_("Rate in percent"), min_value=0, max_value=99, max_digits=8, decimal_places=6, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    account = forms.ModelChoiceField(
        ChartAccount.objects.none(), label=_("VAT account"), required=False, empty_label=_("None, for 0 %")
    )
    method = forms.ChoiceField(
        label=_("Where the VAT stands"), choices=TaxMethod.choices, initial=TaxMethod.INCLUSIVE, required=False
    )
    reverse_account = forms.ModelChoiceField(
        ChartAccount.objects.none(), label=_("Account for VAT owed"), required=False,
        empty_label=_("None, unless reverse charge"),
    )  # fmt: skip
    non_deductible = forms.DecimalField(
        label=_("Not deductible, in percent"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False,
        localize=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    country = forms.RegexField(
        r"^[A-Z]{2}$", label=_("Country, if not the company’s own"), required=False, max_length=2,
        error_messages={"invalid": _("Write the two letters of the country, as DE or SE.")},
    )  # fmt: skip
    valid_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("account", "reverse_account"):
            account = self.fields[name]
            assert isinstance(account, forms.ModelChoiceField)
            account.queryset = ChartAccount.objects.for_company(company).filter(archived_at=None).order_by("number")
        self.fields["valid_from"].initial = date(2020, 1, 1)

    def clean_method(self) -> str:
        return str(self.cleaned_data.get("method") or TaxMethod.INCLUSIVE)

    def clean_non_deductible(self) -> Decimal:
        return self.cleaned_data.get("non_deductible") or Decimal(0)


class CategoryForm(forms.Form):
    """What people choose."""

    name = forms.CharField(label=_("Name"), max_length=80)
    account = forms.ModelChoiceField(ChartAccount.objects.none(), label=_("Account"), empty_label=_("Choose one"))
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("Usual VAT code"), required=False, empty_label=_("None")
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account, tax_code = self.fields["account"], self.fields["tax_code"]
        assert isinstance(account, forms.ModelChoiceField) and isinstance(tax_code, forms.ModelChoiceField)
        account.queryset = ChartAccount.objects.for_company(company).filter(archived_at=None).order_by("number")
        tax_code.queryset = TaxCode.objects.for_company(company).filter(archived_at=None).order_by("-rate", "code")
