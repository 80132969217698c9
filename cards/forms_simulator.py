"""Forms of the simulator's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from cards.models import CLOSED, LIVE_STATES, Authorization, Card, Channel, Dispute
from cards.network import MORE, OF_CARD, OF_DISPUTE, OF_PURCHASE, Saying
from cards.scenarios import SCENARIOS
from cards.simulate import RATES, SHOPS, Shop, own_shop, usual
from pleo.lib import format
from pleo.lib.fields import AmountField
from pleo.lib.money import Money

CHANNELS = [("", _("As the shop does")), *[choice for choice in Channel.choices if choice[0] != Channel.OTHER]]


class PurchaseForm(forms.Form):
    """Buy something: where, with which card, how much. An empty field takes what the shop usually does."""

    shop = forms.ChoiceField(choices=[(key, shop.title) for key, shop in SHOPS.items()], initial="cafe")
    card = forms.ModelChoiceField(label=_("With card"), queryset=Card.objects.none(), empty_label=None)
    amount = forms.CharField(label=_("Amount"), required=False, max_length=60)
    currency = forms.ChoiceField(label=_("Currency"))
    channel = forms.ChoiceField(label=_("How"), required=False, choices=CHANNELS)
    takes_part = forms.BooleanField(label=_("The till would take a part"), required=False)
    merchant = forms.CharField(label=_("Shop’s name"), required=False, max_length=120)
    category_code = forms.RegexField(
        label=_("Category code"),
        regex=r"^[0-9]{4}$",
        required=False,
        error_messages={"invalid": _("A category code has four digits, such as 5812.")},
    )
    country = forms.RegexField(
        label=_("Country"),
        regex=r"^[A-Za-z]{2}$",
        required=False,
        error_messages={"invalid": _("Write a country with two letters, such as DK.")},
    )

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_cards(self, company)
        known = sorted(RATES, key=lambda code: (code != company.currency, code))
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        self.company = company
        amount = self.fields["amount"]
        amount.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "data-amount": ""}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        shop = SHOPS.get(values.get("shop", ""))
        if shop is None:
            return values
        if shop.key == "own":
            shop = own_shop(
                values.get("merchant", ""),
                category_code=values.get("category_code", ""),
                country=values.get("country", ""),
            )
        currency = values.get("currency") or self.company.currency
        values["what"], values["money"] = shop, self._money(values.get("amount", ""), currency, shop)
        return values

    def _money(self, text: str, currency: str, shop: Shop) -> Money | None:
        if not text:
            return usual(shop, currency)
        field = AmountField(currency=currency, zero=True)
        try:
            money: Money = field.clean(text)
        except forms.ValidationError as error:
            self.add_error("amount", error)
            return None
        return money

    @property
    def shops(self) -> list[tuple[Shop, bool]]:
        """Every shop, and whether it is the chosen one."""
        chosen = self["shop"].value()
        return [(shop, shop.key == chosen) for shop in SHOPS.values()]

    @property
    def placeholder(self) -> str:
        """What the chosen shop usually asks for, as the region writes it."""
        shop = SHOPS.get(self["shop"].value() or "", SHOPS["cafe"])
        return format.amount(usual(shop, self["currency"].value() or self.company.currency), unit=False)


def _offer_cards(form: forms.Form, company: Company) -> None:
    """Let a form choose among the company's simulated cards."""
    cards = Card.objects.for_company(company).filter(state__in=LIVE_STATES, issuer=company.issuer)
    found = cards.select_related("cardholder", "account", "company").order_by("cardholder__name", "name", "id")
    form.fields["card"].queryset = found  # type: ignore[attr-defined]
    form.fields["card"].label_from_instance = _card_label  # type: ignore[attr-defined]


def _card_label(card: Card) -> str:
    return f"{card.cardholder.name}, {card}"


class PushForm(forms.Form):
    """Push a purchase on with anything the network can say. Without an amount, all of it; `more` names the rarer acts."""

    authorization = forms.ModelChoiceField(queryset=Authorization.objects.none())
    act = forms.ChoiceField(choices=[(key, saying.title) for key, saying in OF_PURCHASE.items()] + [("more", "more")])
    more = forms.ChoiceField(required=False, choices=[(key, OF_PURCHASE[key].title) for key in MORE])
    amount = AmountField(required=False)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = (
            Authorization.objects.for_company(company).filter(issuer=company.issuer).select_related("card", "company")
        )
        self.fields["authorization"].queryset = rows  # type: ignore[attr-defined]
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("act") == "more" and not values.get("more"):
            self.add_error("more", _("Choose what the network says."))
        return values

    @property
    def saying(self) -> Saying:
        """What is to be said. The form is valid."""
        act = self.cleaned_data["act"]
        return OF_PURCHASE[self.cleaned_data["more"] if act == "more" else act]


class SayForm(forms.Form):
    """Say something about a card that is about no purchase, or none that Pleo was asked about."""

    what = forms.ChoiceField(label=_("What"), choices=[(key, saying.title) for key, saying in OF_CARD.items()])
    card = forms.ModelChoiceField(label=_("Card"), queryset=Card.objects.none(), empty_label=None)
    amount = AmountField(label=_("Amount"), required=False)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.company = company
        _offer_cards(self, company)
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["amount"] = values.get("amount") or usual(SHOPS["cafe"], self.company.currency)
        return values


class StoryForm(forms.Form):
    """Play a story on a card."""

    scenario = forms.ChoiceField(choices=[(key, each.title) for key, each in SCENARIOS.items()])
    card = forms.ModelChoiceField(label=_("With card"), queryset=Card.objects.none(), empty_label=None)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_cards(self, company)


class DisputeForm(forms.Form):
    """Say how a contested purchase stands."""

    dispute = forms.ModelChoiceField(queryset=Dispute.objects.none())
    state = forms.ChoiceField(choices=[(state, state) for state in OF_DISPUTE])

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Dispute.objects.for_company(company).filter(issuer=company.issuer).exclude(issuer_reference="")
        self.fields["dispute"].queryset = rows.exclude(status__in=CLOSED)  # type: ignore[attr-defined]
