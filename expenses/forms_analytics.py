"""What the analytics page is asked for. Everything is optional; the address is the state."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expenses.spend import GROUPS, MOST_MONTHS, Period


class PeriodForm(forms.Form):
    """From when to when. Without either: this year so far."""

    date_from = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    date_to = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(choices=[(word, word) for word in GROUPS], required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usual = Period(today.replace(month=1, day=1), today)

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        first, last = values.get("date_from"), values.get("date_to")
        last = last or self.usual.last
        first = first or (self.usual.first if last >= self.usual.first else last.replace(month=1, day=1))
        if first > last:
            self.add_error("date_to", _("It ends before it begins."))
        elif first.year < 2 or (last.year - first.year) * 12 + last.month - first.month >= MOST_MONTHS:
            self.add_error("date_from", _("Choose %(most)s months at most.") % {"most": MOST_MONTHS})
        values["period"] = Period(first, last)
        return values

    @property
    def period(self) -> Period:
        """The days asked for; this year so far while they make no sense."""
        return self.cleaned_data["period"] if self.is_valid() else self.usual

    @property
    def group(self) -> str:
        return (self.is_valid() and self.cleaned_data.get("by")) or "category"
