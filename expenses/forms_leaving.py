"""The form of somebody's leaving."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.leaving import LeavingPage


class LeavingForm(forms.Form):
    """Who takes the teams over, and whether it ends by itself."""

    lead = forms.ModelChoiceField(
        label=_("Their teams are led by"), queryset=Membership.objects.none(), required=False, empty_label="–"
    )
    waits = forms.BooleanField(label=_("End it by itself once nothing is reserved"), required=False, initial=True)

    def __init__(self, *args: Any, page: LeavingPage, **options: Any) -> None:
        if page.leaving is not None:
            options.setdefault("initial", {"lead": page.leaving.lead_id, "waits": page.leaving.waits})
        super().__init__(*args, **options)
        self.page, self.problem = page, ""
        self.fields["lead"].queryset = page.leads()  # type: ignore[attr-defined]
        if page.teams:
            self.fields["lead"].is_wanted = True  # type: ignore[attr-defined]
        else:
            del self.fields["lead"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values.setdefault("lead", None)
        return values
