"""The year that is drawn before anything is written."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from expenses.start_set import SETS
from pleo.demo.companies import COMPANIES, HABITS, LARS
from pleo.demo.merchants import BY_NAME, KINDS, MERCHANTS, places
from pleo.demo.plan import draw_year, month_before
from pleo.lib.money import Money

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
YEARS = [draw_year(company, seed=7, now=NOW) for company in COMPANIES]


def facts(years):
    return [
        (
            bought.at,
            bought.person.name,
            bought.merchant.name,
            bought.total,
            bought.billed,
            str(bought.rate),
            bought.paper,
        )
        for year in years
        for bought in year.purchases
    ]


def test_the_same_seed_and_day_draw_the_same_year():
    again = [draw_year(company, seed=7, now=NOW) for company in COMPANIES]
    assert facts(again) == facts(YEARS)
    assert [year.refills for year in again] == [year.refills for year in YEARS]
    assert facts([draw_year(COMPANIES[0], seed=8, now=NOW)]) != facts(YEARS[:1])


def test_it_is_as_large_as_it_says():
    people = {person.email for company in COMPANIES for person in company.people}
    assert 38 <= len(people) <= 42
    assert 3000 <= sum(len(year.purchases) for year in YEARS) <= 5000
    assert sum(LARS[1] in [person.email for person in company.people] for company in COMPANIES) == 2


@pytest.mark.parametrize("year", YEARS, ids=lambda year: year.company.slug)
def test_everything_happens_in_the_year_before_now(year):
    begin = datetime.combine(month_before(year.today, 12), datetime.min.time(), UTC) - timedelta(days=1)
    for bought in year.purchases:
        moments = [bought.at, bought.cleared_at, bought.released_at, bought.paper.receipt_at, bought.paper.reviewed_at]
        assert all(begin <= moment <= NOW for moment in moments if moment)
        assert not bought.cleared_at or bought.cleared_at >= bought.at


@pytest.mark.parametrize("year", YEARS, ids=lambda year: year.company.slug)
def test_it_has_what_a_year_has(year):
    kinds = Counter()
    for bought in year.purchases:
        kinds["foreign"] += bought.rate != 1
        kinds["refund"] += bought.refund_of is not None
        kinds["claim"] += bought.card is None
        kinds["tip"] += bought.tip > 0
        kinds["reserved"] += bool(bought.card and not bought.cleared_at and not bought.released_at)
        kinds["no receipt"] += bought.paper.receipt_at is None
        kinds[bought.paper.lane or "open"] += 1
        kinds[bought.paper.review or "not reviewed"] += 1
    wanted = ["foreign", "refund", "claim", "tip", "reserved", "no receipt", "exported", "queue", "open"]
    assert [kind for kind in [*wanted, "okay", "not reviewed"] if not kinds[kind]] == []
    assert kinds["needs_details"] + kinds["not_okay"] > 0
    assert year.refused and year.refills and len(year.strays) >= 2


def test_some_money_is_released_again():
    assert any(bought.released_at for year in YEARS for bought in year.purchases)


@pytest.mark.parametrize("year", YEARS, ids=lambda year: year.company.slug)
def test_receipts_add_up_and_foreign_money_is_converted(year):
    for bought in year.purchases:
        assert bought.price > 0 and bought.billed > 0
        if bought.rate == 1:
            assert bought.billed == bought.total
        else:
            assert Money(bought.total, "EUR").share(bought.rate).amount == bought.billed


@pytest.mark.parametrize("year", YEARS, ids=lambda year: year.company.slug)
def test_no_card_goes_beyond_its_limits(year):
    used = Counter()
    for bought in year.purchases:
        if bought.card and not bought.refund_of:
            owner, most = (bought.person.name, bought.card.name), max(bought.asked, bought.billed)
            assert bought.asked <= year.limits[owner][0]
            used[owner, bought.at.astimezone(year.zone).strftime("%Y-%m")] += most
    for (owner, _), amount in used.items():
        assert amount <= year.limits[owner][1]


def test_every_kind_has_places_to_buy_and_a_category():
    for company in COMPANIES:
        for habit in HABITS.values():
            assert all(places(kind, company.country) for kind in habit), company.slug
        for merchant in MERCHANTS:
            assert merchant.category in SETS[company.country].categories
        for person in company.people:
            for card in person.cards:
                assert all(name in BY_NAME for name, _, _ in card.subscriptions)
    assert all(kind in {merchant.kind for merchant in MERCHANTS} for kind in KINDS)


def test_people_stop_when_they_left_and_cards_rest_when_frozen():
    for year in YEARS:
        for bought in year.purchases:
            age = (year.today - bought.at.astimezone(year.zone).date()).days
            assert bought.refund_of or age >= bought.person.until_days
            if bought.card and bought.card.frozen_by and not bought.refund_of:
                assert age >= bought.card.frozen_days
