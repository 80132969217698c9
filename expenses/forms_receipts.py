"""Forms about receipts that are missing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

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
