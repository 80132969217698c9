"""Forms of money that comes from the bank and goes back to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from pleo.lib.fields import AmountField
from pleo.lib.iban import IbanField
from pleo.lib.ids import uuid7
from wallet.forms_wallets import WalletChoice, open_wallets
from wallet.models import CapInterval, LedgerAccount, Mandate, TopUpRule, TopUpStatus, WithdrawalStatus


class TopUpForm(forms.Form):
    """A bank transfer that was sent, or (play money) is pretended. `key` tells a second press from a second transfer."""

    amount = AmountField(label=_("Amount"))
    account = WalletChoice(LedgerAccount.objects.none(), label=_("Into"), empty_label=None, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["account"].queryset = open_wallets(company)  # type: ignore[attr-defined]
        self.fields["account"].is_wanted = True  # type: ignore[attr-defined]
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": company.currency}


class WithdrawForm(forms.Form):
    """Money back to the company's bank."""

    account = WalletChoice(LedgerAccount.objects.none(), label=_("From"), empty_label=None)
    amount = AmountField(label=_("Amount"))
    holder = forms.CharField(label=_("Account holder"), max_length=70)
    iban = IbanField(label=_("IBAN"))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        options.setdefault("initial", {"holder": company.legal_name or company.name})
        super().__init__(*args, **options)
        self.fields["account"].queryset = open_wallets(company)  # type: ignore[attr-defined]
        self.fields["amount"].currency = company.currency  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": company.currency}


class ReasonForm(forms.Form):
    """Why, in a few words."""

    reason = forms.CharField(label=_("Why"), max_length=160)


class DecisionForm(forms.Form):
    """Okay or not okay, the latter with a reason."""

    outcome = forms.ChoiceField(choices=[("okay", _("Okay")), ("not_okay", _("Not okay"))])
    reason = forms.CharField(label=_("Why not"), max_length=160, required=False)


class _Narrow(forms.Form):
    """Words and a state. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(required=False)
    COLUMNS: tuple[str, ...] = ()
    STATES: list[tuple[str, Any]] = []

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["status"].choices = [("", _("Any")), *self.STATES]  # type: ignore[attr-defined]

    def narrow(self, rows: Any) -> Any:
        """Return the rows that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        for word in values.get("q", "").replace("\x00", "").split()[:8]:
            said = Q()
            for column in self.COLUMNS:
                said |= Q(**{f"{column}__icontains": word})
            rows = rows.filter(said)
        return rows.filter(status=values["status"]) if values.get("status") else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


class TopUpFilter(_Narrow):
    """What the list of top-ups is narrowed to."""

    COLUMNS = ("payer", "bank_line", "account__name", "reason")
    STATES = list(TopUpStatus.choices)


class WithdrawalFilter(_Narrow):
    """What the list of withdrawals is narrowed to."""

    COLUMNS = ("holder", "iban", "reason", "by__name")
    STATES = list(WithdrawalStatus.choices)


class MandateForm(forms.Form):
    """The bank account that may be collected from."""

    holder = forms.CharField(label=_("Account holder"), max_length=70)
    iban = IbanField(label=_("IBAN"))


class RuleForm(forms.Form):
    """When a wallet tops itself up, by how much, and at most."""

    below = AmountField(label=_("When less than this is available"))
    amount = AmountField(label=_("Collect"))
    cap = AmountField(label=_("At most"))
    cap_interval = forms.ChoiceField(label=_("In"), choices=CapInterval.choices, initial=CapInterval.MONTH)
    mandate = forms.ModelChoiceField(Mandate.objects.none(), label=_("From"), empty_label=None)

    def __init__(self, *args: Any, company: Company, rule: TopUpRule | None, **options: Any) -> None:
        if rule:
            known = {"below": rule.below, "amount": rule.money, "cap": rule.cap, "cap_interval": rule.cap_interval}
            options.setdefault("initial", {**known, "mandate": rule.mandate_id})
        super().__init__(*args, **options)
        live = Mandate.objects.for_company(company).filter(revoked_at=None).order_by("created_at")
        self.fields["mandate"].queryset = live  # type: ignore[attr-defined]
        for name in ("below", "amount", "cap"):
            self.fields[name].currency = company.currency  # type: ignore[attr-defined]


class AlertForm(forms.Form):
    """Below which amount finance is told; nothing means never."""

    below = AmountField(label=_("Tell finance below"), required=False)

    def __init__(self, *args: Any, company: Company, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["below"].currency = company.currency  # type: ignore[attr-defined]
        self.fields["below"].label = _("Tell finance below, %(currency)s") % {"currency": company.currency}
