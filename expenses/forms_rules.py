"""Forms of coding rules, of a card's own coding and of templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, Team
from cards.models import Card
from expenses.coding_rules import BEGINS, CONTAINS, IS, Conditions, ConditionWrong, read
from expenses.forms_masters import fill_choices
from expenses.forms_tags import TagChoices, TagFields
from expenses.keep_template import Share
from expenses.models import (
    AllocationShare,
    AllocationTemplate,
    Category,
    CodingRule,
    Expense,
    ExpenseKind,
    TaxCode,
)
from expenses.number_field import NumberField
from expenses.vendor_field import VendorField
from pleo.lib.fields import AmountField
from pleo.lib.money import Money

FEWEST_SHARES, MOST_SHARES = 2, 50
SENTENCES: dict[str, Any] = {
    "mccs": _("Write codes of four digits, or from-to, as 5812 or 3000-3299."),
    "countries": _("Write the two letters of each country, as DE or SE."),
    "amount_to": _("The highest amount is below the lowest."),
    "merchants": _("Write at most 200 names, one a line."),
}


class CodingFields(TagFields):
    """What is filled in: by a rule, or for a card."""

    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Category"), required=False, empty_label=_("Not said")
    )
    tax_code = forms.ModelChoiceField(
        TaxCode.objects.none(), label=_("VAT code"), required=False, empty_label=_("The category’s own")
    )
    vendor = VendorField(label=_("Vendor"))
    template = forms.ModelChoiceField(
        AllocationTemplate.objects.none(), label=_("Spread by template"), required=False, empty_label=_("Not spread")
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        fill_choices(self, company)
        template, vendor = self.fields["template"], self.fields["vendor"]
        assert isinstance(template, forms.ModelChoiceField) and isinstance(vendor, VendorField)
        template.queryset = AllocationTemplate.objects.for_company(company).filter(archived_at=None).order_by("name")
        vendor.company = company
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]
        used = self.initial.get("tags") or []
        self.add_tags(TagChoices(company, used), used, empty=_("Not said"))

    def says(self) -> dict[str, Any]:
        """Return what a valid form fills in, as the verbs take it."""
        names = ("category", "tax_code", "vendor", "template", "note")
        return {name: self.cleaned_data[name] for name in names} | {"tags": self.chosen_tags()}

    @staticmethod
    def initial_of(row: Any) -> dict[str, Any]:
        """Return what a rule or a card's coding says, for the form."""
        vendor = row.vendor.final.name if row.vendor else ""
        return {
            "category": row.category_id, "tax_code": row.tax_code_id, "vendor": vendor, "template": row.template_id,
            "note": row.note, "tags": row.tags,
        }  # fmt: skip


