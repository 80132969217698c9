"""Forms of one card's life: a new one of any kind, activate, replace, lost, and where plastic is sent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_choices
from accounts.models import Company, Membership, MembershipStatus
from accounts.permissions import CAPABILITIES
from cards.issue import VendorTerms, Wish
from cards.issuers import issuer_named
from cards.issuers.base import Address, Feature
from cards.models import OPEN_STATES, Card, CardKind, CloseReason, Period, Subscription
from pleo.lib.fields import AmountField
from pleo.lib.ids import uuid7
from pleo.lib.search import search_words

# Kind, icon and what it is for, in the order of the page.
OFFERED_KINDS: tuple[tuple[str, str, Any], ...] = (
    (CardKind.VIRTUAL, "app-window", _("A number for online and phone, at once")),
    (CardKind.PHYSICAL, "credit-card", _("Comes by post, works in shops")),
    (CardKind.VENDOR, "building-2", _("For one merchant and its subscription")),
    (CardKind.TEMPORARY, "calendar-clock", _("From a day to a day, up to a sum")),
    (CardKind.SINGLE_USE, "check", _("Pays once, then closes")),
)
ADDRESS = ("recipient", "line1", "line2", "postal_code", "city", "country")


class AddressForm(forms.Form):
    """Where plastic goes. Whether it is needed is for the form that uses it to say."""

    recipient = forms.CharField(label=_("Name on the letter"), max_length=80, required=False)
    line1 = forms.CharField(label=_("Street and number"), max_length=80, required=False)
    line2 = forms.CharField(label=_("Company or floor"), max_length=80, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=16, required=False)
    city = forms.CharField(label=_("City"), max_length=60, required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.company = company
        self.fields["country"].choices = [("", "–"), *country_choices()]  # type: ignore[attr-defined]
        self.fields["country"].initial = company.country
        for name in ("recipient", "line1", "postal_code", "city", "country"):
            self.fields[name].is_wanted = True  # type: ignore[attr-defined]

    def need_address(self, values: dict[str, Any]) -> None:
        """Say beside each field what the letter lacks."""
        for name in ("line1", "postal_code", "city", "country"):
            if not values.get(name) and name not in self.errors:
                self.add_error(name, _("The card needs an address to go to."))

    def address(self, holder: Membership) -> Address:
        """Return where the card goes; without a name on the letter, to its holder."""
        values = self.cleaned_data
        return Address(
            name=values["recipient"] or holder.name,
            line1=values["line1"],
            line2=values["line2"],
            postal_code=values["postal_code"],
            city=values["city"],
            country=values["country"],
        )


class CardForm(AddressForm):
    """A new card of any kind. `key` becomes its id, so that a second press of the button finds the first card."""

    kind = forms.ChoiceField(choices=CardKind.choices, initial=CardKind.VIRTUAL, required=False)
    cardholder = forms.ModelChoiceField(
        label=_("For"), queryset=Membership.objects.none(), empty_label=_("Choose a person")
    )
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What it is for, such as Everyday or Travel."))
    limit_purchase = AmountField(label=_("Each purchase up to"), required=False, zero=True)
    limit_month = AmountField(label=_("Each month up to"), required=False, zero=True)
    limit_total = AmountField(label=_("In all up to"), required=False)
    starts_on = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    merchant = forms.CharField(
        label=_("Merchant"),
        max_length=120,
        required=False,
        help_text=_(
            "As it stands on statements, such as Figma. Empty locks the card to the first merchant that charges it."
        ),
    )
    price = AmountField(label=_("Price each time"), required=False)
    period = forms.ChoiceField(label=_("Renews"), choices=Period.choices, initial=Period.MONTH, required=False)
    renews_on = forms.DateField(label=_("Next on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, company=company, **options)
        spenders = CAPABILITIES["cards.see"] & CAPABILITIES["expenses.claim"]
        people = Membership.objects.for_company(company).exclude(status=MembershipStatus.LEFT)
        self.fields["cardholder"].queryset = people.filter(role__in=spenders).order_by("name", "id")  # type: ignore[attr-defined]
        today = company.day_of(timezone.now())
        self.fields["starts_on"].initial = today.isoformat()
        for name in ("limit_total", "ends_on", "starts_on"):
            self.fields[name].is_wanted = True  # type: ignore[attr-defined]
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = company.currency

    @property
    def kinds(self) -> list[tuple[str, Any, str, Any, bool]]:
        """Every kind that the issuer makes: code, name, icon, what it is for, whether it is the chosen one."""
        chosen = self["kind"].value() or CardKind.VIRTUAL
        features = issuer_named(self.company.issuer).features
        return [
            (kind, CardKind(kind).label, icon, hint, kind == chosen)
            for kind, icon, hint in OFFERED_KINDS
            if kind != CardKind.PHYSICAL or Feature.PHYSICAL in features
        ]

    def clean_kind(self) -> str:
        """Take the ordinary card where nothing was chosen."""
        return str(self.cleaned_data["kind"] or CardKind.VIRTUAL)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = values.get("kind")
        if kind == CardKind.PHYSICAL:
            self.need_address(values)
        for name in ("starts_on", "ends_on", "renews_on"):
            if values.get(name) and not 2000 <= values[name].year <= 2100:
                self.add_error(name, _("Write a day of this century."))
        if kind == CardKind.TEMPORARY:
            if not values.get("ends_on") and "ends_on" not in self.errors:
                self.add_error("ends_on", _("Say on which day it ends."))
            if not values.get("limit_total") and "limit_total" not in self.errors:
                self.add_error("limit_total", _("Say how much the card may spend in all."))
        return values

    def wish(self) -> Wish:
        """Return what kind of card is wanted, with what that kind needs. The last day counts whole, where the company is."""
        values = self.cleaned_data
        kind = values["kind"]
        if kind == CardKind.PHYSICAL:
            return Wish(kind=kind, ship_to=self.address(values["cardholder"]))
        if kind == CardKind.TEMPORARY:
            starts = values["starts_on"] or self.company.day_of(timezone.now())
            return Wish(
                kind=kind,
                starts_at=day_start(self.company, starts),
                ends_at=day_start(self.company, values["ends_on"] + timedelta(days=1)),
            )
        if kind == CardKind.VENDOR:
            terms = VendorTerms(
                merchant=values["merchant"],
                period=values["period"] or Period.MONTH,
                price=values["price"],
                renews_on=values["renews_on"],
            )
            return Wish(kind=kind, vendor=terms)
        return Wish(kind=kind)

    def caps(self) -> dict[str, Any]:
        """Return the limits that the chosen kind has fields for."""
        values, kind = self.cleaned_data, self.cleaned_data["kind"]
        once = kind in (CardKind.TEMPORARY, CardKind.SINGLE_USE)
        return {
            "limit_purchase": values["limit_purchase"],
            "limit_month": None if once else values["limit_month"],
            "limit_total": values["limit_total"] if kind == CardKind.TEMPORARY else None,
        }


def day_start(company: Company, day: date) -> datetime:
    """Return the first moment of a day, where the company is."""
    return datetime.combine(day, time(), tzinfo=company.zone)


class PeriodForm(forms.Form):
    """First and last day of a temporary card."""

    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, card: Card, **options: Any) -> None:
        assert card.starts_at is not None and card.ends_at is not None, "a temporary card has a period"
        company = self.company = card.company
        first, last = company.day_of(card.starts_at), company.day_of(card.ends_at - timedelta(seconds=1))
        options["initial"] = {"starts_on": first.isoformat(), "ends_on": last.isoformat()}
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in ("starts_on", "ends_on"):
            if values.get(name) and not 2000 <= values[name].year <= 2100:
                self.add_error(name, _("Write a day of this century."))
        return values

    def period(self) -> dict[str, datetime]:
        """Return when it starts and ends; the last day counts whole, where the company is."""
        values = self.cleaned_data
        return {
            "starts_at": day_start(self.company, values["starts_on"]),
            "ends_at": day_start(self.company, values["ends_on"] + timedelta(days=1)),
        }


class ActivateForm(forms.Form):
    """The last four digits, from the card in hand."""

    last_four = forms.RegexField(
        label=_("Last four digits of the card"),
        regex=r"^\s*[0-9]{4}\s*$",
        error_messages={"invalid": _("Four digits, as they stand at the end of the number.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
    )


class ReplaceForm(AddressForm):
    """A new card in place of this one; plastic says where it goes."""

    def __init__(self, *args: Any, company: Company, is_plastic: bool, **options: Any) -> None:
        super().__init__(*args, company=company, **options)
        self.is_plastic = is_plastic
        if not is_plastic:
            for name in ADDRESS:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.is_plastic:
            self.need_address(values)
        return values


class LostForm(ReplaceForm):
    """Lost or stolen, and whether a new one is wanted."""

    because = forms.ChoiceField(
        label=_("What happened"),
        choices=[
            (CloseReason.LOST, _("I cannot find it")),
            (CloseReason.STOLEN, _("Somebody took it, or its number")),
        ],
        widget=forms.RadioSelect,
        initial=CloseReason.LOST,
    )
    again = forms.BooleanField(label=_("Make a new card in its place"), required=False, initial=True)

    def need_address(self, values: dict[str, Any]) -> None:
        if values.get("again"):
            super().need_address(values)


class BatchForm(forms.Form):
    """A file of wanted cards."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"})
    )


