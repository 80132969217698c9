"""Lines: split by amount, percent and VAT rate, private parts and tips; exact to the smallest unit, whatever happens."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from expenses.attach import attach
from expenses.check_expenses import check_expenses
from expenses.code_expense import MasterArchived, code_expense
from expenses.errors import ExpenseLocked, NotYours
from expenses.keep_tax_code import RateUsed, ReverseAccountNeeded, keep_tax_code
from expenses.lines import Part, TaxTooLarge
from expenses.models import ChartAccount, Expense, ExpenseLine, TaxCode
from expenses.next_step import base_step
from expenses.split import PartEmpty, ShareWrong, SplitDiffers, by_percent, by_rates, split, with_tip
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, buy, category_of, clear, freeze, make_receipt

django_db = pytest.mark.django_db


def dkk(amount: int) -> Money:
    return Money(amount, "DKK")


def code_of(person: Any, code: str) -> TaxCode:
    found: TaxCode = TaxCode.objects.get(company=person.company, code=code)
    return found


# ---- shares


@given(whole=st.integers(1, 10**12), cuts=st.lists(st.integers(1, 9_999), max_size=8, unique=True))
def test_percentages_make_the_whole_to_the_last_unit(whole: int, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 10_000]
    shares = [Decimal(b - a) / 100 for a, b in pairwise(edges)]
    try:
        parts = by_percent(dkk(whole), shares)
    except PartEmpty:
        assert whole < 10_000
        return
    assert sum(part.amount for part in parts) == whole
    assert all(abs(part.amount - whole * share / 100) < 1 for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize("shares", [["50", "40"], ["60", "50"], ["120", "-20"], []])
def test_percentages_that_make_no_whole_are_refused(shares: list[str]) -> None:
    with pytest.raises(ShareWrong):
        by_percent(dkk(100), [Decimal(share) for share in shares])


@given(gross=st.integers(0, 10**12), rate=st.decimals(0, 99, places=2), lost=st.decimals(0, 100, places=2))
def test_lost_and_deductible_vat_make_the_vat(gross: int, rate: Decimal, lost: Decimal) -> None:
    code = TaxCode(code="X", rate=rate, non_deductible=lost)
    tax = code.tax_in(dkk(gross))
    line = ExpenseLine(amount=gross, currency="DKK", tax_amount=tax.amount, tax_code=code)
    assert line.deductible_tax + code.lost_of(tax) == tax
    assert 0 <= line.deductible_tax.amount <= tax.amount <= gross


# ---- the verb


@django_db
def test_a_split_has_its_own_coding_per_line(carol: Any) -> None:
    expense = buy(carol, 30000)
    parts = [
        Part(dkk(20000), category_of(carol, "hotel"), code_of(carol, "I25")),
        Part(dkk(10000), category_of(carol, "meals"), code_of(carol, "INGEN"), text="Breakfast"),
    ]
    split(expense=expense, by=carol, parts=parts, now=NOON)
    found = list(expense.lines.order_by("position").values_list("amount", "tax_amount", "text"))
    assert found == [(20000, 4000, ""), (10000, 0, "Breakfast")]
    expense.refresh_from_db()
    assert expense.is_coded and not check_expenses()


@django_db
@pytest.mark.parametrize(
    ("amounts", "error"),
    [([100, 200], SplitDiffers), ([30000, 1], SplitDiffers), ([30000, 0], PartEmpty), ([], PartEmpty)],
)
def test_what_does_not_add_up_is_refused(carol: Any, amounts: list[int], error: Any) -> None:
    expense = buy(carol, 30000)
    with pytest.raises(error):
        split(expense=expense, by=carol, parts=[Part(dkk(amount)) for amount in amounts], now=NOON)
    assert expense.lines.get().amount == 30000


@django_db
def test_others_frozen_and_archived_are_refused(carol: Any, mallory: Any, dave: Any) -> None:
    expense, old = buy(carol, 30000), category_of(carol, "hotel")
    parts = [Part(dkk(30000), old)]
    with pytest.raises(NotYours):
        split(expense=buy(dave, 30000), by=carol, parts=parts, now=NOON)
    type(old).objects.filter(pk=old.pk).update(archived_at=NOON)
    old.refresh_from_db()
    with pytest.raises(MasterArchived):
        split(expense=expense, by=carol, parts=[Part(dkk(30000), old)], now=NOON)
    with pytest.raises(TaxTooLarge):
        split(expense=expense, by=carol, parts=[Part(dkk(30000), tax=dkk(30001))], now=NOON)
    with pytest.raises(ExpenseLocked):
        split(expense=freeze(expense), by=carol, parts=[Part(dkk(30000))], now=NOON)


@django_db
def test_a_note_leaves_a_split_as_it_is(carol: Any) -> None:
    expense = buy(carol, 30000)
    parts = [Part(dkk(10000), category_of(carol, "hotel")), Part(dkk(20000), category_of(carol, "meals"))]
    split(expense=expense, by=carol, parts=parts, now=NOON)
    code_expense(expense=expense, by=carol, now=NOON, note="Two things")
    assert set(expense.lines.values_list("category__code", flat=True)) == {"hotel", "meals"}


@django_db
def test_money_that_comes_later_is_a_rest_to_split(carol: Any) -> None:
    from expenses.record_clearing import record

    expense = buy(carol, 30000)
    split(expense=expense, by=carol, parts=[Part(dkk(10000)), Part(dkk(20000))], now=NOON)
    record(clearing=clear(expense.authorization, 500))
    assert expense.lines.get(is_rest=True).amount == 500
    assert sum(expense.lines.values_list("amount", flat=True)) == 30500 == Expense.objects.get(pk=expense.pk).amount


@django_db
def test_private_lines_need_no_coding_and_no_receipt(carol: Any) -> None:
    expense = buy(carol, 30000)
    split(expense=expense, by=carol, parts=[Part(dkk(30000), is_private=True)], now=NOON)
    expense.refresh_from_db()
    assert expense.is_private and expense.is_coded and base_step(expense) == "to_review"
    with pytest.raises(IntegrityError), transaction.atomic():
        expense.lines.update(category=category_of(carol))
    code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel"))
    assert expense.lines.get().category is None and not check_expenses()


# ---- rates and tips


def _with_rates(carol: Any, total: int, lines: list[dict[str, Any]]) -> Expense:
    expense = buy(carol, total)
    receipt = make_receipt(carol, total=total)
    reading = receipt.readings.get()
    reading.fields["vat"] = {"value": lines, "confidence": "sure"}
    reading.save()
    attach(expense=expense, receipt=receipt, by=carol, now=NOON)
    return expense


RATES = [
    {"rate": "25", "net": 8000, "tax": 2000, "gross": 10000},
    {"rate": "0", "net": 4000, "tax": 0, "gross": 4000},
]


@django_db
def test_rates_of_the_receipt_become_lines(carol: Any) -> None:
    expense = _with_rates(carol, 14500, RATES)
    split(expense=expense, by=carol, parts=by_rates(expense), now=NOON)
    found = list(expense.lines.order_by("position").values_list("amount", "tax_amount", "tax_code__code"))
    assert found == [(10000, 2000, "I25"), (4000, 0, "INGEN"), (500, 0, "INGEN")]


@django_db
def test_rates_that_make_more_than_was_paid_are_no_split(carol: Any) -> None:
    from expenses.split import NothingRead

    for expense in (_with_rates(carol, 13000, RATES), buy(carol, 5000)):
        with pytest.raises(NothingRead):
            by_rates(expense)


@django_db
def test_a_tip_comes_out_of_the_largest_line(carol: Any) -> None:
    expense = buy(carol, 30000)
    code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel"))
    split(expense=expense, by=carol, parts=with_tip(expense, dkk(2500)), now=NOON)
    assert list(expense.lines.order_by("position").values_list("amount", "tax_amount")) == [(27500, 5500), (2500, 0)]
    with pytest.raises(SplitDiffers):
        with_tip(expense, dkk(27500))


# ---- masters


@django_db
def test_reverse_charge_and_lost_vat(alice: Any, carol: Any) -> None:
    accounts = ChartAccount.objects.for_company(alice.company)
    given_ = {"by": alice, "code": "RC", "name": "Reverse", "rate": Decimal(25), "valid_from": NOON.date(), "now": NOON}
    account = accounts.get(number="6903")
    with pytest.raises(ReverseAccountNeeded):
        keep_tax_code(account=account, method="reverse", **given_)
    code = keep_tax_code(
        account=account, method="reverse", reverse_account=account, non_deductible=Decimal(50), **given_
    )
    expense = buy(carol, 10000)
    split(expense=expense, by=carol, parts=[Part(dkk(10000), category_of(carol), code)], now=NOON)
    assert expense.lines.get().tax_amount == 0
    with pytest.raises(RateUsed):
        keep_tax_code(tax_code=code, account=account, method="inclusive", **given_)
    for wrong in ({"reverse_account": None}, {"non_deductible": 101}, {"method": "odd"}, {"country": "dk"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TaxCode.objects.filter(pk=code.pk).update(**wrong)


# ---- pages and API


def _url(name: str, person: Any, expense: Expense) -> str:
    return reverse(name, kwargs={"company": person.company.slug, "expense_id": expense.pk})


@django_db
def test_the_page_splits_without_script(carol: Any, sign_in: Any) -> None:
    expense, client = buy(carol, 30000), sign_in(carol)
    page = _url("expense-split", carol, expense)
    assert client.get(page).status_code == 200
    data = {"rows": "2", "mode": "amounts", "line-0-amount": "100", "line-1-text": "The rest", "version": "1"}
    more = client.post(page, {**data, "do": "add"})
    assert more.status_code == 200 and b"line-2-amount" in more.content and b"The rest" in more.content
    done = client.post(page, {**data, "do": "save"})
    assert done.status_code == 303
    assert list(expense.lines.order_by("position").values_list("amount", flat=True)) == [10000, 20000]
    stale = client.post(page, {**data, "do": "save"})
    assert stale.status_code == 409
    assert client.post(_url("expense-split-whole", carol, expense)).status_code == 303
    assert expense.lines.get().amount == 30000


@django_db
@pytest.mark.parametrize(
    "data",
    [
        {"mode": "percent", "line-0-percent": "50", "line-1-percent": "49"},
        {"mode": "percent", "line-0-percent": "x", "line-1-percent": "49"},
        {"line-0-amount": "400", "line-1-amount": ""},
        {"line-0-amount": "1,5x", "line-1-amount": ""},
        {"line-0-text": "a", "line-1-text": "b"},
        {"rows": "99999999", "line-0-amount": "1"},
        {"rows": "x"},
    ],
)
def test_nonsense_is_answered_beside_the_fields(carol: Any, sign_in: Any, data: Any) -> None:
    expense = buy(carol, 30000)
    answer = sign_in(carol).post(_url("expense-split", carol, expense), {"rows": "2", "do": "save", **data})
    assert answer.status_code == 422 and expense.lines.get().amount == 30000


@django_db
def test_percent_and_tip_on_the_page(carol: Any, sign_in: Any) -> None:
    expense, client = buy(carol, 10001), sign_in(carol)
    data = {"rows": "2", "mode": "percent", "line-0-percent": "50", "line-1-percent": "50", "do": "save"}
    assert client.post(_url("expense-split", carol, expense), data).status_code == 303
    assert sorted(expense.lines.values_list("amount", flat=True)) == [5000, 5001]
    assert client.post(_url("expense-tip", carol, expense), {"tip": "5"}).status_code == 303
    assert expense.lines.count() == 3
    assert client.post(_url("expense-tip", carol, expense), {"tip": "x"}).status_code == 422
    assert client.post(_url("expense-tip", carol, expense), {"tip": "1000"}).status_code == 422