class RuleForm(CodingFields):
    """When a rule applies and what it fills in."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    merchant_way = forms.ChoiceField(
        label=_("Merchant"), choices=[(IS, _("is")), (BEGINS, _("begins with")), (CONTAINS, _("contains"))]
    )
    merchants = forms.CharField(
        label=_("Names, one a line"), required=False, max_length=24_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    mccs = forms.CharField(label=_("Codes of the kind of shop"), max_length=2_000, required=False)
    cards = forms.MultipleChoiceField(label=_("Cards"), required=False)
    people = forms.MultipleChoiceField(label=_("People"), required=False)
    teams = forms.MultipleChoiceField(label=_("Teams"), required=False)
    countries = forms.CharField(label=_("Countries"), max_length=400, required=False)
    kinds = forms.MultipleChoiceField(label=_("Kinds of expense"), required=False, choices=ExpenseKind.choices)
    text = forms.CharField(label=_("Text in the note or on the receipt"), max_length=200, required=False)
    amount_from = AmountField(label=_("Amount from"), required=False, zero=True)
    amount_to = AmountField(label=_("Amount up to"), required=False, zero=True)
    is_on = forms.BooleanField(label=_("The rule applies"), required=False, initial=True)

    WHEN = ("merchant_way", "merchants", "mccs", "text", "amount_from", "amount_to", "countries")
    WHOSE = ("cards", "people", "teams", "kinds")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        cards = (
            Card.objects.filter(company=company).order_by("name", "last_four").values_list("pk", "name", "last_four")
        )
        people = Membership.objects.for_company(company).exclude(status="left").order_by("name")
        choices: dict[str, list[tuple[str, Any]]] = {
            "cards": [(str(pk), f"{name} •• {last_four}") for pk, name, last_four in cards],
            "people": [(str(pk), name) for pk, name in people.values_list("pk", "name")],
            "teams": [(str(pk), name) for pk, name in Team.objects.filter(company=company).values_list("pk", "name")],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = offered
            field.widget.attrs["size"] = min(4, max(2, len(offered)))
        for name in ("amount_from", "amount_to"):
            amount = self.fields[name]
            assert isinstance(amount, AmountField)
            amount.currency = company.currency

    def when(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHEN]

    def whose(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHOSE]

    def is_whose(self) -> bool:
        """Say whether something is chosen or wrong among these, so that they are shown at once."""
        return any(bound.value() or bound.errors for bound in self.whose())

    def then(self) -> list[forms.BoundField]:
        return [*(self[name] for name in ("category", "tax_code", "vendor", "template", "note")), *self.tag_fields]

    def clean(self) -> dict[str, Any]:
        """Read the conditions, and put what is wrong beside its field."""
        data = dict(super().clean() or {})
        if self.errors:
            return data
        try:
            data["conditions"] = read(self._asked(data))
        except ConditionWrong as error:
            name = str(error) if str(error) in self.fields else None
            self.add_error(name, SENTENCES.get(str(error), gettext("This is not understood.")))
        return data

    @staticmethod
    def _asked(data: dict[str, Any]) -> dict[str, Any]:
        amounts = {name: data[name].amount if data[name] is not None else None for name in ("amount_from", "amount_to")}
        return {
            "merchants": [line.strip()[:120] for line in data["merchants"].splitlines() if line.strip()],
            "mccs": data["mccs"].replace(",", " ").split(),
            "countries": data["countries"].replace(",", " ").upper().split(),
            **{name: data[name] for name in ("cards", "people", "teams", "kinds", "text", "merchant_way")},
            **amounts,
        }  # fmt: skip

    @staticmethod
    def initial_of_rule(rule: CodingRule) -> dict[str, Any]:
        """Return a rule as the form shows it."""
        asked = read(rule.conditions)
        currency = rule.company.currency
        return CodingFields.initial_of(rule) | _conditions(asked, currency) | {"name": rule.name, "is_on": rule.is_on}

    @staticmethod
    def initial_of_expense(expense: Expense) -> dict[str, Any]:
        """Return the rule that would code purchases at this merchant as this one is coded."""
        line = expense.lines.order_by("position").first()
        tags = [str(pk) for pk in line.line_tags.values_list("tag_id", flat=True)] if line else []
        return {
            "merchants": expense.merchant, "category": line.category_id if line else None,
            "vendor": expense.vendor.final.name if expense.vendor else "", "tags": tags,
        }  # fmt: skip


def _conditions(asked: Conditions, currency: str) -> dict[str, Any]:
    amounts = {"amount_from": asked.amount_from, "amount_to": asked.amount_to}
    return {
        "merchant_way": asked.merchant_way, "merchants": "\n".join(asked.merchants), "mccs": " ".join(asked.mccs),
        "cards": asked.cards, "people": asked.people, "teams": asked.teams, "countries": " ".join(asked.countries),
        "kinds": asked.kinds, "text": asked.text,
        **{name: None if value is None else Money(value, currency) for name, value in amounts.items()},
    }  # fmt: skip


class ShareRow(TagFields):
    """One share of a template."""

    percent = NumberField(label=_("Percent"), required=False, most=100, places=4, zero=True)
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Category"), required=False, empty_label=_("As the expense")
    )
    text = forms.CharField(label=_("What it is"), max_length=200, required=False)

    def __init__(self, *args: Any, company: Company, choices: TagChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.for_company(company).filter(archived_at=None).order_by("name", "id")
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]
        self.add_tags(choices, self.initial.get("tags") or [], empty=_("As the expense"))

    @property
    def says_something(self) -> bool:
        data = self.cleaned_data
        return bool(data.get("percent") or data.get("category") or data.get("text") or self.chosen_tags())

    def share(self) -> Share:
        data = self.cleaned_data
        return Share(data["percent"] or Decimal(0), data["category"], None, tuple(self.chosen_tags()), data["text"])


class TemplateForm:
    """A template's name and its shares. `errors` speaks of the whole, the rows of themselves."""

    def __init__(
        self,
        company: Company,
        data: Any = None,
        *,
        shares: list[AllocationShare] | None = None,
        more: int = 0,
        name: str = "",
    ) -> None:
        self.company, self.data, self.errors = company, data, list[str]()
        self.name = data.get("name", "")[:80].replace("\x00", "") if data is not None else name
        used = [pk for share in shares or [] for pk in share.tags]
        self.choices = TagChoices(company, used)
        if data is not None:
            count = _number(data.get("rows", ""))
            self.rows = [self._row(number, data) for number in range(count)]
            self.rows += [self._row(count + number) for number in range(min(more, MOST_SHARES - count))]
        else:
            stored = [self._initial(share) for share in shares or []]
            stored += [{}] * max(0, FEWEST_SHARES - len(stored))
            self.rows = [self._row(number, initial=initial) for number, initial in enumerate(stored)]

    def _row(self, number: int, data: Any = None, initial: dict[str, Any] | None = None) -> ShareRow:
        return ShareRow(data, prefix=f"share-{number}", initial=initial, company=self.company, choices=self.choices)

    @staticmethod
    def _initial(share: AllocationShare) -> dict[str, Any]:
        return {
            "percent": share.percent.normalize(),
            "category": share.category_id,
            "text": share.text,
            "tags": share.tags,
        }

    def shares(self) -> list[Share] | None:
        """Return the shares, or None with the errors beside what is wrong."""
        checked = [row.is_valid() for row in self.rows]
        if not self.name.strip():
            self.errors.append(gettext("Give the template a name."))
        if not all(checked) or self.errors:
            return None
        return [row.share() for row in self.rows if row.says_something]


def _number(text: str) -> int:
    return (
        max(1, min(int(text), MOST_SHARES)) if text.isascii() and text.isdecimal() and len(text) < 4 else FEWEST_SHARES
    )
