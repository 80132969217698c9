"""The company's own rates: exact sums across thresholds, what of them is taxable, and no two of them on one day."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from expenses.check_expenses import check_expenses
from expenses.drive import NoMileageRate, Way, change_drive, claim_drive
from expenses.errors import NotYours
from expenses.journey import Away, claim_journey
from expenses.keep_own_rate import (
    LastDayBeforeFirst,
    NoRuleFor,
    RatesOverlap,
    TaxFreeIsPublished,
    TaxFreeTooMuch,
    Terms,
    add_own_rate,
    end_own_rate,
)
from expenses.mileage import worth
from expenses.mileage_rates import Band, MileageRate
from expenses.models import Drive, Expense, Journey, OwnRate
from expenses.own_rates import above
from expenses.per_diem import NoDailyRate, Stay
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.expenses.conftest import NOON
from tests.expenses.test_days_abroad import settled_in

django_db = pytest.mark.django_db
DAY = NOON.date()
WAY = Way(DAY, "car", ("Hjem", "Kunden"), Decimal(100), is_round_trip=True)


def add(by: Any, rate: str, **values: Any) -> OwnRate:
    values = {"kind": "mileage", "vehicle": "car", "valid_from": date(2026, 1, 1)} | values
    return add_own_rate(by=by, terms=Terms(rate=Decimal(rate), **values), now=NOON)


RATE = st.decimals("0.0001", "99", places=4)


@given(
    high=RATE,
    low=RATE,
    upto=st.integers(1, 30_000),
    cuts=st.lists(st.decimals("0.1", 40_000, places=1), max_size=6, unique=True),
)
def test_a_year_sums_to_the_distance_times_the_rate(
    high: Decimal, low: Decimal, upto: int, cuts: list[Decimal]
) -> None:
    bands = Band(upto, high), Band(None, low, upto * (high - low))
    rate = MileageRate("DK", "DKK", "car", date(2026, 1, 1), None, bands, "own")
    edges = [Decimal(0), *sorted(cuts), Decimal(40_001)]
    drives = [worth(rate, distance=end - start, before=start).amount.amount for start, end in pairwise(edges)]
    exact = min(edges[-1], Decimal(upto)) * high + max(edges[-1] - upto, Decimal(0)) * low
    assert sum(drives) == int((exact * 100).to_integral_value(ROUND_HALF_UP))


@given(amounts=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_what_is_taxable_is_counted_part_by_part(amounts: list[tuple[int, int]]) -> None:
    paid, published = ([Money(pair[side], "EUR") for pair in amounts] for side in (0, 1))
    found = above(paid, published).amount
    assert found == sum(max(0, one - other) for one, other in amounts)
    assert found >= max(0, sum(one for one, _ in amounts) - sum(other for _, other in amounts))


@django_db
def test_above_below_and_beyond_a_threshold(carol: Any, alice: Any) -> None:
    own = add(alice, "5", upto=150, rate_after=Decimal("1.5"))
    row = claim_drive(by=carol, way=WAY, category=None, note="", now=NOON)
    assert row.amount == (150 * 500 + 50 * 150) and row.drive.parts == [["150", "5"], ["50", "1.5"]]
    assert (row.drive.taxable, row.drive.taxable_currency) == (82_500 - 200 * 394, "DKK") and row.drive.own_rate == own
    more = claim_drive(by=carol, way=WAY, category=None, note="", now=NOON)
    assert (more.amount, more.drive.taxable, more.drive.taxable_currency) == (200 * 150, 0, "")
    end_own_rate(own=own, by=alice, last_day=DAY - timedelta(days=1), now=NOON)
    change_drive(expense=row, by=carol, way=WAY, now=NOON)
    row.refresh_from_db()
    assert row.amount == 200 * 394 and Drive.objects.get(expense=row).own_rate is None and not check_expenses()
    with pytest.raises(IntegrityError), transaction.atomic():
        Drive.objects.filter(expense=row).update(taxable=-1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Drive.objects.filter(expense=row).update(taxable=5)


def away(place: str) -> Away:
    start, end = datetime(2026, 11, 9, 7, tzinfo=UTC), datetime(2026, 11, 11, 15, tzinfo=UTC)
    return Away("Paris", start, end, {date(2026, 11, 10): ["breakfast"]}, Stay(place))


@django_db
def test_a_low_half_day_hides_no_high_whole_one(carol: Any, alice: Any) -> None:
    settled_in(carol, "DE")
    alice.company.refresh_from_db()
    add(alice, "70", kind="per_diem", vehicle="", place="FR", rate_half=Decimal(20))
    row = claim_journey(by=carol, away=away("FR/Paris"), category=None, note="", now=NOON)
    # The meal comes off the own whole day: 20 percent of 70. Paris is 58 and 39; 58 less 11.60 is 46.40.
    assert row.foreign_amount == 2000 + 5600 + 2000
    assert (row.journey.taxable, row.journey.taxable_currency) == (5600 - 4640, "EUR") and not check_expenses()
    with pytest.raises(IntegrityError), transaction.atomic():
        Journey.objects.filter(expense=row).update(taxable_currency="")
    plain = away("BE")
    Expense.objects.filter(pk=row.pk).update(review="not_okay")
    other = claim_journey(by=carol, away=plain, category=None, note="", now=NOON)
    assert (other.journey.taxable, other.foreign_amount) == (0, 4000 + 5900 - 1180 + 4000)


@django_db
def test_rates_that_cannot_be(alice: Any, carol: Any, mallory: Any) -> None:
    with pytest.raises(NotYours):
        add(carol, "5")
    own = add(alice, "5", last_day=date(2026, 6, 30))
    for first, last in (
        (date(2026, 6, 30), None),
        (date(2025, 12, 1), date(2026, 1, 1)),
        (date(2026, 3, 1), date(2026, 3, 1)),
    ):
        with pytest.raises(RatesOverlap):
            add(alice, "4", valid_from=first, last_day=last)
    add(alice, "4", valid_from=date(2026, 7, 1))
    add(alice, "4", vehicle="bicycle")
    with pytest.raises(LastDayBeforeFirst):
        add(alice, "4", vehicle="motorcycle", last_day=date(2025, 12, 31))
    for free in ({"tax_free": Decimal(3)}, {"kind": "per_diem", "vehicle": "", "tax_free": Decimal(3)}):
        with pytest.raises(TaxFreeIsPublished):
            add(alice, "4", **{"valid_from": date(2024, 1, 1), "last_day": date(2024, 2, 1), **free})
    for free in ({"tax_free": Decimal(5)}, {"tax_free": Decimal(1), "upto": 5, "rate_after": Decimal(1)}):
        with pytest.raises(TaxFreeTooMuch):
            add(alice, "4", vehicle="car_3", **free)
    with pytest.raises(WrongState):
        end_own_rate(own=own, by=alice, last_day=DAY, now=NOON)
    later = add(alice, "9", vehicle="motorcycle", valid_from=DAY + timedelta(days=9))
    assert end_own_rate(own=later, by=alice, last_day=DAY, now=NOON) is None and not OwnRate.objects.filter(rate=9)
    for wrong in (
        {"rate": 0},
        {"upto": 5},
        {"vehicle": ""},
        {"last_day": date(2020, 1, 1)},
        {"kind": "x"},
        {"currency": "kr"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            OwnRate.objects.filter(pk=own.pk).update(**wrong)


@django_db
@pytest.mark.parametrize("country", ["FR"])
def test_no_own_days_abroad_where_we_know_no_rule(alice: Any, carol: Any, country: str) -> None:
    settled_in(carol, country)
    alice.company.refresh_from_db()
    with pytest.raises(NoRuleFor):
        add(alice, "4", kind="per_diem", vehicle="", place="US")


@django_db
def test_where_nothing_is_published_the_own_rate_stands_alone(carol: Any, alice: Any) -> None:
    with pytest.raises(NoMileageRate):
        claim_drive(by=carol, way=replace(WAY, vehicle="car_3"), category=None, note="", now=NOON)
    add(alice, "4", vehicle="car_3", tax_free=Decimal("2.50"))
    row = claim_drive(by=carol, way=replace(WAY, vehicle="car_3"), category=None, note="", now=NOON)
    # 200 km at 4, of which 2.50 are free of tax.
    assert (row.amount, row.drive.taxable, row.drive.taxable_currency) == (80_000, 30_000, "DKK")
    end_own_rate(own=OwnRate.objects.get(), by=alice, last_day=DAY - timedelta(days=1), now=NOON)
    with pytest.raises(NoMileageRate):
        claim_drive(by=carol, way=replace(WAY, vehicle="car_3"), category=None, note="", now=NOON)
    add(alice, "4", vehicle="car_3", valid_from=DAY)
    again = claim_drive(by=carol, way=replace(WAY, vehicle="car_3"), category=None, note="", now=NOON)
    assert again.drive.taxable == 0 and not check_expenses()


@django_db
def test_days_at_a_place_without_a_published_rate(carol: Any, alice: Any) -> None:
    settled_in(carol, "SE")
    alice.company.refresh_from_db()
    with pytest.raises(NoDailyRate):
        claim_journey(by=carol, away=away("PE"), category=None, note="", now=NOON)
    add(alice, "800", kind="per_diem", vehicle="", place="PE", tax_free=Decimal(600))
    row = claim_journey(by=carol, away=away("PE"), category=None, note="", now=NOON)
    days = row.journey.days
    whole = [day for day in days if day["full"] == 80_000]
    assert len(days) == 3 and whole and {day["full"] for day in days} <= {80_000, 40_000}
    # Each day is measured for itself: the meals that others paid come off both what is paid and what is free.
    paid, free = sum(day["amount"] for day in days), sum(day["amount"] * 3 // 4 for day in days)
    assert (row.foreign_amount or row.amount) == paid and row.journey.taxable == paid - free
    assert row.journey.rate_from == date(2026, 1, 1) and not check_expenses()


@django_db
def test_the_list_is_searched_narrowed_ordered_and_downloaded(alice: Any, sign_in: Any) -> None:
    add(alice, "5", last_day=date(2026, 3, 1))
    add(alice, "4", vehicle="motorcycle")
    add(alice, "700", kind="per_diem", vehicle="", valid_from=DAY + timedelta(days=30))
    client = sign_in(alice)

    def shown(query: str) -> list[Decimal]:
        page = client.get(reverse("settings-rates", kwargs={"company": alice.company.slug}) + query)
        assert page.status_code == 200, query
        return [row.rate for row in page.context["page"].rows]

    assert sorted(shown("")) == [4, 5, 700]
    assert shown("?q=motor") == [4] and shown("?q=denmark") == [700] and shown("?q=nosuch") == []
    assert shown("?kind=per_diem") == [700] and shown("?state=coming") == [700]
    assert shown("?sort=rate") == [4, 5, 700] and shown("?sort=-rate") == [700, 5, 4]
    for senseless in ("?kind=x", "?state=%00", "?sort=--rate", "?cursor=zz", "?q=%00"):
        assert len(shown(senseless)) == 3, senseless
    there = reverse("settings-rates-export", kwargs={"company": alice.company.slug}) + "?q=motor"
    lines = b"".join(client.get(there).streaming_content).decode().splitlines()
    assert len(lines) == 2 and "Motorcycle" in lines[1] and "4.0000" in lines[1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_rates_added_at_once_one_is_refused(alice: Any) -> None:
    said: list[str] = []
    start = threading.Barrier(2)

    def run(last: date | None) -> None:
        start.wait()
        try:
            add(alice, "5", last_day=last)
            said.append("added")
        except RatesOverlap:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(last,)) for last in (date(2026, 5, 1), date(2026, 6, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["added", "refused"] and OwnRate.objects.count() == 1


@django_db
def test_the_page_adds_ends_and_says_what_is_wrong(alice: Any, carol: Any, sign_in: Any) -> None:
    client, page = sign_in(alice), reverse("settings-rates", kwargs={"company": alice.company.slug})
    assert "No rates of your own" in client.get(page).content.decode()
    data = {
        "part": "mileage",
        "vehicle": "car",
        "rate": "4,5",
        "upto": "",
        "rate_after": "",
        "valid_from": "2026-01-01",
    }
    for wrong in (
        {"rate": "0"},
        {"rate": "1e9"},
        {"vehicle": "boat"},
        {"upto": "10"},
        {"valid_from": "x"},
        {"part": "no"},
    ):
        assert client.post(page, data | wrong).status_code == 422, wrong
    assert client.post(page, data).status_code == 303
    assert client.post(page, data).status_code == 409
    daily = {"part": "per_diem", "place": "DK", "rate": "700", "valid_from": "2026-01-01"}
    assert client.post(page, daily).status_code == 303
    shown = client.get(page).content.decode()
    assert re.search(r"4[.,]5 DKK", shown) and "Denmark" in shown
    worth_ = sign_in(carol).post(
        reverse("mileage-create", kwargs={"company": carol.company.slug}),
        {"do": "count", "drove_on": DAY.isoformat(), "vehicle": "car", "stops": "A\nB", "one_way": "100"},
    )
    assert "is taxable" in worth_.content.decode()
    row = claim_drive(by=carol, way=WAY, category=None, note="", now=NOON)
    assert (
        "is taxable"
        in client.get(reverse("expense", kwargs={"company": alice.company.slug, "expense_id": row.pk})).content.decode()
    )
    own = OwnRate.objects.get(kind="mileage")
    end = reverse("own-rate-end", kwargs={"company": alice.company.slug, "own_rate_id": own.pk})
    client = sign_in(alice)
    client.post(end, {"last_day": "2025-01-01"})
    client.post(end, {"last_day": "x"})
    own.refresh_from_db()
    assert own.last_day is None
    assert client.post(end, {"last_day": "2026-12-31"}).status_code == 303
    own.refresh_from_db()
    assert own.last_day == date(2026, 12, 31)
