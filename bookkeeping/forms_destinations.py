"""Connect to another system."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class EconomicForm(forms.Form):
    """The agreement's token, and the journal that entries go to as drafts."""

    token = forms.CharField(
        label=_("Agreement grant token"), max_length=200, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept sealed and never shown again. Leave it empty to keep the one there is."),
    )  # fmt: skip
    journal = forms.IntegerField(label=_("Journal number"), min_value=1, max_value=999_999_999, initial=1)
