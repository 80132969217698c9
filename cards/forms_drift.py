"""The form of the list of differences with the card issuer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cards.find_drift import matching
from cards.models import DriftKind, DriftState
from pleo.lib.search import search_words


class DriftFilter(forms.Form):
    """What the list is narrowed to. Without a word about it, what waits for somebody; anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False,
        choices=[("", _("Open")), (DriftState.NOTED, _("Noted")), (DriftState.OVER, _("Over")), ("all", _("All"))],
    )
    kind = forms.ChoiceField(required=False, choices=[("", _("Any")), *DriftKind.choices])
    sort = forms.ChoiceField(
        required=False,
        choices=[("", _("Newest first")), ("since", _("Oldest first")), ("kind", _("By what differs"))],
    )

    @property
    def values(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_bound and self.is_valid() else {}

    def narrow(self, rows: Any) -> Any:
        """Return the differences that the form asks for."""
        state = self.values.get("state") or DriftState.OPEN
        if state != "all":
            rows = rows.filter(state=state)
        if kind := self.values.get("kind"):
            rows = rows.filter(kind=kind)
        return rows.filter(matching(search_words(self.values.get("q", ""))))

    @property
    def order(self) -> tuple[tuple[str, ...], bool]:
        """Return the columns that the list is in the order of, and whether it goes down."""
        sort = self.values.get("sort", "")
        return (("kind", "id"), False) if sort == "kind" else (("found_at", "id"), sort != "since")

    @property
    def is_narrowed(self) -> bool:
        return any(self.values.get(name) for name in ("q", "state", "kind"))
