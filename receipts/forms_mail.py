"""Forms of mail that came in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pleo.lib.search import search_words
from receipts.models import MailOutcome, MailStatus

# The filter's words for mail that has no outcome yet, beside the outcomes.
OPEN, FAILED = "open", "failed"


class SenderForm(forms.Form):
    """A further address that receipts are sent from. What it must be, `add_sender` knows."""

    email = forms.CharField(label=_("Another address of yours"), max_length=254, widget=forms.EmailInput)


class MailFilter(forms.Form):
    """Words, and how it ended. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", _("Any")), (OPEN, _("Waiting")), (FAILED, _("Failed")), *MailOutcome.choices],
    )

    def narrow(self, rows: Any) -> Any:
        """Return the mail that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for word in search_words(values.get("q", "").replace("\x00", "")):
            rows = rows.filter(search_text__contains=word)
        outcome = values.get("outcome", "")
        if outcome == OPEN:
            return rows.filter(status__in=[MailStatus.RECEIVED, MailStatus.PROCESSING])
        if outcome == FAILED:
            return rows.filter(status=MailStatus.FAILED)
        return rows.filter(outcome=outcome) if outcome else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))
