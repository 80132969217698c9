"""A form field for a number that people type with a comma or a point."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class NumberField(forms.CharField):
    """A number of zero or more with at most `places` decimals; cleans to Decimal, or None when optional and empty."""

    def __init__(self, *, most: int, places: int, zero: bool = False, **options: Any) -> None:
        options.setdefault("max_length", 20)
        super().__init__(**options)
        self.most, self.places, self.zero = most, places, zero

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            **super().widget_attrs(widget),
            "inputmode": "decimal",
            "autocomplete": "off",
            "class": "input input--amount",
        }

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        bare = re.sub(r"\s", "", text).replace(",", ".")
        if not re.fullmatch(rf"\d{{1,12}}(\.\d{{1,{self.places}}})?", bare, flags=re.ASCII):
            raise ValidationError(_("Write a number, as 12 or 12.5."), code="number_unreadable")
        number = Decimal(bare)
        if number > self.most or (not number and not self.zero):
            raise ValidationError(
                _("Write a number above 0, at most %(most)s.") % {"most": self.most}, code="number_range"
            )
        return number
