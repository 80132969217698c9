"""Forms of the month's end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookkeeping.close_period import ALSO
from expenses.models import LockKind

STATES = [("", _("All")), ("closed", _("Closed")), ("reopened", _("Opened again"))]


class CloseForm(forms.Form):
    """Close a month: why, when something is open, and what else is closed with it."""

    reason = forms.CharField(
        label=_("Why it is closed with open points"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip
    also = forms.MultipleChoiceField(
        label=_("Close as well"),
        required=False,
        choices=[(kind, LockKind(kind).label) for kind in ALSO],
        initial=[LockKind.CLAIMS],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].is_wanted = True  # type: ignore[attr-defined]  # it is asked for only where something is open


class ReopenForm(forms.Form):
    """Why a month is opened again."""

    reason = forms.CharField(
        label=_("Why it is opened again"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].is_wanted = True  # type: ignore[attr-defined]


class ClosingFilter(forms.Form):
    """What the history of closings is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=STATES)

    def narrow(self, rows: Any) -> Any:
        """Return the closings that the form asks for; anything unreadable narrows nothing."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if words := values.get("q", "").replace("\x00", "").strip():
            rows = rows.filter(by__name__icontains=words)
        if state := values.get("state"):
            rows = rows.filter(reopened_at__isnull=state == "closed")
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


class PointFilter(forms.Form):
    """The search within the rows of an open point."""

    q = forms.CharField(required=False, max_length=100)

    @property
    def query(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("q", "")).replace("\x00", "").strip()
