"""Which wallet a card pays from, and which cards a wallet has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models import Card, CardState
from wallet.forms_wallets import WalletChoice, open_wallets
from wallet.models import LedgerAccount


class CardWalletForm(forms.Form):
    """The wallet that a card pays from."""

    account = WalletChoice(LedgerAccount.objects.none(), label=_("Pays from"), empty_label=None)

    def __init__(self, *args: Any, card: Card, **options: Any) -> None:
        options.setdefault("initial", {"account": card.account_id})
        super().__init__(*args, **options)
        self.fields["account"].queryset = open_wallets(card.company)  # type: ignore[attr-defined]


class CardsChoice(forms.ModelMultipleChoiceField):
    """Cards by their holder, their name and what they pay from now."""

    def label_from_instance(self, obj: Any) -> str:
        wallet = obj.account.name or _("Main wallet")
        return f"{obj.cardholder.name}, {obj.name} {f'•• {obj.last_four}' if obj.last_four else ''} ({wallet})"


class WalletCardsForm(forms.Form):
    """The cards that shall pay from a wallet, out of those that pay from another."""

    cards = CardsChoice(Card.objects.none(), label=_("Cards"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, account: LedgerAccount, viewer: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Card.objects.visible_to(viewer).exclude(account=account).exclude(state=CardState.CLOSED)
        self.fields["cards"].queryset = (  # type: ignore[attr-defined]
            rows.select_related("cardholder", "account", "company").order_by("cardholder__name", "name", "id")
        )
