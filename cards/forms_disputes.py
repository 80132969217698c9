"""Forms of disputes: opening one, and narrowing the list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cards.evidence import MAX_BYTES, Evidence
from cards.models import CLOSED, DisputeReason, DisputeStatus
from pleo.lib import format
from pleo.lib.fields import AmountField
from pleo.lib.money import Money
from pleo.lib.search import search_words


class ManyFilesInput(forms.FileInput):
    """A control for several files. Django's own takes one unless told so on its class."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; cleans to a list, which may be empty."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        one = super().clean
        given = data if isinstance(data, (list, tuple)) else [data]
        return [one(each, initial) for each in given if each] or self._nothing()

    def _nothing(self) -> list[Any]:
        if self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return []


class PapersForm(forms.Form):
    """What shows it."""

    evidence = ManyFilesField(label=_("What shows it"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["evidence"].widget.attrs["accept"] = "application/pdf,image/png,image/jpeg"

    @property
    def papers(self) -> list[Evidence]:
        """What was sent, each read to just beyond what is allowed."""
        return [Evidence(each.name, each.read(MAX_BYTES + 1)) for each in self.cleaned_data["evidence"]]


class ContestForm(PapersForm):
    """Why a purchase is contested, how much of it, and what shows it."""

    reason = forms.ChoiceField(label=_("What is wrong"), choices=[("", _("Choose…")), *DisputeReason.choices])
    amount = AmountField(label=_("How much of it"), required=False)
    explanation = forms.CharField(
        label=_("What happened"), required=False, max_length=2000, widget=forms.Textarea({"rows": 4})
    )
    evidence = ManyFilesField(label=_("What shows it"), required=False)
    field_order = ("reason", "amount", "explanation", "evidence")

    def __init__(self, *args: Any, left: Money, **options: Any) -> None:
        super().__init__(*args, **options)
        self.left = left
        amount: Any = self.fields["amount"]
        amount.currency = left.currency
        amount.widget.attrs["placeholder"] = format.amount(left, unit=False)


class DisputeFilter(forms.Form):
    """What the list of disputes is narrowed to, and its order. Anything unreadable narrows nothing."""

    STATES = (("", _("Open")), ("closed", _("Decided")), ("all", _("All")), *DisputeStatus.choices)
    SORTS = (("-created_at", _("Newest first")), ("created_at", _("Oldest first")), ("-amount", _("Largest first")))

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=STATES)
    reason = forms.ChoiceField(required=False, choices=[("", _("Any")), *DisputeReason.choices])
    sort = forms.ChoiceField(required=False, choices=SORTS)

    @property
    def values(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_bound and self.is_valid() else {}

    def narrow(self, rows: Any) -> Any:
        """Return the disputes that the form asks for; without a word about it, those that are not decided."""
        state, reason = self.values.get("state", ""), self.values.get("reason", "")
        if state in ("", "closed"):
            rows = rows.filter(status__in=CLOSED) if state else rows.exclude(status__in=CLOSED)
        elif state != "all":
            rows = rows.filter(status=state)
        if reason:
            rows = rows.filter(reason=reason)
        for word in search_words(self.values.get("q", "")):
            rows = rows.filter(search_text__contains=word)
        return rows

    @property
    def order(self) -> tuple[str, bool]:
        """The column to order by, and whether it descends."""
        sort = self.values.get("sort") or "-created_at"
        return sort.lstrip("-"), sort.startswith("-")

    @property
    def is_narrowed(self) -> bool:
        return any(self.values.get(name) for name in ("q", "state", "reason"))
