"""The form of a rule of the expense policy: one check, what it is narrowed to, and what follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Team
from expenses.guidelines import LENGTH, sections_of
from expenses.keep_rule import REQUIRED, Wording
from expenses.models import Category, PolicyCheck, PolicyEffect, PolicyVersion
from expenses.number_field import NumberField
from expenses.policy_shape import KINDS, PARAMETERS, WEEKDAYS
from pleo.lib.fields import AmountField
from pleo.lib.money import Money, is_currency

MOST_NAMES = 100
LONGEST_NAME = 80
MOST_DAYS = 3650


class LinesField(forms.CharField):
    """Several short texts, one per line; cleans to a list without doubles."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(max_length=MOST_NAMES * (LONGEST_NAME + 2), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(one) for one in value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        found = list(dict.fromkeys(line.strip() for line in text.replace("\x00", "").splitlines() if line.strip()))
        if len(found) > MOST_NAMES or any(len(one) > LONGEST_NAME for one in found):
            raise ValidationError(_("Write 100 lines at most, each up to 80 letters."), code="too_many_lines")
        return found


class DaysField(LinesField):
    """Days, one per line, as 2026-12-24."""

    def clean(self, value: Any) -> Any:
        days = []
        for line in super().clean(value):
            try:
                days.append(date.fromisoformat(line).isoformat())
            except ValueError:
                raise ValidationError(_("Write each day as 2026-12-24."), code="day_unreadable") from None
        return sorted(set(days))


class CurrenciesField(forms.CharField):
    """Currency codes with commas or spaces between."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        codes = sorted(set(super().clean(value).upper().replace(",", " ").split()))
        for code in codes:
            if not is_currency(code):
                raise ValidationError(_("%(code)s is no currency."), code="no_currency", params={"code": code[:10]})
        return codes


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class RuleForm(forms.Form):
    """A version of a rule. Only the parameters of its check are asked for."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("People read it where the rule speaks."))
    limit = AmountField(label=_("Amount"), zero=True)
    percent = NumberField(label=_("Percent of the bill"), most=1000, places=2, zero=True)
    days = forms.IntegerField(label=_("Days"), min_value=0, max_value=MOST_DAYS)
    distance = NumberField(label=_("Distance, there and back"), most=50_000, places=1)
    weekdays = forms.MultipleChoiceField(
        label=_("Days of the week"), choices=[(str(number), name) for number, name in WEEKDAYS], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    holidays = DaysField(label=_("Holidays"), required=False, help_text=_("One per line, as 2026-12-24."))
    currencies = CurrenciesField(label=_("Currencies that are fine"), max_length=400, help_text=_("As DKK, EUR"))
    merchants = LinesField(label=_("Merchants"), help_text=_("One per line. A part of the name is enough."))
    effect = forms.ChoiceField(label=_("What follows"))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"), choices=KINDS, required=False, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.none(), label=_("Categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple
    )
    above = AmountField(label=_("Above"), required=False, zero=True)
    upto = AmountField(label=_("Up to and with"), required=False)
    except_merchants = LinesField(label=_("Not at these merchants"), required=False)
    section = forms.ChoiceField(label=_("Section of the guidelines"), required=False)
    valid_from = _day(_("From"))
    valid_upto = _day(_("Up to and with"), required=False)

    def __init__(self, *args: Any, company: Company, check: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.check = company, check
        for name in {name for names in PARAMETERS.values() for name in names} - set(PARAMETERS[check]):
            del self.fields[name]
        if check in REQUIRED:
            del self.fields["effect"]
        else:
            self._field("effect", forms.ChoiceField).choices = [
                pair for pair in PolicyEffect.choices if pair[0] != PolicyEffect.REQUIRE
            ]
        rows: dict[str, Any] = {"categories": Category, "teams": Team}
        for name, model in rows.items():
            self._field(name, forms.ModelMultipleChoiceField).queryset = model.objects.for_company(company).order_by(
                "name", "id"
            )
        for name in {"limit", "above", "upto"} & set(self.fields):
            field = self._field(name, AmountField)
            field.currency, field.label = company.currency, f"{field.label}, {company.currency}"
        sections = [(one.slug, one.title) for one in sections_of(company)]
        kept = self.initial.get("section")
        sections += [(kept, kept)] if kept and kept not in dict(sections) else []
        self._field("section", forms.ChoiceField).choices = [("", _("None")), *sections]

    def _field(self, name: str, kind: Any) -> Any:
        field = self.fields[name]
        assert isinstance(field, kind)
        return field

    @property
    def parameter_fields(self) -> list[Any]:
        """The fields of the check's own parameters."""
        return [self[name] for name in PARAMETERS[self.check]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        above, upto = data.get("above"), data.get("upto")
        if above is not None and upto is not None and upto.amount <= above.amount:
            self.add_error("upto", ValidationError(_("This is not more than “above”."), code="band_empty"))
        first, last = data.get("valid_from"), data.get("valid_upto")
        if first and last and last < first:
            self.add_error("valid_upto", ValidationError(_("It ends before it begins."), code="days_swapped"))
        if self.check == "day_off" and "holidays" in data and not data.get("weekdays") and not data["holidays"]:
            self.add_error(
                "weekdays", ValidationError(_("Choose a day of the week, or write a holiday."), code="no_day")
            )
        return data

    @property
    def wording(self) -> Wording:
        data = self.cleaned_data
        scope = {
            "kinds": data["kinds"],
            "categories": [str(one.pk) for one in data["categories"]],
            "teams": [str(one.pk) for one in data["teams"]],
            "above": data["above"].amount if data["above"] is not None else None,
            "upto": data["upto"].amount if data["upto"] is not None else None,
            "except_merchants": data["except_merchants"],
        }
        return Wording(
            name=data["name"].replace("\x00", ""), check=self.check, effect=data.get("effect", PolicyEffect.REQUIRE),
            valid_from=data["valid_from"], valid_upto=data["valid_upto"], scope=scope,
            parameters={name: plain(name, data[name]) for name in PARAMETERS[self.check]}, section=data["section"],
        )  # fmt: skip

    @staticmethod
    def initial_of(version: PolicyVersion, currency: str) -> dict[str, Any]:
        """Return the fields of a version that is there."""
        values: dict[str, Any] = {**version.parameters, **version.scope}
        for name in ("limit", "above", "upto"):
            if values.get(name) is not None:
                values[name] = Money(values[name], currency)
        for name in ("percent", "distance"):
            if name in values:
                values[name] = Decimal(str(values[name]))
        if "weekdays" in values:
            values["weekdays"] = [str(day) for day in values["weekdays"]]
        shown = ("name", "effect", "section", "valid_from", "valid_upto")
        return values | {name: getattr(version, name) for name in shown}


def plain(name: str, value: Any) -> Any:
    """Return a parameter as a version keeps it: whole numbers, texts and lists of them."""
    if isinstance(value, Money):
        return value.amount
    if name == "weekdays":
        return sorted(int(day) for day in value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class CheckForm(forms.Form):
    """Which check a new rule makes."""

    check = forms.ChoiceField(choices=PolicyCheck.choices)


class GuidelineForm(forms.Form):
    """The guidelines in the company's own words."""

    text = forms.CharField(
        label=_("Guidelines"), max_length=LENGTH, widget=forms.Textarea(attrs={"rows": 24}), strip=False,
        help_text=_("# for a heading, - for a list, **bold**, [words](https://…) for a link."),
    )  # fmt: skip

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\x00", "")
        if not text.strip():
            raise ValidationError(_("Write something first."), code="required")
        return text
