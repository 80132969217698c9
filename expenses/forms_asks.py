"""Forms of requests to spend: asking, deciding, finding."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, Team
from cards.evidence import Evidence
from cards.models import Card, CardState
from expenses.ask import Wanted
from expenses.decide_ask import Yes
from expenses.exchange import currencies
from expenses.models import AskStatus, Category, Deed, SpendRequest, Tag
from pleo.lib.fields import AmountField
from pleo.lib.search import search_words

USUAL_DAYS = timedelta(days=14)
KEY_LENGTH = 64


class AskForm(forms.Form):
    """What somebody wants to buy. Three fields are enough: what, how much, until when."""

    key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    title = forms.CharField(label=_("What do you want to buy?"), max_length=120)
    amount = AmountField(label=_("How much at most"))
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(
        label=_("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip
    merchant = forms.CharField(label=_("Where, if you know"), max_length=120, required=False)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("Category"), required=False, empty_label="–")
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("Mine"))
    tag = forms.ModelChoiceField(
        Tag.objects.none(), label=_("Project or other tag"), required=False, empty_label="–"
    )  # fmt: skip
    file = forms.FileField(label=_("Offer or plan, PDF or picture"), required=False, max_length=200)

    def __init__(self, *args: Any, by: Membership, today: date, **kwargs: Any) -> None:
        home = by.company.currency
        kwargs.setdefault("initial", {"key": uuid4().hex, "currency": home, "until": today + USUAL_DAYS})
        super().__init__(*args, **kwargs)
        known = [home, *(code for code in currencies() if code != home)]
        choice, amount = self.fields["currency"], self.fields["amount"]
        assert isinstance(choice, forms.ChoiceField) and isinstance(amount, AmountField)
        choice.choices = [(code, code) for code in known]
        asked = self.data.get("currency", "") if self.is_bound else ""
        amount.currency = asked if asked in known else home
        rows: dict[str, Any] = {
            "category": Category.objects.for_company(by.company).filter(archived_at=None).order_by("name", "id"),
            "team": Team.objects.for_company(by.company).order_by("name", "id"),
            "tag": Tag.objects.for_company(by.company).filter(archived_at=None).order_by("path", "id"),
        }
        for name, offered in rows.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = offered
        if not rows["tag"].exists():
            del self.fields["tag"]

    @property
    def wanted(self) -> Wanted:
        names = ("title", "amount", "until", "reason", "merchant", "category", "team", "tag")
        return Wanted(**{name: self.cleaned_data[name] for name in names if name in self.cleaned_data})

    @property
    def papers(self) -> list[Evidence]:
        sent = self.files.getlist("file") if hasattr(self.files, "getlist") else []
        return [Evidence(each.name or "", each.read()) for each in sent]


class DecideForm(forms.Form):
    """An answer: yes with an amount and a way to pay, or no with words."""

    amount = AmountField(label=_("Approve"))
    deed = forms.ChoiceField(label=_("How it is paid"), choices=Deed.choices, widget=forms.RadioSelect, required=False)
    card = forms.ModelChoiceField(Card.objects.none(), label=_("Which card"), required=False, empty_label=None)
    comment = forms.CharField(
        label=_("A word to them"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip
    over_reason = forms.CharField(label=_("Why it may go over the budget"), max_length=300, required=False)

    def __init__(self, *args: Any, request: SpendRequest, is_last: bool, by: Membership, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"amount": request.allowed or request.worth, "deed": Deed.NOTE})
        super().__init__(*args, **kwargs)
        amount, card = self.fields["amount"], self.fields["card"]
        assert isinstance(amount, AmountField) and isinstance(card, forms.ModelChoiceField)
        amount.currency = request.value_currency
        cards = Card.objects.filter(cardholder=request.asked_by_id).exclude(state=CardState.CLOSED)
        card.queryset = cards.order_by("name", "id")
        for name in ("deed", "card"):
            self.fields[name].is_wanted = True  # type: ignore[attr-defined]
        if not is_last:
            del self.fields["deed"], self.fields["card"]
        elif not cards.exists() or not by.can("requests.decide"):
            del self.fields["card"]
        if is_last and not by.can("requests.decide"):
            self.fields["deed"].choices = [(Deed.NOTE.value, Deed.NOTE.label)]  # type: ignore[attr-defined]
        if not (is_last and by.can("budgets.manage")):
            del self.fields["over_reason"]

    @property
    def yes(self) -> Yes:
        values = self.cleaned_data
        return Yes(values["amount"], values.get("deed", ""), values.get("card"), values.get("over_reason", ""))


class AskFilter(forms.Form):
    """What the list of requests is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(
        required=False,
        choices=(("", _("Under way")), ("mine", _("My turn")), ("all", _("All")), *AskStatus.choices),
    )
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label=_("All"))
    category = forms.ModelChoiceField(Category.objects.none(), required=False, empty_label=_("All"))
    sort = forms.ChoiceField(
        required=False,
        choices=(
            ("", _("Newest first")), ("asked", _("Oldest first")), ("-amount", _("Largest first")),
            ("amount", _("Smallest first")), ("until", _("Ends soonest")),
        ),
    )  # fmt: skip

    COLUMNS = {"asked": "asked_at", "amount": "value", "until": "until"}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (
            ("team", Team.objects.for_company(company).order_by("name", "id")),
            ("category", Category.objects.for_company(company).order_by("name", "id")),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        self.is_valid()

    def narrow(self, rows: Any, mine: Any) -> Any:
        """Narrow rows; `mine` is the condition of those that wait for the person who looks."""
        values = self.cleaned_data
        status = values.get("status")
        if not status:
            rows = rows.filter(status__in=[AskStatus.OPEN, AskStatus.APPROVED])
        elif status == "mine":
            rows = rows.filter(mine)
        elif status != "all":
            rows = rows.filter(status=status)
        for name in ("team", "category"):
            if values.get(name):
                rows = rows.filter(**{name: values[name]})
        for word in search_words(values.get("q", "")):
            rows = rows.filter(search_text__contains=word)
        return rows

    @property
    def order(self) -> tuple[tuple[str, str], bool]:
        asked = self.cleaned_data.get("sort") or "-asked"
        return (self.COLUMNS[asked.lstrip("-")], "id"), asked.startswith("-")

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "status", "team", "category"))
