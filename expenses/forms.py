"""Forms of expenses. They check shape and return domain types; the verbs decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from expenses.forms_tags import TagChoices, TagFields
from expenses.keep_attendees import people_in
from expenses.models import Category, Expense, ExpenseLine, ReviewOutcome, Tag, TaxCode
from expenses.next_step import WITH_RECEIPT
from expenses.suggest import LEARNED, Suggestion, suggestions
from expenses.tagging import tags_on
from expenses.vendor_field import VendorField
from pleo.lib.errors import DomainError
from pleo.lib.fields import AmountField
from pleo.lib.money import Money

LAST_VERSION = 2**31 - 1


class CategoryField(forms.ModelChoiceField):
    """A category, named with its account for those who know accounts."""

    with_account = False

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.account.number}" if self.with_account else obj.name


def offered_categories(company: Company, line: ExpenseLine | None = None) -> Any:
    """Return the categories that can be chosen: the live ones, and the one in place even if archived since."""
    keep = Q(archived_at=None) | Q(pk=line.category_id if line else None)
    return Category.objects.for_company(company).filter(keep).select_related("account").order_by("name", "id")


def offered_tax(expense: Expense, offers: Sequence[Suggestion] | None = None) -> Money | None:
    """Return the VAT that was read and that nobody confirmed yet; `offers` for who has them at hand."""
    if not expense.reading_open or "tax" in expense.confirmed:
        return None
    found = suggestions(expense) if offers is None else offers
    return next((one.value for one in found if one.name == "tax"), None)


class AttendeesField(forms.CharField):
    """Who was there, one person per line; the form sets `company`. Cleans to a list of `Present`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        options.setdefault("help_text", _("One per line. Colleagues by name; guests as “Jane Roe, Acme”."))
        super().__init__(label=_("Names"), max_length=12_000, required=False, **options)
        self.company: Company | None = None

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        assert self.company is not None, "the form names the company"
        try:
            return people_in(text, self.company)
        except DomainError as error:
            raise forms.ValidationError(error.message(), code=error.code) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "").split() != str(data or "").split()


class CodingForm(TagFields):
    """Category, tags and note for everybody; VAT code and amount for who codes for the books."""

    version = forms.IntegerField(min_value=1, max_value=LAST_VERSION, required=False, widget=forms.HiddenInput)
    category = CategoryField(Category.objects.none(), label=_("Category"), required=False, empty_label=_("Choose one"))
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("VAT code"), required=False, empty_label=_("None")
    )
    tax = AmountField(label=_("VAT amount"), required=False, zero=True)
    document_date = forms.DateField(
        label=_("Date on the receipt"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    vendor = VendorField(label=_("Vendor"))
    attendees = AttendeesField()
    accepted = forms.MultipleChoiceField(
        choices=[(name, name) for name in ("total", "date", "tax", *LEARNED)], required=False
    )

    def __init__(
        self, *args: Any, expense: Expense, by: Membership, in_form: str = "", tags: Sequence[Tag] | None = None,
        offers: Sequence[Suggestion] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        # The page has fetched the lines already.
        line = min(expense.lines.all(), key=lambda one: one.position, default=None)
        kwargs.setdefault("initial", self.initial_of(expense, line))
        offered = offered_tax(expense, offers)
        if offered is not None:
            # What was read stands in the field until somebody confirms it; leaving it as it is does not.
            kwargs["initial"]["tax"] = offered
        super().__init__(*args, **kwargs)
        category, tax_code, tax = self.fields["category"], self.fields["tax_code"], self.fields["tax"]
        assert isinstance(category, CategoryField) and isinstance(tax_code, forms.ModelChoiceField)
        assert isinstance(tax, AmountField)
        category.queryset = offered_categories(expense.company, line)
        category.with_account = self.codes_books(by)
        keep = Q(archived_at=None) | Q(pk=line.tax_code_id if line else None)
        tax_code.queryset = TaxCode.objects.for_company(expense.company).filter(keep).order_by("-rate", "code")
        tax.currency = expense.currency
        vendor, attendees = self.fields["vendor"], self.fields["attendees"]
        assert isinstance(vendor, VendorField) and isinstance(attendees, AttendeesField)
        vendor.company, vendor.kept = expense.company, expense.vendor.final if expense.vendor else None
        attendees.company, attendees.is_wanted = expense.company, True  # type: ignore[attr-defined]
        if expense.kind not in WITH_RECEIPT:
            del self.fields["attendees"]
        if not self.codes_books(by):
            del self.fields["tax_code"]
        has = tags if tags is not None else tags_on([line])[line.pk] if line else []
        chosen = [tag.pk for tag in has]
        if expense.lines.count() <= 1 and not expense.is_private:
            self.add_tags(TagChoices(expense.company, chosen), chosen)
        else:
            self.choices_of_tags = TagChoices(expense.company)
        if expense.lines.count() > 1 or expense.is_private:
            # Several lines have a page of their own; one field would make them all the same.
            for name in {"category", "tax_code", "tax"} & set(self.fields):
                del self.fields[name]
        # Not asked for at once, and not optional either: the label does not say so.
        for name in ("category", "tax_code", "tax", "document_date", "vendor"):
            if name in self.fields:
                self.fields[name].is_wanted = True  # type: ignore[attr-defined]
        if in_form:
            for field in self.fields.values():
                field.widget.attrs["form"] = in_form

    @staticmethod
    def codes_books(by: Membership) -> bool:
        """Say whether a person is asked for VAT codes: the employee is not."""
        return by.can("expenses.see_all")

    @staticmethod
    def initial_of(expense: Expense, line: ExpenseLine | None) -> dict[str, Any]:
        return {
            "version": expense.version,
            "category": line.category_id if line else None,
            "tax_code": line.tax_code_id if line else None,
            "tax": line.tax if line else None,
            "document_date": expense.document_date,
            "note": expense.note,
            "vendor": expense.vendor.final.name if expense.vendor else "",
            "attendees": "\n".join(str(one) for one in expense.attendees.order_by("id"))
            if expense.attendee_count
            else "",
        }


class ReviewForm(forms.Form):
    """A decision, with words for the person who paid."""

    outcome = forms.ChoiceField(choices=ReviewOutcome.choices)
    reason = forms.CharField(max_length=500, required=False)
    stage_id = forms.UUIDField(required=False)


BULK_LIMIT = 500


def ticked_ids(data: Any) -> list[UUID]:
    """Return the ids of the ticked rows, odd values left out, at most BULK_LIMIT."""
    field, found = forms.UUIDField(), []
    for value in data.getlist("expense")[:BULK_LIMIT]:
        try:
            found.append(field.clean(value))
        except forms.ValidationError:
            continue
    return found
