"""The form that has the issuer fetch money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from pleo.lib.fields import AmountField
from pleo.lib.ids import uuid7


class FundsForm(forms.Form):
    """How much is fetched. `key` tells a second press from a second amount."""

    amount = AmountField(label=_("Amount"))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": company.currency}
