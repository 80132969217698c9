"""Forms of the wallet's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wallet.models import TransferCode


class MovementFilter(forms.Form):
    """What a list of transfers is narrowed to. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    code = forms.ChoiceField(required=False, choices=[("", _("Any")), *TransferCode.choices])

    def narrow(self, rows: Any) -> Any:
        """Return the rows that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if values.get("q"):
            rows = rows.filter(text__icontains=values["q"].strip())
        if values.get("code"):
            rows = rows.filter(code=values["code"])
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))
