"""Form fields that return domain types."""

import pytest
from django import forms

from pleo.lib import format
from pleo.lib.fields import AmountField
from pleo.lib.money import Money


class Form(forms.Form):
    amount = AmountField(currency="DKK")
    tip = AmountField(currency="DKK", required=False, zero=True)


@pytest.mark.parametrize(("typed", "minor"), [("1.200,00", 120000), ("12", 1200), (" 0,01 ", 1)])
def test_it_cleans_to_money(typed, minor):
    with format.region("DK"):
        form = Form({"amount": typed})
        assert form.is_valid()
    assert form.cleaned_data == {"amount": Money(minor, "DKK"), "tip": None}


@pytest.mark.parametrize("typed", ["0", "0,00", "-5", "−5"])
def test_it_refuses_what_is_not_more_than_nothing(typed):
    assert Form({"amount": typed}).errors["amount"] == ["The amount must be more than zero."]


def test_nothing_may_be_allowed():
    assert Form({"amount": "1", "tip": "0"}).is_valid()


def test_it_keeps_what_was_typed_beside_the_error():
    form = Form({"amount": "a lot"})
    assert form.errors["amount"] == ["Write it as 1,200.00 or 1200."]
    assert 'value="a lot"' in str(form["amount"])
    assert 'inputmode="decimal"' in str(form["amount"])


def test_it_shows_money_as_the_region_writes_it():
    with format.region("DK"):
        form = Form(initial={"amount": Money(120000, "DKK")})
        assert 'value="1.200,00"' in str(form["amount"])
    assert not Form({"amount": "1,200.00"}, initial={"amount": Money(120000, "DKK")}).has_changed()
