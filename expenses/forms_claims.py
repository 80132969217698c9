"""Forms of what people ask back for: a receipt, a drive, days away; and what of a purchase was their own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from expenses.drive import Way
from expenses.exchange import currencies
from expenses.forms import AttendeesField, CategoryField, offered_categories
from expenses.journey import Away
from expenses.mileage_rates import VEHICLES, unit_of
from expenses.models import Category, DistanceUnit, Expense
from expenses.number_field import NumberField
from expenses.own_rates import claimable_vehicles
from expenses.per_diem import Stay
from expenses.per_diem_places import place_name, places
from expenses.per_diem_rates import LONGEST_DAYS, MEALS, SAME_EVERYWHERE
from pleo.lib import format
from pleo.lib.fields import AmountField

FARTHEST = 50_000
HIGHEST_RATE = 1_000_000
MOMENT = "%Y-%m-%dT%H:%M"
MOMENTS = (MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class _Coded(forms.Form):
    """Category and note, which every claim has."""

    category = CategoryField(Category.objects.none(), label=_("Category"), required=False, empty_label=_("Choose one"))
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, by: Membership, is_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_change:
            del self.fields["category"], self.fields["note"]
            return
        category = self.fields["category"]
        assert isinstance(category, CategoryField)
        category.queryset = offered_categories(by.company)


class ClaimForm(_Coded):
    """What an employee paid themselves, in any currency, or from cash they hold."""

    merchant = forms.CharField(label=_("Where"), max_length=120)
    date = _day_field(_("When"))
    amount = AmountField(label=_("What you paid"))
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    rate = NumberField(label=_("Rate, if your bank used another"), required=False, most=HIGHEST_RATE, places=9)
    rate_reason = forms.CharField(label=_("Where this rate comes from"), max_length=200, required=False)
    from_cash = forms.BooleanField(label=_("Paid from the company’s cash that I hold"), required=False)
    attendees = AttendeesField()
    field_order = (
        "merchant",
        "date",
        "amount",
        "currency",
        "rate",
        "rate_reason",
        "category",
        "note",
        "attendees",
        "from_cash",
    )

    def __init__(self, *args: Any, by: Membership, is_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, by=by, is_change=is_change, **kwargs)
        home = by.company.currency
        field, amount = self.fields["currency"], self.fields["amount"]
        assert isinstance(field, forms.ChoiceField) and isinstance(amount, AmountField)
        field.choices = [(home, home), *((code, code) for code in currencies() if code != home)]
        field.is_wanted = True  # type: ignore[attr-defined]
        asked = str((self.data if self.is_bound else self.initial).get("currency") or "")
        amount.currency = asked if asked in (home, *currencies()) else home
        attendees = self.fields["attendees"]
        assert isinstance(attendees, AttendeesField)
        attendees.company, attendees.is_wanted = by.company, True  # type: ignore[attr-defined]
        if is_change:
            del self.fields["from_cash"], self.fields["attendees"]

    @property
    def rate_is_open(self) -> bool:
        """Say whether the fields of the rate stand open: there is something in them to see."""
        return any(self[name].value() or self[name].errors for name in ("rate", "rate_reason"))


class DriveForm(_Coded):
    """A drive in one's own vehicle."""

    drove_on = _day_field(_("When"))
    vehicle = forms.ChoiceField(label=_("Vehicle"))
    stops = forms.CharField(
        label=_("Way"), max_length=1500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One place per line, from the start to where you went."),
    )  # fmt: skip
    one_way = NumberField(label=_("Distance"), most=FARTHEST, places=1)
    is_round_trip = forms.BooleanField(label=_("And back the same way"), required=False)
    field_order = ("drove_on", "vehicle", "stops", "one_way", "is_round_trip", "category", "note")

    def __init__(self, *args: Any, by: Membership, is_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, by=by, is_change=is_change, **kwargs)
        self.country = by.company.country
        vehicle = self.fields["vehicle"]
        assert isinstance(vehicle, forms.ChoiceField)
        vehicle.choices = [(code, VEHICLES[code]) for code in claimable_vehicles(by.company)]
        self.unit = DistanceUnit(unit_of(self.country)).label

    @property
    def way(self) -> Way:
        data = self.cleaned_data
        stops = [stop.strip()[:80] for stop in data["stops"].splitlines() if stop.strip()]
        return Way(data["drove_on"], data["vehicle"], stops, data["one_way"], data["is_round_trip"])

    @staticmethod
    def initial_of(expense: Expense) -> dict[str, Any]:
        drive = expense.drive
        return {
            "drove_on": drive.drove_on, "vehicle": drive.vehicle, "stops": "\n".join(drive.stops),
            "one_way": Decimal(drive.one_way), "is_round_trip": drive.is_round_trip,
        }  # fmt: skip


