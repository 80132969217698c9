"""Forms about receipts that are missing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from expenses.declare import PURPOSE_LENGTH, TEXT_LENGTH
from expenses.models import LossReason, ReceiptRules
from pleo.lib.fields import AmountField
from pleo.lib.money import Money


class DeclarationForm(forms.Form):
    """What somebody signs."""

    reason = forms.ChoiceField(
        label=_("Why is there no receipt?"), choices=LossReason.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What happened?"), max_length=TEXT_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    purpose = forms.CharField(label=_("What was it bought for?"), max_length=PURPOSE_LENGTH)
    signed = forms.BooleanField(
        label=_("I paid this amount for the company’s business and have not been paid back for it elsewhere."),
        error_messages={"required": _("Tick this to sign.")},
    )


class DecisionForm(forms.Form):
    """Accept, or refuse for a reason."""

    outcome = forms.ChoiceField(choices=[("accept", _("Accept")), ("refuse", _("Refuse"))])
    reason = forms.CharField(max_length=500, required=False)


class DeclarationRulesForm(forms.Form):
    """Whether declarations are taken, and which of them finance looks at."""

    declarations_allowed = forms.BooleanField(label=_("People may sign instead of a receipt"), required=False)
    declaration_review_above = AmountField(label=_("Finance looks at those above"), required=False, zero=True)
    declarations_per_quarter = forms.IntegerField(
        label=_("And beyond this many of one person in a quarter"), required=False, min_value=0, max_value=1000
    )

    def __init__(self, *args: Any, rules: ReceiptRules, **kwargs: Any) -> None:
        above = rules.review_above
        kwargs.setdefault(
            "initial",
            {
                "declarations_allowed": rules.declarations_allowed,
                "declaration_review_above": above,
                "declarations_per_quarter": rules.declarations_per_quarter,
            },
        )
        super().__init__(*args, **kwargs)
        amount = self.fields["declaration_review_above"]
        assert isinstance(amount, AmountField)
        amount.currency = rules.company.currency

    def clean_declaration_review_above(self) -> int | None:
        money: Money | None = self.cleaned_data["declaration_review_above"]
        return None if money is None else money.amount


def _number(label: Any, low: int, high: int, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=low, max_value=high, **options)


class ChaseRulesForm(forms.Form):
    """When people are reminded, and when their manager hears of it."""

    chase_is_on = forms.BooleanField(label=_("Remind people of receipts"), required=False)
    chase_first_days = _number(_("First, days after the money was booked"), 0, 365)
    chase_every_days = _number(_("Then every so many days"), 1, 365)
    chase_most = _number(_("At most so many times"), 1, 50)
    escalate_days = _number(_("The manager hears after so many days"), 1, 365, required=False)

    def __init__(self, *args: Any, rules: ReceiptRules, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(rules, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)


class LockRulesForm(forms.Form):
    """When cards rest."""

    lock_is_on = forms.BooleanField(label=_("Let cards rest while receipts are missing"), required=False)
    lock_count = _number(_("From so many missing receipts on"), 1, 1000)
    lock_days = _number(_("Each missing for so many days"), 1, 365)
    lock_notice_hours = _number(_("Hours of notice"), 72, 1000)
    lock_spares_vendor_cards = forms.BooleanField(label=_("Leave vendor cards alone"), required=False)
    lock_spared_merchants = forms.CharField(
        label=_("Merchants that give no receipts"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, rules: ReceiptRules, **kwargs: Any) -> None:
        values = {name: getattr(rules, name) for name in self.base_fields}
        kwargs.setdefault("initial", values | {"lock_spared_merchants": "\n".join(rules.lock_spared_merchants)})
        super().__init__(*args, **kwargs)

    def clean_lock_spared_merchants(self) -> list[str]:
        """Read one merchant from each line; what is too short would spare everybody."""
        words = [line.strip().casefold() for line in self.cleaned_data["lock_spared_merchants"].splitlines()]
        found = list(dict.fromkeys(word for word in words if word))
        if any(len(word) < 3 for word in found):
            raise forms.ValidationError(_("Write at least three letters of each merchant."))
        return found


class PauseForm(forms.Form):
    """Whose cards are left alone, until when and why."""

    person = forms.ModelChoiceField(Membership.objects.none(), label=_("Person"), empty_label=_("Choose one"))
    until = forms.DateField(
        label=_("Until and with"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Why"), max_length=200)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.for_company(company).active().order_by("name", "id")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
