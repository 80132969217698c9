"""The forms of acts on many expenses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.forms import CategoryField, offered_categories
from expenses.forms_tags import TagChoices, TagFields
from expenses.models import BulkAct, Category, TaxCode


class BulkForm(TagFields):
    """What to do with the ticked expenses. Coding asks for its category, VAT code and tags on a page of its own."""

    act = forms.ChoiceField(
        choices=[(act.value, act.label) for act in (BulkAct.CODE, BulkAct.ACCEPT, BulkAct.OKAY)],
        widget=forms.HiddenInput,
    )
    category = CategoryField(Category.objects.none(), label=_("Category"), required=False, empty_label=_("As it is"))
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(),
        label=_("VAT code"),
        required=False,
        empty_label=_("The category's own"),
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "category": offered_categories(company),
            "tax_code": TaxCode.objects.for_company(company).filter(archived_at=None).order_by("code"),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
            field.is_wanted = True  # type: ignore[attr-defined]  # either is enough, so neither is called optional
        self.add_tags(TagChoices(company), (), empty=_("As it is"))
        for bound in self.tag_fields:
            bound.field.is_wanted = True  # type: ignore[attr-defined]