class MomentField(forms.DateTimeField):
    """A moment where the company is, as the browser's own field writes it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        super().__init__(widget=widget, input_formats=list(MOMENTS), **options)
        self.company: Company | None = None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and self.company:
            return value.astimezone(self.company.zone).replace(tzinfo=None)
        return super().prepare_value(value)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        assert self.company is not None, "the form names the company"
        for form in MOMENTS:
            try:
                found = datetime.strptime(str(value).strip(), form).replace(tzinfo=self.company.zone)
            except ValueError:
                continue
            if 2000 <= found.year <= 2100:
                return found
        raise ValidationError(_("Write a day and a time."), code="invalid")


class JourneyForm(_Coded):
    """Days away; the meals that others paid for, and days spent in another country, are asked once the days are known.

    Where a day was spent elsewhere is typed by name, in a field `place_<day>` of its own.
    """

    destination = forms.CharField(label=_("Where to"), max_length=120)
    place = forms.ChoiceField(label=_("Country"), required=False)
    starts_at = MomentField(label=_("Left"))
    ends_at = MomentField(label=_("Back"))
    meals = forms.MultipleChoiceField(label=_("Meals that others paid for"), required=False)
    field_order = ("destination", "place", "starts_at", "ends_at", "meals", "category", "note")

    def __init__(self, *args: Any, by: Membership, is_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, by=by, is_change=is_change, **kwargs)
        self.company = by.company
        for name in ("starts_at", "ends_at"):
            moment = self.fields[name]
            assert isinstance(moment, MomentField)
            moment.company = by.company
        place, meals = self.fields["place"], self.fields["meals"]
        assert isinstance(place, forms.ChoiceField) and isinstance(meals, forms.MultipleChoiceField)
        place.choices = self.places = places(self.company.country)
        self.initial.setdefault("place", self.company.country)
        self.has_places = self.company.country not in SAME_EVERYWHERE
        meals.choices = [(f"{day.isoformat()}:{meal}", meal) for day in self.days for meal in MEALS]

    @property
    def days(self) -> list[date]:
        """The calendar days of the journey, as far as both moments make sense."""
        moments = [self._moment(name) for name in ("starts_at", "ends_at")]
        if None in moments or moments[1] <= moments[0]:  # type: ignore[operator]
            return []
        first = moments[0].astimezone(self.company.zone).date()  # type: ignore[union-attr]
        last = moments[1].astimezone(self.company.zone).date()  # type: ignore[union-attr]
        count = (last - first).days + 1
        return [first + timedelta(days=number) for number in range(count)] if count <= LONGEST_DAYS + 1 else []

    def _moment(self, name: str) -> datetime | None:
        value = self.data.get(name) if self.is_bound else self.initial.get(name)
        if isinstance(value, datetime):
            return value
        try:
            found: datetime | None = self.fields[name].clean(value)
        except ValidationError:
            return None
        return found

    def typed(self, day: date) -> str:
        """Return what stands in a day's own field: the name of another country, or nothing."""
        name = f"place_{day.isoformat()}"
        return str((self.data if self.is_bound else self.initial).get(name) or "").strip()

    def clean(self) -> dict[str, Any]:
        codes = {name.casefold(): code for code, name in self.places}
        for day in self.days:
            if self.has_places and self.typed(day) and self.typed(day).casefold() not in codes:
                params = {"name": self.typed(day)[:60], "day": format.day(day)}
                self.add_error("meals", _("%(name)s on %(day)s is no country of the list.") % params)
        return super().clean() or self.cleaned_data

    @property
    def stay(self) -> Stay:
        codes = {name.casefold(): code for code, name in self.places}
        home, on = self.company.country, dict[date, str]()
        for day in self.days:
            if self.has_places and self.typed(day):
                code = codes[self.typed(day).casefold()]
                on[day] = "" if code == home else code
        place = self.cleaned_data["place"]
        return Stay("" if place == home else place, on)

    @property
    def table(self) -> list[tuple[date, str, str, list[tuple[str, str, bool]]]]:
        """The meals as rows of days: the day, in words, where else it was spent, and value, word and tick of each meal."""
        data: Any = self.data
        chosen = set(data.getlist("meals") if self.is_bound else self.initial.get("meals", []))
        words = {"breakfast": _("Breakfast"), "lunch": _("Lunch"), "dinner": _("Dinner")}
        return [
            (
                day,
                format.day(day, weekday=True),
                self.typed(day),
                [(key, str(words[meal]), key in chosen) for meal in MEALS for key in (f"{day.isoformat()}:{meal}",)],
            )
            for day in self.days
        ]

    @property
    def away(self) -> Away:
        data = self.cleaned_data
        meals: dict[date, list[str]] = {}
        for key in data["meals"]:
            day, _colon, meal = key.partition(":")
            meals.setdefault(date.fromisoformat(day), []).append(meal)
        return Away(data["destination"], data["starts_at"], data["ends_at"], meals, self.stay)

    @staticmethod
    def initial_of(expense: Expense) -> dict[str, Any]:
        journey = expense.journey
        meals = [f"{day['date']}:{meal}" for day in journey.days for meal in day["meals"]]
        elsewhere = {
            f"place_{day['date']}": place_name(day["place"] or journey.country)
            for day in journey.days
            if day.get("place", journey.place) != journey.place
        }
        return {
            "destination": journey.destination, "starts_at": journey.starts_at, "ends_at": journey.ends_at, "meals": meals,
            "place": journey.place or journey.country, **elsewhere,
        }  # fmt: skip


class PrivateForm(forms.Form):
    """How much of a purchase was the person's own."""

    amount = AmountField(label=_("Private amount"), zero=True)

    def __init__(self, *args: Any, expense: Expense, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)
        amount.currency = expense.currency
