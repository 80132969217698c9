"""Forms of the account between a person and the company, and of runs."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.models import AccountForm, BalanceKind, RunInterval, RunMethod
from expenses.prepare_run import SCHEMAS, methods_for
from expenses.set_bank_account import HOLDER_LENGTH
from pleo.lib.fields import AmountField
from pleo.lib.money import Money

KEY_LENGTH = 64


def _date_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class SettleForm(forms.Form):
    """What a person paid the company."""

    key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    amount = AmountField(label=_("Amount"))
    kind = forms.ChoiceField(
        label=_("How"),
        choices=[(kind.value, kind.label) for kind in (BalanceKind.REPAYMENT, BalanceKind.DEDUCTION)],
    )
    day = _date_field(_("When"))
    text = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, company: Company, owed: Money, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"key": uuid4().hex, "amount": owed, "day": today})
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)
        amount.currency = company.currency


class BankForm(forms.Form):
    """Where money is sent. An IBAN needs no bank's number."""

    form = forms.ChoiceField(label=_("Kind of number"), choices=AccountForm.choices)
    bank = forms.CharField(label=_("Sort, registration or clearing code"), max_length=12, required=False)
    number = forms.CharField(label=_("IBAN or account number"), max_length=60)
    holder = forms.CharField(label=_("Name of the holder"), max_length=HOLDER_LENGTH)


class RunForm(forms.Form):
    """A run to propose."""

    key = forms.CharField(max_length=KEY_LENGTH, widget=forms.HiddenInput)
    method = forms.ChoiceField(label=_("How"))
    execution_date = _date_field(_("To be paid on"))
    schema = forms.ChoiceField(
        label=_("Version of the file"), choices=[(name, name) for name in SCHEMAS], required=False
    )

    def __init__(self, *args: Any, company: Company, today: date, **kwargs: Any) -> None:
        methods = methods_for(company)
        kwargs.setdefault("initial", {"key": uuid4().hex, "execution_date": today, "method": methods[0]})
        super().__init__(*args, **kwargs)
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = [(one, RunMethod(one).label) for one in methods]
        self.fields["schema"].is_wanted = True  # type: ignore[attr-defined]
        if RunMethod.SEPA not in methods:
            del self.fields["schema"]

    @property
    def people(self) -> list[UUID] | None:
        """The ticked people; None when the form does not ask."""
        data: Any = self.data
        if "asks_people" not in data:
            return None
        found = []
        for value in data.getlist("person"):
            try:
                found.append(UUID(value))
            except ValueError:
                continue
        return found


class ScheduleForm(forms.Form):
    """When runs are proposed by themselves."""

    interval = forms.ChoiceField(
        label=_("Propose a run"), choices=[("", _("By hand")), *RunInterval.choices], required=False
    )
    next_on = _date_field(_("First on"))
    method = forms.ChoiceField(label=_("How"))

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        method = self.fields["method"]
        assert isinstance(method, forms.ChoiceField)
        method.choices = [(one, RunMethod(one).label) for one in methods_for(company)]
        self.fields["interval"].is_wanted = True  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The bank's answer, or a statement."""

    file = forms.FileField(label=_("File from the bank"), max_length=200)


class WageTypesForm(forms.Form):
    """What the payroll calls our lines."""

    tax_free = forms.CharField(label=_("Free of tax"), max_length=20, required=False)
    taxable = forms.CharField(label=_("Taxable, above the tax-free rates"), max_length=20, required=False)
    deduction = forms.CharField(label=_("Taken off the salary"), max_length=20, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]
