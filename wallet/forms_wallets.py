"""Forms of the sub-wallets' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Team
from pleo.lib import format
from pleo.lib.fields import AmountField
from pleo.lib.ids import uuid7
from pleo.lib.search import search_words
from wallet.models import AccountKind, LedgerAccount
from wallet.open_sub_wallet import NAME_LENGTH


class SubWalletForm(forms.Form):
    """A sub-wallet's name and the team that it belongs to."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, help_text=_("A team, a project or an event, such as Havnehuset.")
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("No team"))

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].queryset = Team.objects.for_company(company).order_by("name", "id")  # type: ignore[attr-defined]


class WalletChoice(forms.ModelChoiceField):
    """A wallet by its name and what is available in it."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{wallet_name(obj)}, {format.amount(obj.available)}"


def wallet_name(account: LedgerAccount) -> str:
    """Return what people call a wallet, where there are several."""
    return account.name or str(_("Main wallet"))


def open_wallets(company: Company) -> Any:
    """Return the main wallet and the open sub-wallets, in the order in which they are shown."""
    rows = LedgerAccount.objects.for_company(company).wallets().open()
    return rows.order_by("-kind", "name", "id")


class MoveForm(forms.Form):
    """Money from one wallet to another. `key` tells a second press of the button from a second move."""

    source = WalletChoice(LedgerAccount.objects.none(), label=_("From"), empty_label=None)
    target = WalletChoice(LedgerAccount.objects.none(), label=_("To"), empty_label=_("Choose a wallet"))
    amount = AmountField(label=_("Amount"))
    note = forms.CharField(label=_("What for"), max_length=120, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("source", "target"):
            self.fields[name].queryset = open_wallets(company)  # type: ignore[attr-defined]
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": company.currency}


class SubWalletFilter(forms.Form):
    """What the list of sub-wallets is narrowed to. Anything unreadable narrows nothing."""

    SHOWN = (("", _("Open")), ("archived", _("Put away")), ("all", _("All")))

    q = forms.CharField(required=False, max_length=100)
    show = forms.ChoiceField(required=False, choices=SHOWN)

    def narrow(self, company: Company) -> Any:
        """Return the company's sub-wallets that the form asks for."""
        rows = LedgerAccount.objects.for_company(company).filter(kind=AccountKind.SUB_WALLET).select_related("team")
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for word in search_words(values.get("q", "").replace("\x00", "")):
            rows = rows.filter(name__icontains=word)
        if values.get("show") == "archived":
            return rows.filter(archived_at__isnull=False)
        return rows if values.get("show") == "all" else rows.open()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


class PeriodForm(forms.Form):
    """The days of a statement, both of them included."""

    start = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("start"), values.get("end")
        if start and end and start > end:
            self.add_error("end", _("The last day comes after the first."))
        if start and start.year < 2000:
            self.add_error("start", _("There is nothing before the year 2000."))
        if end and end.year > 2200:
            self.add_error("end", _("That is too far ahead."))
        return values
