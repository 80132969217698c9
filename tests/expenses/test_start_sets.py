"""Start sets: each country's is whole, its rates are those of the law, and it can be added later without touching what is there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.create_company import create_company
from expenses.add_start_set import add_start_set, rows_of
from expenses.check_expenses import check_expenses
from expenses.models import Category, ChartAccount, TaxCode
from expenses.start_set import ENGLISH, ICONS, SETS, USUAL
from tests.conftest import Cast, make_user
from tests.expenses.conftest import NOON

COUNTRIES = ("DK", "SE", "DE", "GB", "FR", "NL", "ES")
# As the eu-vat-rates-data package of September 2026 lists them, standard and reduced; Denmark's part for restaurants is ours.
RATES = {
    "DK": {"25", "5.263158"}, "SE": {"25", "12", "6"}, "DE": {"19", "7"}, "GB": {"20", "5"},
    "FR": {"20", "10", "5.5", "2.1"}, "NL": {"21", "9"}, "ES": {"21", "10", "4"},
}  # fmt: skip


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_set_is_whole(country: str) -> None:
    start = SETS[country]
    numbers, codes = {number for number, _, _ in start.accounts}, {code for code, *_ in start.tax_codes}
    assert set(start.categories) == set(ICONS) == set(ENGLISH) and {key for _, _, key in USUAL} <= set(ICONS)
    assert len({name.casefold() for name, _, _ in start.categories.values()}) == len(start.categories)
    assert {number for _, number, _ in start.categories.values()} <= numbers
    assert {code for _, _, code in start.categories.values()} <= codes
    assert set(start.contra.values()) | set(start.reverse.values()) <= numbers
    assert set(start.lost) | set(start.reverse) <= codes
    assert all(not Decimal(rate) or account in numbers for _, _, rate, account in start.tax_codes)
    assert len(numbers) == len(start.accounts) and len(codes) == len(start.tax_codes)
    assert {"wallet", "bank", "out_of_pocket", "cash", "fees", "supplier", "receivable"} <= set(start.contra)


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_rates_are_those_of_the_country(country: str) -> None:
    assert {rate for _, _, rate, _ in SETS[country].tax_codes if rate != "0"} == RATES[country]
    assert any(rate == "0" for _, _, rate, _ in SETS[country].tax_codes)


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "currency"), [("SE", "SEK"), ("FR", "EUR"), ("NL", "EUR"), ("ES", "EUR")])
def test_a_new_company_gets_its_country_s_set(country: str, currency: str) -> None:
    company = create_company(
        owner=make_user("olga"), name="Ny", country=country, currency=currency, time_zone="Europe/Paris", region="GB"
    )
    assert Category.objects.filter(company=company).count() == len(ICONS)
    reverse = TaxCode.objects.get(company=company, method="reverse")
    assert reverse.account and reverse.reverse_account
    assert not check_expenses(company=company)


@pytest.mark.django_db
@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("in_english", [False, True])
def test_a_set_is_added_later_and_twice_adds_nothing(cast: Cast, country: str, in_english: bool) -> None:
    before = dict(ChartAccount.objects.filter(company=cast.company).values_list("number", "name"))
    add_start_set(by=cast.alice, country=country, now=NOON, in_english=in_english)
    after: dict[str, Any] = dict(ChartAccount.objects.filter(company=cast.company).values_list("number", "name"))
    assert before.items() <= after.items()
    names = {values["name"] for _, values in rows_of(country, in_english=in_english)["categories"]}
    has = set(Category.objects.filter(company=cast.company).values_list("name", flat=True))
    assert {name.casefold() for name in names} <= {name.casefold() for name in has}
    assert set(add_start_set(by=cast.alice, country=country, now=NOON, in_english=in_english).values()) == {0}
