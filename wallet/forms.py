"""Forms of the wallet's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleo.lib.fields import AmountField
from pleo.lib.ids import uuid7
from wallet.models import LedgerAccount, TransferCode


class TopUpForm(forms.Form):
    """A pretend bank transfer into the wallet. `key` tells a second press of the button from a second transfer."""

    amount = AmountField(label=_("Amount"))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, account: LedgerAccount, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"].currency = account.currency  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": account.currency}


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
