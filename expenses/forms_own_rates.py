"""Forms of the company's own rates: one for mileage, one for days away, one to end a rate."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.keep_own_rate import Terms
from expenses.mileage_rates import VEHICLES, vehicles_of
from expenses.models import OwnRate, OwnRateKind
from expenses.number_field import NumberField
from expenses.per_diem_places import place_name, places
from expenses.per_diem_rates import SAME_EVERYWHERE
from pleo.lib.search import search_text, search_words

MOST_A_UNIT, MOST_A_DAY, FARTHEST_YEAR = 1_000, 99_999, 1_000_000
# Vehicles of every country, whether anything is published for them or not.
PLAIN = ("car", "motorcycle", "bicycle")


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
    tax_free = NumberField(label=_("Free of tax of it"), most=MOST_A_UNIT, places=4, required=False, zero=True)
    valid_from = _day(_("From"))
    last_day = _day(_("Until and with"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vehicle = self.fields["vehicle"]
        assert isinstance(vehicle, forms.ChoiceField)
        vehicle.choices = [(code, VEHICLES[code]) for code in dict.fromkeys((*vehicles_of(company.country), *PLAIN))]

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
    tax_free = NumberField(label=_("Free of tax of a whole day"), most=MOST_A_DAY, places=2, required=False, zero=True)
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


class OwnRateFilter(forms.Form):
    """How the list of own rates is narrowed and ordered; what makes no sense is left out."""

    SORTS: ClassVar[dict[str, tuple[str, ...]]] = {"from": ("valid_from", "id"), "rate": ("rate", "id")}

    q = forms.CharField(required=False, max_length=80)
    kind = forms.ChoiceField(required=False, choices=[("", _("All")), *OwnRateKind.choices])
    state = forms.ChoiceField(
        required=False,
        choices=[("", _("All")), ("live", _("In force")), ("coming", _("Not begun")), ("over", _("Ended"))],
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.is_valid()

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("q", "kind", "state"))

    @property
    def order(self) -> tuple[tuple[str, ...], bool]:
        asked = self.data.get("sort", "-from")
        known = asked.lstrip("-") in self.SORTS and asked.count("-") <= 1
        asked = asked if known else "-from"
        return self.SORTS[asked.lstrip("-")], asked.startswith("-")

    def narrow(self, rows: QuerySet[OwnRate]) -> QuerySet[OwnRate]:
        """Keep what is asked for. A text is looked for in the names that are shown, in the reader's language."""
        data, today = self.cleaned_data, self.today
        if data.get("kind"):
            rows = rows.filter(kind=data["kind"])
        over, coming = Q(last_day__lt=today), Q(valid_from__gt=today)
        state = {"live": ~(over | coming), "coming": coming, "over": over}.get(data.get("state") or "")
        rows = rows.filter(state) if state is not None else rows
        for word in search_words(data.get("q") or ""):
            vehicles = [code for code, name in VEHICLES.items() if word in search_text(str(name))]
            known = rows.filter(kind=OwnRateKind.PER_DIEM).values_list("place", "country").distinct()
            places = {place for place, country in known if word in search_text(place_name(place or country))}
            rows = rows.filter(Q(vehicle__in=vehicles) | Q(kind=OwnRateKind.PER_DIEM, place__in=places))
        return rows


class EndForm(forms.Form):
    """The last day of a rate."""

    last_day = _day(_("Until and with"))
