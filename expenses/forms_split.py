"""The form that splits an expense: as many rows as lines, by amount or by percent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.code_expense import no_tax_code
from expenses.forms import LAST_VERSION, CategoryField, CodingForm, offered_categories
from expenses.forms_tags import TagChoices, TagFields
from expenses.lines import Part
from expenses.models import Category, Expense, ExpenseLine, TaxCode
from expenses.number_field import NumberField
from expenses.split import HUNDRED, MOST_LINES, SplitDiffers, by_percent, shared_of, to_split
from expenses.tagging import tags_on
from pleo.lib.errors import DomainError
from pleo.lib.fields import AmountField
from pleo.lib.money import Money, total

AMOUNTS, PERCENT = "amounts", "percent"
FEWEST_ROWS = 2


class SplitRow(TagFields):
    """One line. A row without amount takes what the others leave; a row of nothing at all is left out."""

    amount = AmountField(label=_("Amount"), required=False)
    percent = NumberField(label=_("Percent"), required=False, most=HUNDRED, places=4, zero=True)
    category = CategoryField(Category.objects.none(), label=_("Category"), required=False, empty_label=_("Choose one"))
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("VAT code"), required=False, empty_label=_("None")
    )
    tax = AmountField(label=_("VAT amount"), required=False, zero=True)
    text = forms.CharField(label=_("What it was"), max_length=200, required=False)
    is_private = forms.BooleanField(label=_("For myself"), required=False)

    def __init__(
        self, *args: Any, expense: Expense, by: Membership, mode: str, tags: TagChoices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.add_tags(tags, self.initial.get("tags") or [])
        category, code = self.fields["category"], self.fields["tax_code"]
        assert isinstance(category, CategoryField) and isinstance(code, forms.ModelChoiceField)
        used = [line.category_id for line in expense.lines.all() if line.category_id]
        category.queryset = offered_categories(expense.company) | Category.objects.filter(pk__in=used).select_related(
            "account"
        )
        category.with_account = CodingForm.codes_books(by)
        codes = [line.tax_code_id for line in expense.lines.all() if line.tax_code_id]
        code.queryset = TaxCode.objects.for_company(expense.company).filter(Q(archived_at=None) | Q(pk__in=codes))
        code.queryset = code.queryset.order_by("-rate", "code")
        for name in ("amount", "tax"):
            field = self.fields[name]
            assert isinstance(field, AmountField)
            field.currency = expense.currency
        self.fields["is_private"].label = (
            _("For myself") if by.pk == expense.owner_id else _("Private, the person pays it back")
        )
        del self.fields["percent" if mode == AMOUNTS else "amount"]
        if not CodingForm.codes_books(by):
            del self.fields["tax_code"]
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]

    @property
    def says_something(self) -> bool:
        """Say whether a person meant this row to be a line."""
        data = self.cleaned_data
        names = ("amount", "percent", "category", "text", "tax", "is_private")
        return any(data.get(name) not in (None, "", False) for name in names) or bool(self.chosen_tags())


class SplitForm:
    """All rows of the split and what they make together. `errors` speaks of the whole, the rows of themselves."""

    def __init__(self, expense: Expense, by: Membership, data: Any = None, *, more: int = 0) -> None:
        self.expense, self.by, self.data = expense, by, data
        self.mode = PERCENT if data and data.get("mode") == PERCENT else AMOUNTS
        self.whole: Money = to_split(expense)
        self.errors: list[str] = []
        self.has_tags = tags_on(shared_of(expense))
        used = [tag.pk for tags in self.has_tags.values() for tag in tags]
        self.tags = TagChoices(expense.company, used)
        self.version = expense.version if data is None else _version(data)
        self.rows = self._typed(more) if data is not None else self._stored()

    def _stored(self) -> list[SplitRow]:
        lines = [line for line in shared_of(self.expense) if line.amount]
        initials = [self._initial(line) for line in lines] + [{}] * max(0, FEWEST_ROWS - len(lines))
        return [self._row(number, initial=initial) for number, initial in enumerate(initials)]

    def _initial(self, line: ExpenseLine) -> dict[str, Any]:
        return {
            "amount": line.gross, "category": line.category_id, "tax_code": line.tax_code_id, "tax": line.tax,
            "text": line.text, "is_private": line.is_private, "tags": [tag.pk for tag in self.has_tags[line.pk]],
        }  # fmt: skip

    def _typed(self, more: int) -> list[SplitRow]:
        try:
            number = int(self.data.get("rows", ""))
        except ValueError:
            number = FEWEST_ROWS
        number = max(1, min(number, MOST_LINES))
        rows = [self._row(index, self.data) for index in range(number)]
        return rows + [self._row(number + index) for index in range(min(more, MOST_LINES - number))]

    def _row(self, number: int, data: Any = None, initial: dict[str, Any] | None = None) -> SplitRow:
        return SplitRow(
            data, prefix=f"line-{number}", initial=initial, expense=self.expense, by=self.by, mode=self.mode,
            tags=self.tags,
        )  # fmt: skip

    def parts(self) -> list[Part] | None:
        """Return the lines that the rows ask for, or None with the errors beside what is wrong."""
        checked = [row.is_valid() for row in self.rows]
        if not all(checked):
            return None
        rows = [row for row in self.rows if row.says_something]
        try:
            amounts = self._shares(rows) if self.mode == PERCENT else self._amounts(rows)
        except DomainError as error:
            self.errors.append(error.message())
            return None
        own = [row for row in rows if row.cleaned_data["is_private"]]
        wrong = [row for row in own if row.cleaned_data.get("category") or row.chosen_tags()]
        for row in wrong:
            row.add_error("category", gettext("What is private has no category and no tags."))
        return (
            None
            if wrong or self.errors
            else [self._part(row, amount) for row, amount in zip(rows, amounts, strict=True)]
        )

    def _amounts(self, rows: list[SplitRow]) -> list[Money]:
        typed = [row.cleaned_data["amount"] for row in rows]
        known = total([amount for amount in typed if amount is not None], self.whole.currency)
        if typed.count(None) > 1:
            self.errors.append(gettext("Leave one amount empty at most: it takes the rest."))
            return []
        rest = self.whole - known
        if None in typed and rest.amount <= 0:
            raise SplitDiffers(left=rest)
        return [rest if amount is None else amount for amount in typed]

    def _shares(self, rows: list[SplitRow]) -> list[Money]:
        return by_percent(self.whole, [row.cleaned_data["percent"] or Decimal(0) for row in rows])

    def _part(self, row: SplitRow, amount: Money) -> Part:
        data = row.cleaned_data
        if data["is_private"]:
            return Part(amount, text=data["text"], is_private=True)
        code, tax = data.get("tax_code"), data["tax"]
        if "tax_code" not in row.fields:
            code = data["category"].tax_code if data["category"] else None
            if code is not None and code.claims_vat and self.expense.is_declared:
                code = no_tax_code(self.expense.company)
        if tax is not None and not row.fields["tax"].has_changed(self._was(row), row["tax"].value()):
            tax = None if amount != self._amount_was(row) else tax
        return Part(amount, data["category"], code, tax, data["text"], tags=tuple(row.chosen_tags()))

    def _was(self, row: SplitRow) -> Any:
        line = self._line(row)
        return line.tax if line else None

    def _amount_was(self, row: SplitRow) -> Money | None:
        line = self._line(row)
        return line.gross if line else None

    def _line(self, row: SplitRow) -> ExpenseLine | None:
        lines = [line for line in shared_of(self.expense) if line.amount]
        number = int(str(row.prefix).removeprefix("line-"))
        return lines[number] if number < len(lines) else None


def _version(data: Any) -> int | None:
    text = data.get("version", "")
    return int(text) if text.isdecimal() and 0 < int(text) <= LAST_VERSION else None


class TipForm(forms.Form):
    """A tip inside the amount."""

    tip = AmountField(label=_("Tip inside the amount"))

    def __init__(self, *args: Any, expense: Expense, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tip = self.fields["tip"]
        assert isinstance(tip, AmountField)
        tip.currency = expense.currency
