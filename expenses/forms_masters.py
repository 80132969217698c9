"""Forms of the coding masters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from expenses.forms_tags import TagChoices, TagFields
from expenses.models import (
    AccountType,
    Category,
    CategoryGroup,
    ChartAccount,
    Dimension,
    Tag,
    TagGroup,
    TaxCode,
    TaxMethod,
)


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
    valid_to = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

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
    group = forms.CharField(
        label=_("Group"), max_length=80, required=False, widget=forms.TextInput(attrs={"list": "category-groups"})
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account, tax_code = self.fields["account"], self.fields["tax_code"]
        assert isinstance(account, forms.ModelChoiceField) and isinstance(tax_code, forms.ModelChoiceField)
        account.queryset = ChartAccount.objects.for_company(company).filter(archived_at=None).order_by("number")
        tax_code.queryset = TaxCode.objects.for_company(company).filter(archived_at=None).order_by("-rate", "code")
        self.groups = CategoryGroup.objects.for_company(company).order_by("name")


class TagGroupForm(forms.Form):
    """A question that every line may answer once."""

    name = forms.CharField(label=_("Name"), max_length=80)
    dimension = forms.ChoiceField(label=_("What it is in the books"), choices=Dimension.choices)
    is_required = forms.BooleanField(label=_("Every purchase needs one"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class TagForm(forms.Form):
    """A tag of a group, perhaps below another one."""

    group = forms.ModelChoiceField(TagGroup.objects.none(), label=_("Group"), empty_label=_("Choose one"))
    name = forms.CharField(label=_("Name"), max_length=80)
    code = forms.CharField(label=_("Code in the books"), max_length=40, required=False)
    parent = forms.ModelChoiceField(
        Tag.objects.none(), label=_("Below"), required=False, empty_label=_("Nothing, it stands at the top")
    )
    owner = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Who answers for it"), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {
            "group": TagGroup.objects.for_company(company).filter(archived_at=None).order_by("position", "name"),
            "parent": Tag.objects.for_company(company).filter(archived_at=None).order_by("path", "id"),
            "owner": Membership.objects.for_company(company).exclude(status="left").order_by("name", "id"),
        }
        for name, queryset in rows.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset
        if self.initial.get("group"):
            # A tag that moved to another group would leave lines with two of one group.
            self.fields["group"].disabled = True


class VendorForm(TagFields):
    """Somebody the company buys from, and what that usually is."""

    name = forms.CharField(label=_("Name"), max_length=120)
    aliases = forms.CharField(
        label=_("Also printed as, one a line"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    country = forms.RegexField(
        r"^[A-Z]{2}$", label=_("Country"), required=False, max_length=2,
        error_messages={"invalid": _("Write the two letters of the country, as DE or SE.")},
    )  # fmt: skip
    account_number = forms.CharField(label=_("Supplier number in the books"), max_length=20, required=False)
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Usual category"), required=False, empty_label=_("None")
    )
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("Usual VAT code"), required=False, empty_label=_("The category’s own")
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fill_choices(self, company)
        used = self.initial.get("tags") or []
        self.add_tags(TagChoices(company, used), used)

    def clean_aliases(self) -> list[str]:
        return [line.strip()[:120] for line in self.cleaned_data["aliases"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        """Put the tags into one list, as the verb takes them."""
        data = dict(super().clean() or {})
        tags = self.chosen_tags()
        return {name: value for name, value in data.items() if not name.startswith("tag_")} | {"tags": tags}


def fill_choices(form: forms.Form, company: Company) -> None:
    """Give the selects of category and VAT code what is offered."""
    rows = {
        "category": Category.objects.for_company(company).filter(archived_at=None).order_by("name", "id"),
        "tax_code": TaxCode.objects.for_company(company).filter(archived_at=None).order_by("-rate", "code"),
    }
    for name, queryset in rows.items():
        field = form.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queryset
