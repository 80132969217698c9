"""The form that corrects what is in the books: rows as in a split, with what was booked filled in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookkeeping.booked_coding import Coding
from bookkeeping.models import BookItem
from expenses.forms import CategoryField, offered_categories
from expenses.forms_tags import TagChoices, TagFields
from expenses.lines import Part
from expenses.models import Category, TaxCode
from expenses.split import MOST_LINES, SplitDiffers
from pleo.lib.fields import AmountField
from pleo.lib.ids import uuid7
from pleo.lib.money import Money, total


class CorrectionRow(TagFields):
    """One line. A row without an amount takes what the others leave; a row of nothing at all is left out."""

    amount = AmountField(label=_("Amount"), required=False)
    category = CategoryField(Category.objects.none(), label=_("Category"), required=False, empty_label=_("Choose one"))
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("VAT code"), required=False, empty_label=_("None")
    )
    tax = AmountField(label=_("VAT amount"), required=False, zero=True)
    text = forms.CharField(label=_("What it was"), max_length=200, required=False)

    def __init__(self, *args: Any, item: BookItem, old: list[Part], tags: TagChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_tags(tags, self.initial.get("tags") or [])
        category, code = self.fields["category"], self.fields["tax_code"]
        assert isinstance(category, CategoryField) and isinstance(code, forms.ModelChoiceField)
        used = [part.category.pk for part in old if part.category]
        category.queryset = offered_categories(item.company) | Category.objects.filter(pk__in=used).select_related(
            "account"
        )
        category.with_account = True
        codes = [part.tax_code.pk for part in old if part.tax_code]
        code.queryset = TaxCode.objects.for_company(item.company).filter(Q(archived_at=None) | Q(pk__in=codes))
        code.queryset = code.queryset.order_by("-rate", "code")
        for name in ("amount", "tax"):
            field = self.fields[name]
            assert isinstance(field, AmountField)
            field.currency = item.currency
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]

    @property
    def says_something(self) -> bool:
        """Say whether a person meant this row to be a line."""
        data = self.cleaned_data
        names = ("amount", "category", "text", "tax")
        return any(data.get(name) not in (None, "") for name in names) or bool(self.chosen_tags())

    def part(self, amount: Money) -> Part:
        """Return the line. VAT that nobody touched follows another amount or another code."""
        data = self.cleaned_data
        moved = amount != self.initial.get("amount") or {"tax_code"} & set(self.changed_data)
        tax = None if moved and "tax" not in self.changed_data else data["tax"]
        return Part(amount, data["category"], data["tax_code"], tax, data["text"], tags=tuple(self.chosen_tags()))


class CorrectionHead(forms.Form):
    """Why, and which press of the button this is."""

    reason = forms.CharField(
        label=_("Why"), max_length=500, help_text=_("It stands beside the correction in the books' history."),
        error_messages={"required": _("Write why, in a few words. The accountant reads it beside the vouchers.")},
    )  # fmt: skip
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)


class CorrectionForm:
    """All rows of a correction and what they make together. `errors` speaks of the whole, the rows of themselves."""

    def __init__(self, item: BookItem, coding: Coding, data: Any = None, *, more: int = 0) -> None:
        self.item, self.coding, self.data = item, coding, data
        self.errors: list[str] = []
        is_sent = data is not None and data.get("do") == "save"
        typed = {name: data[name] for name in ("reason", "key") if data and name in data}
        self.head = CorrectionHead(data if is_sent else None, initial=typed)
        self.tags = TagChoices(item.company, [tag.pk for part in coding.open for tag in part.tags])
        self.rows = [self._row(number) for number in range(self._count(more))]

    def _count(self, more: int) -> int:
        stored = len(self.coding.open)
        if self.data is None:
            return stored
        text = str(self.data.get("rows", ""))
        typed = int(text) if text.isdecimal() and len(text) < 4 else stored
        return max(1, min(typed + more, MOST_LINES))

    def _row(self, number: int) -> CorrectionRow:
        old = self.coding.open
        initial = self._initial(old[number]) if number < len(old) else {}
        return CorrectionRow(
            self.data, prefix=f"line-{number}", initial=initial, item=self.item, old=old, tags=self.tags
        )

    def _initial(self, part: Part) -> dict[str, Any]:
        return {
            "amount": part.amount, "category": part.category.pk if part.category else None,
            "tax_code": part.tax_code.pk if part.tax_code else None, "tax": part.tax, "text": part.text,
            "tags": [tag.pk for tag in part.tags],
        }  # fmt: skip

    def parts(self) -> list[Part] | None:
        """Return what was typed as lines, or None with errors beside the fields."""
        if not all([self.head.is_valid(), *[row.is_valid() for row in self.rows]]):
            if "key" in self.head.errors:
                self.errors.append(gettext("That form was out of date. Look at it again, then save."))
            return None
        rows = [row for row in self.rows if row.says_something]
        for row in rows:
            if row.cleaned_data["category"] is None:
                row.add_error("category", gettext("Choose a category."))
        typed = [row.cleaned_data["amount"] for row in rows]
        rest = self.coding.whole - total([one for one in typed if one is not None], self.coding.whole.currency)
        if not rows or typed.count(None) > 1:
            self.errors.append(gettext("Leave one amount empty at most: it takes the rest."))
        elif None in typed and rest.amount <= 0:
            self.errors.append(SplitDiffers(left=rest).message())
        if self.errors or any(row.errors for row in rows):
            return None
        return [row.part(rest if one is None else one) for row, one in zip(rows, typed, strict=True)]
