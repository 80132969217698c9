"""Forms of bank statements and their lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from pleo.lib.search import search_words
from wallet.forms_wallets import WalletChoice, open_wallets
from wallet.models import LedgerAccount, LineStatus, StatementStatus


class StatementForm(forms.Form):
    """A file from the bank."""

    file = forms.FileField(
        label=_("Statement"), allow_empty_file=True, help_text=_("camt.053, camt.054 or MT940, as the bank gives it.")
    )


class MatchForm(forms.Form):
    """The wallet that a line is for."""

    account = WalletChoice(LedgerAccount.objects.none(), label=_("Wallet"), empty_label=None)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["account"].queryset = open_wallets(company)  # type: ignore[attr-defined]


class LineFilter(forms.Form):
    """What a list of bank lines is narrowed to. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(required=False, choices=[("", _("Any")), *LineStatus.choices])

    def narrow(self, rows: Any) -> Any:
        """Return the lines that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for word in search_words(values.get("q", "").replace("\x00", "")):
            rows = rows.filter(search_text__contains=word)
        return rows.filter(status=values["status"]) if values.get("status") else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


class StatementFilter(forms.Form):
    """What the list of statements is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(required=False, choices=[("", _("Any")), *StatementStatus.choices])

    def narrow(self, rows: Any) -> Any:
        """Return the statements that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for word in search_words(values.get("q", "").replace("\x00", "")):
            rows = rows.filter(Q(search_text__contains=word) | Q(file_name__icontains=word))
        return rows.filter(status=values["status"]) if values.get("status") else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))
