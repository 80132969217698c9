"""Form fields that return domain types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pleo.lib import format
from pleo.lib.money import Money


class AmountField(forms.CharField):
    """An amount as a person types it; cleans to Money of `currency`, or None when optional and empty.

    The form sets `field.currency` when it knows the company. Negative and, unless `zero` is allowed, empty-handed amounts are
    refused: direction is a word, not a sign.
    """

    def __init__(self, *, currency: str = "", zero: bool = False, **options: Any) -> None:
        options.setdefault("max_length", 60)
        super().__init__(**options)
        self.currency, self.zero = currency, zero

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off", "data-amount": ""}

    def prepare_value(self, value: Any) -> Any:
        return format.amount(value, unit=False) if isinstance(value, Money) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return None
        try:
            money = format.parse_amount(text, self.currency)
        except (format.AmountUnreadable, format.AmountTooLarge) as error:
            raise ValidationError(error.message(), code=error.code) from None
        if money.amount < 0 or (not money and not self.zero):
            raise ValidationError(_("The amount must be more than zero."), code="amount_not_positive")
        return money

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))
