"""Forms of budgets."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, Role, Team
from expenses.keep_budget import MOST_WARNINGS, USUAL_WARNINGS, Terms
from expenses.models import Budget, BudgetInterval, Category, Tag
from pleo.lib.fields import AmountField
from pleo.lib.search import search_words


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=required)


class WarningsField(forms.CharField):
    """Percentages, as a person lists them; cleans to whole numbers in order."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(each) for each in value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace("%", " ").replace(",", " ").replace(";", " ")
        words = text.split()
        if len(words) > MOST_WARNINGS or not all(
            word.isascii() and word.isdigit() and len(word) < 4 and 0 < int(word) <= 500 for word in words
        ):
            raise ValidationError(_("Write up to five percentages between 1 and 500, as 80 and 100."))
        return sorted({int(word) for word in words})


class BudgetForm(forms.Form):
    """A budget. Its periods are chosen once: `is_new` leaves the fields for them in."""

    name = forms.CharField(label=_("Name"), max_length=80)
    amount = AmountField(label=_("Amount"))
    interval = forms.ChoiceField(label=_("Period"), choices=BudgetInterval.choices)
    starts_on = _day(_("From"))
    ends_on = _day(_("To"), required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("All teams"))
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Category"), required=False, empty_label=_("All categories")
    )
    tag = forms.ModelChoiceField(
        Tag.objects.none(), label=_("Project or other tag"), required=False, empty_label=_("All")
    )
    owner = forms.ModelChoiceField(Membership.objects.none(), label=_("Owner"), empty_label=None)
    warn_at = WarningsField(label=_("Warn the owner at, in percent"), required=False, max_length=40)
    is_hard = forms.BooleanField(label=_("Hard: no request is approved above it"), required=False)
    rolls_over = forms.BooleanField(label=_("What is left goes into the next period"), required=False)

    def __init__(
        self, *args: Any, company: Company, today: date, budget: Budget | None = None, by: Membership, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", _of(budget) if budget else _usual(today, by))
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)
        amount.currency = company.currency
        people = Membership.objects.for_company(company).active().exclude(role=Role.SERVICE)
        choices: dict[str, Any] = {
            "team": Team.objects.for_company(company).order_by("name", "id"),
            "category": Category.objects.for_company(company).filter(archived_at=None).order_by("name", "id"),
            "tag": Tag.objects.for_company(company).filter(archived_at=None).order_by("path", "id"),
            "owner": people.order_by("name", "id"),
        }
        if budget is not None:
            # What was archived or has left meanwhile can stay.
            choices["category"] = choices["category"] | Category.objects.filter(pk__in=[budget.category_id])
            choices["tag"] = choices["tag"] | Tag.objects.filter(pk__in=[budget.tag_id])
            choices["owner"] = choices["owner"] | Membership.objects.filter(pk=budget.owner_id)
            for name in ("interval", "starts_on", "ends_on"):
                del self.fields[name]
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
            field.is_wanted = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("starts_on"), values.get("ends_on")
        if values.get("interval") == BudgetInterval.ONCE and first and (last is None or last < first):
            self.add_error("ends_on", _("Choose a last day that is not before the first."))
        return values

    @property
    def terms(self) -> Terms:
        names = ("name", "owner", "amount", "team", "category", "tag", "is_hard", "rolls_over", "warn_at")
        return Terms(**{name: self.cleaned_data[name] for name in names})


def _of(budget: Budget) -> dict[str, Any]:
    return {
        "name": budget.name, "amount": budget.money, "team": budget.team_id, "category": budget.category_id, "tag": budget.tag_id,
        "owner": budget.owner_id, "warn_at": budget.warn_at, "is_hard": budget.is_hard, "rolls_over": budget.rolls_over,
    }  # fmt: skip


def _usual(today: date, by: Membership) -> dict[str, Any]:
    return {
        "interval": BudgetInterval.MONTH, "starts_on": today.replace(day=1), "owner": by.pk,
        "warn_at": list(USUAL_WARNINGS),
    }  # fmt: skip


class BudgetFilter(forms.Form):
    """What the list of budgets is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False, choices=(("", _("In use")), ("archived", _("Archived")), ("all", _("All")))
    )
    interval = forms.ChoiceField(required=False, choices=(("", _("Any")), *BudgetInterval.choices))
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label=_("All"))
    sort = forms.ChoiceField(
        required=False,
        choices=(("", _("Name")), ("-name", _("Name, backwards")), ("-amount", _("Largest first")), ("amount", _("Smallest first"))),
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = Team.objects.for_company(company).order_by("name", "id")
        self.is_valid()

    def narrow(self, rows: Any) -> Any:
        values = self.cleaned_data
        state = values.get("state")
        if state != "all":
            rows = rows.filter(archived_at__isnull=state != "archived")
        for name in ("interval", "team"):
            if values.get(name):
                rows = rows.filter(**{name: values[name]})
        for word in search_words(values.get("q", "")):
            rows = rows.filter(search_text__contains=word)
        return rows

    @property
    def order(self) -> tuple[tuple[str, str], bool]:
        """The columns to page by, and whether downwards."""
        asked = self.cleaned_data.get("sort") or "name"
        return (asked.lstrip("-"), "id"), asked.startswith("-")

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "state", "interval", "team"))