class PinForm(forms.Form):
    """A PIN, as the simulator's stand-in for an issuer's element takes it."""

    pin = forms.RegexField(
        label=_("New PIN"),
        regex=r"^[0-9]{4}$",
        error_messages={"invalid": _("Four digits.")},
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
    )

    def clean_pin(self) -> str:
        """Refuse what anybody would try first."""
        pin: str = self.cleaned_data["pin"]
        if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
            raise forms.ValidationError(_("That is too easy to guess."))
        return pin


class SubscriptionForm(forms.Form):
    """What a vendor card pays each time, and when it comes again."""

    price = AmountField(label=_("Price each time"), required=False)
    period = forms.ChoiceField(label=_("Renews"), choices=Period.choices)
    renews_on = forms.DateField(label=_("Next on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, subscription: Subscription, **options: Any) -> None:
        initial = {
            "price": subscription.price,
            "period": subscription.period,
            "renews_on": subscription.renews_on.isoformat() if subscription.renews_on else "",
        }
        super().__init__(*args, **{"initial": initial} | options)
        self.fields["price"].currency = subscription.currency  # type: ignore[attr-defined]

    def clean_renews_on(self) -> date | None:
        day: date | None = self.cleaned_data["renews_on"]
        if day and not 2000 <= day.year <= 2100:
            raise forms.ValidationError(_("Write a day of this century."))
        return day


class SubscriptionFilter(forms.Form):
    """What the list of subscriptions is narrowed to. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    period = forms.ChoiceField(required=False, choices=[("", _("Any")), *Period.choices])
    flagged = forms.BooleanField(required=False)

    def narrow(self, rows: Any) -> Any:
        """Return the subscriptions that the form asks for, those of closed cards left out."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        rows = rows.filter(Q(card__state__in=OPEN_STATES) | Q(card__chain__state__in=OPEN_STATES)).distinct()
        if values.get("period"):
            rows = rows.filter(period=values["period"])
        if values.get("flagged"):
            rows = rows.filter(is_flagged=True)
        for word in search_words(values.get("q", "").replace("\x00", "")):
            named = Q(card__search_text__contains=word) | Q(card__cardholder__search_text__contains=word)
            rows = rows.filter(named | Q(merchant__icontains=word))
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))
