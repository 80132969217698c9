"""Forms of limits, raises and rules, for cards, people and card policies alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from cards.categories import GROUPS
from cards.models import Channel, Control, ControlKind, ControlMode, Interval, Limit
from cards.rule_words import country_name, weekday_name
from cards.rules import countries
from pleo.lib.fields import AmountField
from pleo.lib.money import Money

HARD, SOFT = "hard", "soft"
SENSIBLE = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
# What a page offers to switch off; a purchase whose way of paying is not known passes.
SWITCHES = (Channel.ONLINE, Channel.CHIP, Channel.CONTACTLESS, Channel.CASH)


class LimitsForm(forms.Form):
    """Limits of one owner: an amount for each interval, and whether it is hard. An empty amount means no limit."""

    def __init__(self, *args: Any, live: Mapping[str, Limit], currency: str, **options: Any) -> None:
        initial: dict[str, Any] = {}
        for interval, limit in live.items():
            initial |= {interval: Money(limit.amount, limit.currency), f"{interval}_kind": HARD if limit.hard else SOFT}
        options["initial"] = initial
        super().__init__(*args, **options)
        self.live = live
        for interval in Interval:
            self.fields[interval.value] = AmountField(
                label=interval.label, required=False, zero=True, currency=currency
            )
            self.fields[f"{interval.value}_kind"] = forms.ChoiceField(
                label=_("Hard or soft"), choices=((HARD, _("Hard")), (SOFT, _("Soft"))), required=False, initial=HARD
            )
            self.fields[interval.value].widget.attrs["class"] = "input input--amount"
            self.fields[f"{interval.value}_kind"].widget.attrs |= {
                "class": "input",
                "aria-label": gettext("%(limit)s: hard or soft") % {"limit": interval.label},
            }

    def rows(self) -> list[tuple[Any, Any]]:
        """Return the fields of each interval: amount and kind."""
        return [(self[interval.value], self[f"{interval.value}_kind"]) for interval in Interval]

    def wanted(self) -> dict[str, tuple[Money | None, bool]]:
        """Return amount and hardness by interval, of those that differ from what stands."""
        found = {}
        for interval in Interval.values:
            amount, hard = self.cleaned_data[interval], self.cleaned_data[f"{interval}_kind"] != SOFT
            stands = self.live.get(interval)
            now = (Money(stands.amount, stands.currency), stands.hard) if stands else (None, hard)
            if (amount, hard) != now:
                found[interval] = (amount, hard)
        return found


class RaiseForm(forms.Form):
    """A higher limit for a while. Days are whole days of the company's time zone; the last one is included."""

    interval = forms.ChoiceField(label=_("Limit"), choices=())
    amount = AmountField(label=_("Up to"))
    starts_on = forms.DateField(
        label=_("From"), required=False, validators=SENSIBLE, widget=forms.DateInput(attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        label=_("Until, this day included"), validators=SENSIBLE, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, limits: Mapping[str, Money], company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.company = company
        choices = [(each, Interval(each).label) for each in Interval.values if each in limits]
        self.fields["interval"].choices = choices  # type: ignore[attr-defined]
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]

    def period(self) -> tuple[datetime | None, datetime]:
        """Return from when (None for now) and until when it holds."""
        begin, last = self.cleaned_data.get("starts_on"), self.cleaned_data["ends_on"]
        starts = _midnight(begin, self.company) if begin else None
        if starts and starts <= timezone.now():
            starts = None
        return starts, _midnight(last + timedelta(days=1), self.company)


def _midnight(day: Any, company: Company) -> datetime:
    return datetime.combine(day, time(), company.zone)


class RuleForm(forms.Form):
    """One control. What it asks depends on the kind; `values()` gives mode and values for the verb."""

    note = forms.CharField(
        label=_("Why"), required=False, max_length=120, help_text=_("Shown to the holder when it declines a purchase.")
    )

    def __init__(self, *args: Any, kind: str, rule: Control | None, currency: str, **options: Any) -> None:
        self.kind, self.currency = kind, currency
        initial = {"note": rule.note if rule else "", "mode": rule.mode if rule else ControlMode.ALLOW}
        if kind == ControlKind.CATEGORY and not rule:
            initial["mode"] = ControlMode.BLOCK
        initial |= _initial(kind, rule, currency)
        options["initial"] = initial
        super().__init__(*args, **options)
        fields: dict[str, forms.Field] = dict(self.fields)
        self.fields.clear()
        if kind in (ControlKind.CATEGORY, ControlKind.MERCHANT, ControlKind.COUNTRY):
            self.fields["mode"] = forms.ChoiceField(
                label=_("The card pays for"), choices=ControlMode.choices, widget=forms.RadioSelect
            )
        self.fields.update(_fields(kind, currency))
        self.fields.update(fields)

    def clean_countries(self) -> list[str]:
        text = self.cleaned_data["countries"]
        known = {country_name(code).casefold(): code for code in countries()} | {
            code.casefold(): code for code in countries()
        }
        found = []
        for word in _lines(text):
            if word.casefold() not in known:
                raise forms.ValidationError(gettext("“%(what)s” is no country that is known here.") % {"what": word})
            found.append(known[word.casefold()])
        return found

    def clean_codes(self) -> list[str]:
        words = _lines(self.cleaned_data["codes"])
        for word in words:
            if not re.fullmatch(r"[0-9]{4}", word, re.ASCII):
                raise forms.ValidationError(
                    gettext("A merchant category code has four digits: “%(what)s” has not.") % {"what": word}
                )
        return words

    def mode(self) -> str:
        if self.kind == ControlKind.CHANNEL:
            return ControlMode.BLOCK
        return str(self.cleaned_data.get("mode", ControlMode.ALLOW))

    def values(self) -> Any:
        """Return the values for `set_control`; None where the form says that everything goes."""
        data = self.cleaned_data
        match self.kind:
            case ControlKind.CATEGORY:
                return [*data["groups"], *data["codes"]]
            case ControlKind.MERCHANT:
                return [{"name": word} for word in _lines(data["merchants"])]
            case ControlKind.FIRST_MERCHANT:
                return []
            case ControlKind.COUNTRY:
                return data["countries"]
            case ControlKind.WEEKDAY:
                days = [int(each) for each in data["days"]]
                return days if len(days) < 7 else None
            case ControlKind.HOURS:
                return [data["begin"].strftime("%H:%M"), data["end"].strftime("%H:%M")]
            case ControlKind.CHANNEL:
                off = [each.value for each in SWITCHES if each not in data["channels"]]
                return off or None
        given = {name: data[name].amount for name in ("min", "max", "whole") if data[name]}
        return given


def _lines(text: str) -> list[str]:
    return [word.strip() for word in re.split(r"[,;\n]", text) if word.strip()]


def _initial(kind: str, rule: Control | None, currency: str) -> dict[str, Any]:
    values = rule.values if rule else None
    match kind:
        case ControlKind.CATEGORY:
            given = values or []
            return {
                "groups": [each for each in given if each in GROUPS],
                "codes": ", ".join(each for each in given if each not in GROUPS),
            }
        case ControlKind.MERCHANT:
            return {"merchants": "\n".join(each["name"] for each in values or [])}
        case ControlKind.COUNTRY:
            return {"countries": ", ".join(country_name(each) for each in values or [])}
        case ControlKind.WEEKDAY:
            return {"days": values if values is not None else list(range(7))}
        case ControlKind.HOURS:
            return {"begin": values[0], "end": values[1]} if values else {}
        case ControlKind.CHANNEL:
            return {"channels": [each for each in SWITCHES if each not in (values or [])]}
        case ControlKind.AMOUNT:
            return {name: Money(value, currency) for name, value in (values or {}).items()}
    return {}


def _fields(kind: str, currency: str) -> dict[str, forms.Field]:
    match kind:
        case ControlKind.CATEGORY:
            groups = [(code, name) for code, (name, _ranges) in GROUPS.items()]
            return {
                "groups": forms.MultipleChoiceField(
                    label=_("What"), choices=groups, required=False, widget=forms.CheckboxSelectMultiple
                ),
                "codes": forms.CharField(
                    label=_("Merchant category codes"), required=False, max_length=400, help_text=_("Four digits each, with commas.")
                ),
            }  # fmt: skip
        case ControlKind.MERCHANT:
            return {
                "merchants": forms.CharField(
                    label=_("Merchants"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
                    help_text=_("One on each line, as tills write them. The beginning of a name is enough."),
                )
            }  # fmt: skip
        case ControlKind.COUNTRY:
            return {
                "countries": forms.CharField(
                    label=_("Countries"), max_length=2000, help_text=_("Names or codes with commas, such as Denmark, DE.")
                )
            }  # fmt: skip
        case ControlKind.WEEKDAY:
            return {
                "days": forms.MultipleChoiceField(
                    label=_("Days the card works"), widget=forms.CheckboxSelectMultiple,
                    choices=[(number, weekday_name(number)) for number in range(7)],
                )
            }  # fmt: skip
        case ControlKind.HOURS:
            return {
                "begin": forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")),
                "end": forms.TimeField(
                    label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                    help_text=_("May be past midnight. In the company’s time zone."),
                ),
            }  # fmt: skip
        case ControlKind.CHANNEL:
            return {
                "channels": forms.MultipleChoiceField(
                    label=_("The card works"), required=False, widget=forms.CheckboxSelectMultiple,
                    choices=[(each.value, each.label) for each in SWITCHES],
                )
            }  # fmt: skip
        case ControlKind.AMOUNT:
            return {
                "min": AmountField(label=_("At least"), required=False, currency=currency),
                "max": AmountField(label=_("At most"), required=False, currency=currency),
                "whole": AmountField(
                    label=_("No multiples of"), required=False, currency=currency,
                    help_text=_("Declines round amounts, such as gift cards of 100, 200 or 500."),
                ),
            }  # fmt: skip
    return {}


class PolicyForm(forms.Form):
    """The name of a card policy."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Who it is for, such as Travelling staff."))


class CardChoice(forms.ModelMultipleChoiceField):
    """Cards, each by its holder."""

    def label_from_instance(self, card: models.Model) -> str:
        return f"{card.cardholder.name}, {card}"  # type: ignore[attr-defined]


class AskRaiseForm(forms.Form):
    """A wish for a higher limit, for a while or for good."""

    interval = forms.ChoiceField(label=_("Limit"), choices=())
    amount = AmountField(label=_("Up to"))
    ends_on = forms.DateField(
        label=_("Until, this day included"),
        required=False,
        validators=SENSIBLE,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty means for good."),
    )
    reason = forms.CharField(label=_("What for"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, limits: Mapping[str, Money], company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.company = company
        choices = [(each, Interval(each).label) for each in Interval.values if each in limits]
        self.fields["interval"].choices = choices  # type: ignore[attr-defined]
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]

    def ends_at(self) -> datetime | None:
        last = self.cleaned_data["ends_on"]
        return _midnight(last + timedelta(days=1), self.company) if last else None


class AskCardForm(forms.Form):
    """A wish for a new card."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What it is for, such as Travel."))
    amount = AmountField(label=_("Each month up to"))
    reason = forms.CharField(label=_("What for"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
