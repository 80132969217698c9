"""The form of the list of questions to cardholders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cards.models import ConsentKind, ConsentStatus
from pleo.lib.search import search_words


class ConsentFilter(forms.Form):
    """What the list is narrowed to, and its order. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(required=False, choices=[("", _("Any")), *ConsentStatus.choices])
    kind = forms.ChoiceField(required=False, choices=[("", _("Any")), *ConsentKind.choices])
    sort = forms.ChoiceField(required=False, choices=[("", _("Newest first")), ("asked_at", _("Oldest first"))])

    @property
    def values(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_bound and self.is_valid() else {}

    def narrow(self, rows: Any) -> Any:
        """Return the questions that the form asks for."""
        for name in ("status", "kind"):
            if value := self.values.get(name):
                rows = rows.filter(**{name: value})
        for word in search_words(self.values.get("q", "")):
            rows = rows.filter(
                Q(merchant_name__icontains=word)
                | Q(card__search_text__contains=word)
                | Q(card__cardholder__search_text__contains=word)
            )
        return rows

    @property
    def is_oldest_first(self) -> bool:
        return bool(self.values.get("sort"))

    @property
    def is_narrowed(self) -> bool:
        return any(self.values.get(name) for name in ("q", "status", "kind"))
