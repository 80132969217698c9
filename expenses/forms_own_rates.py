"""Forms of the company's own rates: one for mileage, one for days away, one to end a rate."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.keep_own_rate import Terms
from expenses.mileage_rates import VEHICLES, vehicles_of
from expenses.models import OwnRateKind
from expenses.number_field import NumberField
from expenses.per_diem_places import place_name, places
from expenses.per_diem_rates import SAME_EVERYWHERE

MOST_A_UNIT, MOST_A_DAY, FARTHEST_YEAR = 1_000, 99_999, 1_000_000


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
    )  # fmt: skip


class MileageRateForm(forms.Form):
    """What a kilometre or mile is paid; beyond a distance in the year another rate may follow."""

    vehicle = forms.ChoiceField(label=_("Vehicle"))
    rate = NumberField(label=_("Rate"), most=MOST_A_UNIT, places=4)
    upto = forms.IntegerField(label=_("Up to in a year"), required=False, min_value=1, max_value=FARTHEST_YEAR)
    rate_after = NumberField(label=_("Rate beyond"), most=MOST_A_UNIT, places=4, required=False, zero=True)
    valid_from = _day(_("From"))
    last_day = _day(_("Until and with"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vehicle = self.fields["vehicle"]
        assert isinstance(vehicle, forms.ChoiceField)
        vehicle.choices = [(code, VEHICLES[code]) for code in vehicles_of(company.country)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and (data["upto"] is None) != (data["rate_after"] is None):
            missing = "upto" if data["upto"] is None else "rate_after"
            self.add_error(missing, _("A distance and the rate beyond it go together."))
        return data

    @property
    def terms(self) -> Terms:
        return Terms(kind=OwnRateKind.MILEAGE, **self.cleaned_data)


class DailyRateForm(forms.Form):
    """What a day away is paid."""

    place = forms.ChoiceField(label=_("Country"))
    rate = NumberField(label=_("Whole day"), most=MOST_A_DAY, places=2)
    rate_half = NumberField(label=_("Half day"), most=MOST_A_DAY, places=2, required=False)
    valid_from = _day(_("From"))
    last_day = _day(_("Until and with"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place, home = self.fields["place"], company.country
        assert isinstance(place, forms.ChoiceField)
        place.choices = [(home, place_name(home))] if home in SAME_EVERYWHERE else places(home)

    @property
    def terms(self) -> Terms:
        return Terms(kind=OwnRateKind.PER_DIEM, **self.cleaned_data)


class EndForm(forms.Form):
    """The last day of a rate."""

    last_day = _day(_("Until and with"))
