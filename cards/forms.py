"""Forms of the cards' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cards.models import Card, CardState, Freeze, Interval
from pleo.lib.fields import AmountField
from pleo.lib.money import Money
from pleo.lib.search import search_words

# The intervals that the page offers; the model knows more.
OFFERED = (Interval.PURCHASE, Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.YEAR)


class LimitsForm(forms.Form):
    """A card's own limits, one field for each interval; an empty one means no limit."""

    def __init__(self, *args: Any, card: Card, **options: Any) -> None:
        live = {limit.interval: limit.cap for limit in card.limit_owner.limits.filter(ended_at=None)}
        options.setdefault("initial", {interval.value: live.get(interval) for interval in OFFERED})
        super().__init__(*args, **options)
        for interval in OFFERED:
            self.fields[interval.value] = AmountField(label=interval.label, required=False, zero=True)
        _set_currency(self, card.company.currency)

    def wanted(self) -> dict[str, Money | None]:
        """Return the limits as they shall be, by interval."""
        return {interval.value: self.cleaned_data[interval.value] for interval in OFFERED}


def _set_currency(form: forms.Form, currency: str) -> None:
    for field in form.fields.values():
        if isinstance(field, AmountField):
            field.currency = currency


class CardFilter(forms.Form):
    """What the list of cards is narrowed to. Anything unreadable narrows nothing."""

    STATES = (
        ("", _("Open")),
        ("active", _("Active")),
        ("frozen", _("Frozen")),
        ("closed", _("Closed")),
        ("all", _("All")),
    )

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=STATES)

    def narrow(self, rows: Any) -> Any:
        """Return the cards that the form asks for; without a word about it, those that are not closed."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        resting = Q(pk__in=Freeze.objects.filter(ended_at=None).values("card"))
        state = values.get("state", "")
        if state == "closed":
            rows = rows.filter(state=CardState.CLOSED)
        elif state != "all":
            rows = rows.exclude(state=CardState.CLOSED)
        if state in ("active", "frozen"):
            rows = rows.filter(resting if state == "frozen" else ~resting)
        for word in search_words(values.get("q", "")):
            rows = rows.filter(Q(search_text__contains=word) | Q(cardholder__search_text__contains=word))
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


class DeclineFilter(forms.Form):
    """What the list of declines is narrowed to."""

    q = forms.CharField(required=False, max_length=100)

    def narrow(self, rows: Any) -> Any:
        """Return the declines that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for word in search_words(values.get("q", "")):
            rows = rows.filter(
                Q(search_text__contains=word)
                | Q(card__search_text__contains=word)
                | Q(card__cardholder__search_text__contains=word)
            )
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))
