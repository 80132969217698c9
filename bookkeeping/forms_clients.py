"""The form that exports several companies in one go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bookkeeping.models import ExportFormat
from pleo.lib.ids import uuid7

# What each company agreed on; its own tables are known to it alone.
OWN = ""


class ClientExportForm(forms.Form):
    """Up to which day, in which format. `key` tells a second press of the button from a second run."""

    starts = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends = forms.DateField(
        label=_("Up to and with"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    format = forms.ChoiceField(label=_("Format"), required=False)
    queue_ready = forms.BooleanField(label=_("Queue what is ready first"), required=False, initial=True)
    with_receipts = forms.BooleanField(label=_("Add a ZIP with the receipts"), required=False, initial=True)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["format"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        fixed = [(key, label) for key, label in ExportFormat.choices if key != ExportFormat.CUSTOM]
        field.is_wanted = True  # type: ignore[attr-defined]  # one of them is always chosen
        field.choices = [(OWN, _("As each company agreed")), *fixed]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("starts"), values.get("ends")
        if first and last and last < first:
            raise ValidationError({"ends": _("The period must end after it starts.")})
        return values
