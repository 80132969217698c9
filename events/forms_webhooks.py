"""Add an address that is told of what happens."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from events.webhooks import TOLD


class WebhookForm(forms.Form):
    """An address and what it is told."""

    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    verbs = forms.MultipleChoiceField(
        label=_("Told of"), choices=list(TOLD.items()), widget=forms.CheckboxSelectMultiple,
        initial=["export_job.created"], error_messages={"required": _("Choose what it is told.")},
    )  # fmt: skip
