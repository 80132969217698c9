"""What exceeds the tax-free rates is a line of its own for the payroll: told once, and the lines sum to what is paid."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.models import Event
from expenses.cancel_run import cancel_run
from expenses.drive import Way, change_drive, claim_drive
from expenses.errors import NotYours
from expenses.keep_wage_types import keep_wage_types
from expenses.mark_payout import mark_payout
from expenses.mark_private import mark_private
from expenses.models import Expense, PayoutItem
from expenses.review import review
from expenses.seal import unseal
from expenses.taxable import DEDUCTION, TAXABLE, wage_lines
from expenses.withdraw_review import withdraw_review
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, buy
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api
from tests.expenses.test_own_rates import add
from tests.expenses.test_paying_back import okay, prepared, released

DAY = NOON.date()
django_db = pytest.mark.django_db
AMOUNT = st.integers(-(10**12), 10**12)


@given(amount=st.integers(1, 10**12), taxable=AMOUNT, currency=st.sampled_from(["DKK", "JPY", "KWD"]))
def test_the_lines_sum_to_what_is_paid(amount: int, taxable: int, currency: str) -> None:
    lines = wage_lines(Money(amount, currency), Money(taxable, currency))
    assert sum(line.amount.amount for line in lines) == amount
    assert all(line.amount.amount and line.amount.currency == currency for line in lines)
    assert sum(line.amount.amount for line in lines if line.kind == TAXABLE) == taxable
    assert {line.kind for line in lines if line.amount.amount < 0} <= {DEDUCTION, TAXABLE}


def drive(person: Any, by: Any, way: int = 100) -> Expense:
    """A drive at 5 kroner where 3.94 are free: of 100 km 106 kroner are taxable."""
    expense = claim_drive(by=person, way=Way(DAY, "car", ("A", "B"), Decimal(way)), category=None, note="", now=NOON)
    review(expense=expense, by=by, outcome="okay", now=NOON)
    return Expense.objects.get(pk=expense.pk)


def file_rows(run: Any) -> list[dict[str, str]]:
    run.refresh_from_db()
    return list(csv.DictReader(StringIO(unseal(run.sealed_file).decode("utf-8-sig"))))


def lines_of(run: Any) -> list[tuple[str, str, str]]:
    return [(row["Wage type"], row["Kind"], row["Amount"]) for row in file_rows(run)]


@django_db
def test_the_file_splits_what_is_taxable_with_its_own_wage_type(carol: Any, dave: Any, alice: Any) -> None:
    add(alice, "5")
    keep_wage_types(by=dave, tax_free="4110", taxable=" 1200 ", deduction="5500", now=NOON)
    drive(carol, dave)
    okay(carol, dave, 9_000)
    run = released(dave, alice)
    assert lines_of(run) == [("4110", "Tax-free", "484.00"), ("1200", "Taxable", "106.00")]
    payout = run.payouts.get()
    assert sum(Decimal(row["Amount"]) for row in file_rows(run)) == payout.money.decimal
    assert {row["Reference"] for row in file_rows(run)} == {payout.end_to_end_id}


@django_db
def test_without_anything_taxable_there_is_one_line_as_before(carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave, 9_000)
    assert lines_of(released(dave, alice)) == [("", "Tax-free", "90.00")]


@django_db
def test_what_is_owed_eats_what_is_free_first_and_then_is_a_deduction(carol: Any, dave: Any, alice: Any) -> None:
    add(alice, "5")
    drive(carol, dave)
    mark_private(expense=buy(carol, 60_000), by=carol, amount=Money(45_000, "DKK"), now=NOON)
    run = released(dave, alice)
    assert lines_of(run) == [("", "Deduction", "-56.00"), ("", "Taxable", "106.00")]
    assert run.payouts.get().amount == 5_000


@django_db
def test_a_claim_is_told_once_and_a_change_tells_the_difference(carol: Any, dave: Any, alice: Any) -> None:
    add(alice, "5")
    expense = drive(carol, dave)
    first = released(dave, alice)
    mark_payout(payout=first.payouts.get(), outcome="paid", by=dave, now=NOON)
    okay(carol, dave, 1_000)
    second = released(dave, alice, key="two")
    assert lines_of(second) == [("", "Tax-free", "10.00")]
    mark_payout(payout=second.payouts.get(), outcome="paid", by=dave, now=NOON)
    change_drive(expense=expense, by=dave, way=Way(DAY, "car", ("A", "B"), Decimal(150)), now=NOON)
    expense.refresh_from_db()
    review(expense=expense, by=dave, outcome="okay", now=NOON)
    third = released(dave, alice, key="three")
    assert lines_of(third) == [("", "Tax-free", "197.00"), ("", "Taxable", "53.00")]


@django_db
def test_a_cancelled_run_has_told_nothing(carol: Any, dave: Any, alice: Any) -> None:
    add(alice, "5")
    drive(carol, dave)
    cancel_run(run=prepared(dave), by=dave, now=NOON)
    assert PayoutItem.objects.get().taxable == 10_600
    assert ("", "Taxable", "106.00") in lines_of(released(dave, alice, key="two"))


@django_db
def test_an_okay_that_fell_before_it_was_paid_leaves_nothing_taxable(carol: Any, dave: Any, alice: Any) -> None:
    add(alice, "5")
    expense = drive(carol, dave)
    withdraw_review(expense=expense, by=dave, now=NOON)
    okay(carol, dave, 9_000)
    assert lines_of(released(dave, alice)) == [("", "Tax-free", "90.00")]


@django_db
def test_who_keeps_wage_types_and_where_they_show(carol: Any, dave: Any, alice: Any, sign_in: Any) -> None:
    with pytest.raises(NotYours):
        keep_wage_types(by=carol, tax_free="1", taxable="2", deduction="3", now=NOON)
    client = sign_in(dave)
    assert client.post(url("reimbursement-wage-types", dave), {"taxable": "x" * 21}).status_code == 422
    assert client.post(url("reimbursement-wage-types", dave), {"tax_free": "10", "taxable": "20\x00"}).status_code in (
        303,
        422,
    )
    api = Api(dave)
    body = {"tax_free": "4110", "taxable": "1200", "deduction": ""}
    assert api.call("put", "api-wage-types", body).json() == body == api.call("get", "api-wage-types").json()
    assert Event.objects.filter(verb="payroll.wage_types_kept", by=dave).exists()
    add(alice, "5")
    drive(carol, dave)
    run = prepared(dave)
    page = client.get(url("reimbursement-run", dave, run_id=run.pk)).content.decode()
    assert "of it taxable" in page and "106" in page
    assert api.call("get", "api-run", run_id=run.pk).json()["payouts"][0]["taxable"] == 10_600
    assert 'value="4110"' in client.get(url("reimbursements", dave)).content.decode()
