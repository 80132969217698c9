"""Claims in any currency, drives, days away, private parts: worked official examples, and sums that are exact."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from expenses import mileage_rates, per_diem_rates
from expenses.change_claim import change_claim
from expenses.check_expenses import check_expenses
from expenses.drive import NoMileageRate, StopsMissing, Way, change_drive, claim_drive
from expenses.errors import ExpenseLocked, NotYours
from expenses.exchange import NoRate, Quote, quote
from expenses.journey import Away, EndsBeforeStart, JourneysOverlap, TooLong, change_journey, claim_journey
from expenses.mark_private import MoreThanPaid, mark_private
from expenses.mileage import worth
from expenses.models import Drive, Expense, Review
from expenses.owed import AmountOutOfRange, DateInFuture, NotAClaim, RateNeedsReason
from expenses.per_diem import NoDailyRate, TooShort, days_of
from expenses.record_clearing import record
from expenses.review import review
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, buy, category_of, clear, freeze, make_receipt, pay_privately

django_db = pytest.mark.django_db
DAY = NOON.date()


# ---- mileage: what the authorities themselves worked out


@pytest.mark.parametrize(
    ("country", "vehicle", "day", "distance", "whole"),
    [
        # HMRC, Employment Income Manual EIM31355, example two: 10,000 × 45p + 2,000 × 25p.
        ("GB", "car", date(2011, 7, 1), 12_000, Money(500_000, "GBP")),
        # HMRC, EIM31355, example one: 5,000 × 45p. EIM31350, example 2: 860 × 45p.
        ("GB", "car", date(2011, 7, 1), 5_000, Money(225_000, "GBP")),
        ("GB", "car", date(2011, 7, 1), 860, Money(38_700, "GBP")),
        # BOFiP for the incomes of 2020 (arrêté du 15 février 2021): 4 CV, 4,000 km; and the same in an electric car.
        ("FR", "car_4", date(2020, 6, 1), 4_000, Money(209_200, "EUR")),
        ("FR", "electric_4", date(2020, 6, 1), 4_000, Money(251_040, "EUR")),
        # adcf.org after the barème in force: 5 CV, 12,000 km; electric.
        ("FR", "car_5", date(2025, 6, 1), 12_000, Money(567_900, "EUR")),
        ("FR", "electric_5", date(2025, 6, 1), 12_000, Money(681_480, "EUR")),
        # Skattestyrelsen's rates as TEKNIQ works them out: 15,000 km in 2026; 1,950 kr. less in 2025.
        ("DK", "car", date(2026, 6, 1), 15_000, Money(5_910_000, "DKK")),
        ("DK", "car", date(2025, 6, 1), 15_000, Money(5_715_000, "DKK")),
        # lånapengar on Skatteverket's 25 kr per mil: 85 mil.
        ("SE", "car", date(2025, 6, 1), 850, Money(212_500, "SEK")),
    ],
)
def test_worked_examples_of_mileage(country: str, vehicle: str, day: date, distance: int, whole: Money) -> None:
    rate = mileage_rates.rate_on(country=country, vehicle=vehicle, day=day)
    assert rate and worth(rate, distance=Decimal(distance), before=Decimal(0)).amount == whole


def test_a_rate_has_a_source_and_rates_of_one_vehicle_never_overlap() -> None:
    for rate in mileage_rates.RATES:
        assert rate.source and rate.vehicle in mileage_rates.VEHICLES and rate.bands[-1].upto is None
    for rows in (mileage_rates.RATES, per_diem_rates.RATES):
        for one in rows:
            begins = [other for other in rows if other is not one and other.holds_on(one.valid_from)]
            same = [other for other in begins if other.country == one.country]
            assert not [x for x in same if _what(x) == _what(one)]


def _what(rate: Any) -> tuple[str, str]:
    return getattr(rate, "vehicle", ""), getattr(rate, "place", "")


def test_britain_pays_more_from_april_2026() -> None:
    before, after = date(2026, 4, 5), date(2026, 4, 6)
    rates = [mileage_rates.rate_on(country="GB", vehicle="car", day=day) for day in (before, after)]
    assert [rate.bands[0].rate for rate in rates if rate] == [Decimal("0.45"), Decimal("0.55")]
    assert rates[0] and rates[0].year_of(before) == (date(2025, 4, 6), date(2026, 4, 6))


@given(
    index=st.integers(0, len(mileage_rates.RATES) - 1),
    cuts=st.lists(st.decimals("0.1", 30_000, places=1), max_size=6, unique=True),
)
def test_a_year_is_worth_the_same_however_it_is_cut(index: int, cuts: list[Decimal]) -> None:
    rate = mileage_rates.RATES[index]
    edges = [Decimal(0), *sorted(cuts), Decimal(30_001)]
    parts = [worth(rate, distance=b - a, before=a) for a, b in pairwise(edges)]
    whole = worth(rate, distance=edges[-1], before=Decimal(0))
    assert sum(part.amount.amount for part in parts) == whole.amount.amount
    assert sum(distance for part in parts for distance, _ in part.parts) == edges[-1]


# ---- days away


def at(zone: str, *parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))


def amounts(country: str, zone: str, start: tuple[int, ...], end: tuple[int, ...], **meals: Any) -> list[int]:
    given_ = {date.fromisoformat(day): list(words) for day, words in meals.get("meals", {}).items()}
    parts = days_of(country=country, starts_at=at(zone, *start), ends_at=at(zone, *end), meals=given_)
    return [part.amount.amount for part in parts]


BERLIN, STOCKHOLM, COPENHAGEN = "Europe/Berlin", "Europe/Stockholm", "Europe/Copenhagen"
B, L, D = "breakfast", "lunch", "dinner"


def test_germany_as_haufe_and_the_ministry_work_it_out() -> None:
    # Haufe, August 2018: Monday 20:00 to Wednesday 13:30, 12 + 24 + 12.
    assert amounts("DE", BERLIN, (2018, 8, 6, 20), (2018, 8, 8, 13, 30)) == [1200, 2400, 1200]
    # BMF 25.11.2020: breakfast takes off 5.60, lunch and dinner 11.20 each, never below nothing.
    day = {"2025-03-04": [B]}
    assert amounts("DE", BERLIN, (2025, 3, 3, 9), (2025, 3, 5, 9), meals=day) == [1400, 2240, 1400]
    assert amounts("DE", BERLIN, (2025, 3, 3, 9), (2025, 3, 5, 9), meals={"2025-03-04": [L]}) == [1400, 1680, 1400]
    assert amounts("DE", BERLIN, (2025, 3, 3, 9), (2025, 3, 5, 9), meals={"2025-03-03": [B, L, D]})[0] == 0
    assert amounts("DE", BERLIN, (2025, 3, 3, 8), (2025, 3, 3, 16, 1)) == [1400]
    with pytest.raises(TooShort):
        amounts("DE", BERLIN, (2025, 3, 3, 8), (2025, 3, 3, 16))


@pytest.mark.parametrize(
    ("meals", "less"), [([], 0), ([B], 58), ([L], 102), ([D], 102), ([L, D], 203), ([B, L], 160), ([B, L, D], 261)]
)
def test_sweden_takes_off_what_skatteverket_prints(meals: list[str], less: int) -> None:
    """SKV A 2023:14, the table for 290 kronor: 58, 102, 203, 261; LR Revision adds 160 for breakfast and one meal."""
    found = amounts("SE", STOCKHOLM, (2024, 5, 6, 8), (2024, 5, 8, 20), meals={"2024-05-07": meals})
    assert found[1] == (290 - less) * 100


def test_sweden_halves_late_starts_and_early_returns() -> None:
    assert amounts("SE", STOCKHOLM, (2024, 5, 6, 12), (2024, 5, 7, 19)) == [14500, 14500]
    assert amounts("SE", STOCKHOLM, (2024, 5, 6, 11, 59), (2024, 5, 7, 19, 1)) == [29000, 29000]
    assert amounts("SE", STOCKHOLM, (2026, 5, 6, 8), (2026, 5, 7, 20)) == [30000, 30000]
    with pytest.raises(TooShort):
        amounts("SE", STOCKHOLM, (2024, 5, 6, 6), (2024, 5, 6, 23))


def test_denmark_pays_hours_begun_after_whole_days() -> None:
    # skat.dk 2026: 625 kr. a day, a twenty-fourth for each hour begun; 15, 30 and 30 percent for meals.
    assert amounts("DK", COPENHAGEN, (2026, 3, 2, 8), (2026, 3, 3, 8)) == [62500]
    assert amounts("DK", COPENHAGEN, (2026, 3, 2, 8), (2026, 3, 3, 10, 1)) == [62500, 7813]
    with_meals = amounts("DK", COPENHAGEN, (2026, 3, 2, 8), (2026, 3, 4, 8), meals={"2026-03-03": [B, D]})
    assert with_meals == [62500, 62500 - 9375 - 18750]
    with pytest.raises(TooShort):
        amounts("DK", COPENHAGEN, (2026, 3, 2, 8), (2026, 3, 3, 7, 59))
    with pytest.raises(NoDailyRate):
        amounts("DK", COPENHAGEN, (2020, 3, 2, 8), (2020, 3, 4, 8))


def test_denmark_knows_the_night_when_the_clock_changes() -> None:
    assert amounts("DK", COPENHAGEN, (2026, 3, 28, 12), (2026, 3, 29, 12))[0] in (62500, 62500 * 23 // 24)


def test_france_pays_the_meals_whose_hours_were_away() -> None:
    # Urssaf 2026: 21.40 a meal at a restaurant.
    assert amounts("FR", "Europe/Paris", (2026, 3, 2, 8), (2026, 3, 2, 15)) == [2140]
    assert amounts("FR", "Europe/Paris", (2026, 3, 2, 8), (2026, 3, 3, 13), meals={"2026-03-02": [D]}) == [2140, 0]
    with pytest.raises(TooShort):
        amounts("FR", "Europe/Paris", (2026, 3, 2, 14), (2026, 3, 2, 18))


@pytest.mark.parametrize(
    ("start", "end", "pounds"),
    [((8,), (13,), 5), ((8,), (18,), 10), ((6,), (21,), 25), ((12,), (20, 30), 15), ((9,), (20, 30), 20)],
)
def test_britain_pays_by_hours(start: Any, end: Any, pounds: int) -> None:
    """HMRC's benchmark scale rates: 5, 10, 15 hours and ongoing at eight; ten pounds more past eight in the evening."""
    assert amounts("GB", "Europe/London", (2026, 3, 2, *start), (2026, 3, 2, *end)) == [pounds * 100]


@given(
    country=st.sampled_from(["DK", "DE", "SE", "FR", "GB"]), hours=st.integers(1, 24 * 20), start=st.integers(0, 24 * 300),
    meals=st.lists(st.tuples(st.integers(0, 20), st.sampled_from([B, L, D])), max_size=20),
)  # fmt: skip
def test_no_day_is_worth_less_than_nothing(country: str, hours: int, start: int, meals: Any) -> None:
    begin = at(COPENHAGEN, 2026, 1, 5, 0) + timedelta(hours=start)
    given_: dict[date, list[str]] = {}
    for offset, meal in meals:
        given_.setdefault(begin.date() + timedelta(days=offset), []).append(meal)
    end = begin + timedelta(hours=hours)
    if end.year > 2026:
        return
    try:
        parts = days_of(country=country, starts_at=begin, ends_at=end, meals=given_)
        bare = days_of(country=country, starts_at=begin, ends_at=end, meals={})
    except TooShort:
        return
    assert all(0 <= part.amount.amount <= part.full.amount for part in parts)
    assert [part.full for part in parts] == [part.full for part in bare]


# ---- exchange


@pytest.mark.django_db
def test_the_rate_of_a_weekend_is_the_last_published() -> None:
    friday, sunday = date(2026, 10, 23), date(2026, 10, 25)
    found = quote(currency="USD", to="DKK", day=sunday)
    assert found.published == friday and found.rate == quote(currency="USD", to="DKK", day=friday).rate
    assert not found.is_old(sunday) and quote(currency="USD", to="EUR", day=date(2027, 3, 1)).is_old(date(2027, 3, 1))
    assert quote(currency="EUR", to="EUR", day=sunday).rate == 1
    with pytest.raises(NoRate):
        quote(currency="AED", to="DKK", day=sunday)
    with pytest.raises(NoRate):
        quote(currency="USD", to="DKK", day=date(1998, 1, 1))


def test_amounts_keep_their_decimals_across_currencies() -> None:
    rate = Quote(Decimal("0.0432"), DAY)
    assert rate.of(Money(10_000, "JPY"), "DKK") == Money(43_200, "DKK")
    assert Quote(Decimal("23.1"), DAY).of(Money(43_200, "DKK"), "JPY") == Money(9_979, "JPY")


# ---- verbs


@django_db
def test_a_claim_in_another_currency_keeps_its_rate_and_source(carol: Any) -> None:
    day = date(2026, 10, 25)
    row = pay_privately(carol, Money(10_000, "USD"), purchased_on=day)
    found = quote(currency="USD", to="DKK", day=day)
    assert (row.foreign_amount, row.foreign_currency, row.rate_source) == (10_000, "USD", "ecb")
    assert (row.rate, row.rate_date) == (found.rate, date(2026, 10, 23))
    assert row.amount == found.of(Money(10_000, "USD"), "DKK").amount == row.lines.get().amount
    own = pay_privately(carol, Money(10_000, "AED"), rate=Decimal("1.9"), rate_reason="My bank")
    assert (own.amount, own.rate_source, own.rate_reason) == (19_000, "typed", "My bank")
    assert not check_expenses()
    with pytest.raises(IntegrityError), transaction.atomic():
        Expense.objects.filter(pk=own.pk).update(rate_reason="")


@django_db
def test_changing_a_claim_moves_its_money_and_its_okay_falls(carol: Any, dave: Any) -> None:
    from bookkeeping.sources import book_movement

    row = pay_privately(carol)
    item = book_movement(movement=row.movements.get())
    review(expense=row, by=dave, outcome="okay", now=NOON)
    change_claim(expense=row, by=carol, merchant="Matas", purchased_on=DAY, amount=Money(7_000, "DKK"), now=NOON)
    row.refresh_from_db()
    item.refresh_from_db()
    assert (row.amount, row.merchant, row.review, item.amount) == (7_000, "Matas", "", 7_000)
    assert Review.objects.filter(expense=row, by=None, outcome="withdrawn").count() == 1 and not check_expenses()
    with pytest.raises(ExpenseLocked):
        change_claim(
            expense=freeze(row), by=carol, merchant="x", purchased_on=DAY, amount=Money(1, "DKK"), now=NOON
        )  # fmt: skip
    with pytest.raises(NotAClaim):
        change_claim(expense=buy(carol), by=carol, merchant="x", purchased_on=DAY, amount=Money(1, "DKK"), now=NOON)


@django_db
def test_an_okay_covers_a_little_more_and_no_more(carol: Any, dave: Any) -> None:
    small, large = buy(carol, 10_000), buy(carol, 10_000)
    for expense in (small, large):
        review(expense=expense, by=dave, outcome="okay", now=NOON)
    record(clearing=clear(small.authorization, 1_000))
    record(clearing=clear(large.authorization, 1_001))
    small.refresh_from_db()
    large.refresh_from_db()
    assert (small.review, large.review) == ("okay", "") and not check_expenses()
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(expense=large, outcome="okay").update(by=None)


WAY = Way(DAY, "car", ("Hjem", "Kunden"), Decimal(100), is_round_trip=True)


@django_db
def test_drives_count_up_to_the_threshold_and_can_be_changed(carol: Any) -> None:
    first = claim_drive(by=carol, way=WAY, category=category_of(carol, "travel"), note="Visit", now=NOON)
    assert (first.amount, first.kind, first.merchant) == (200 * 394, "mileage", "Hjem → Kunden → Hjem")
    far = Way(DAY, "car", ("A", "B"), Decimal(19_900))
    second = claim_drive(by=carol, way=far, category=None, note="", now=NOON)
    assert second.drive.counted_before == 200 and second.amount == 19_800 * 394 + 100 * 228
    assert second.drive.parts == [["19800", "3.94"], ["100", "2.28"]]
    change_drive(expense=first, by=carol, way=Way(DAY, "car", ("A", "B"), Decimal(50)), now=NOON)
    first.refresh_from_db()
    assert first.amount == 50 * 394 and first.drive.distance == 50 and not check_expenses()


@django_db
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"stops": ("Hjem",)}, StopsMissing),
        ({"vehicle": "car_3"}, NoMileageRate),
        ({"drove_on": date(2010, 1, 1)}, NoMileageRate),
        ({"drove_on": DAY + timedelta(days=1)}, DateInFuture),
    ],
)
def test_drives_that_make_no_sense(carol: Any, change: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        claim_drive(by=carol, way=Way(**{**WAY.__dict__, **change}), category=None, note="", now=NOON)


@django_db
def test_who_may_claim_and_change(carol: Any, bob: Any, mallory: Any, lena: Any, dave: Any) -> None:
    with pytest.raises(NotYours):
        claim_drive(by=bob, way=WAY, category=None, note="", now=NOON)
    row = claim_drive(by=dave, way=WAY, category=None, note="", now=NOON)
    for person in (carol,):
        with pytest.raises(NotYours):
            change_drive(expense=row, by=person, way=WAY, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Drive.objects.filter(expense=row).update(distance=0)


def away(**changes: Any) -> Away:
    values = {
        "destination": "Hamburg", "starts_at": datetime(2026, 11, 9, 7, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 11, 15, tzinfo=UTC), "meals": {date(2026, 11, 10): [B]},
    }  # fmt: skip
    return Away(**{**values, **changes})


@django_db
def test_days_away_are_claimed_once_and_changed(carol: Any, lena: Any) -> None:
    row = claim_journey(by=carol, away=away(), category=None, note="", now=NOON)
    assert row.amount == 62500 * 2 - 9375 + 20833 and row.movements.get().booked_date == date(2026, 11, 11)
    assert sum(day["amount"] for day in row.journey.days) == row.amount
    claim_journey(by=lena, away=away(), category=None, note="", now=NOON)
    with pytest.raises(JourneysOverlap):
        claim_journey(by=carol, away=away(), category=None, note="", now=NOON)
    change_journey(expense=row, by=carol, away=away(meals={}), now=NOON)
    row.refresh_from_db()
    assert row.amount == 62500 * 2 + 20833 and not check_expenses()


@django_db
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ends_at": datetime(2026, 11, 9, 7, tzinfo=UTC)}, EndsBeforeStart),
        ({"ends_at": NOON + timedelta(hours=1)}, DateInFuture),
        ({"starts_at": datetime(2026, 7, 9, 7, tzinfo=UTC)}, TooLong),
        ({"starts_at": datetime(2026, 11, 11, 7, tzinfo=UTC)}, TooShort),
        (
            {
                "starts_at": datetime(2020, 11, 9, 7, tzinfo=UTC),
                "ends_at": datetime(2020, 11, 11, 7, tzinfo=UTC),
            },
            NoDailyRate,
        ),
    ],
)
def test_days_away_that_make_no_sense(carol: Any, change: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        claim_journey(by=carol, away=away(**change), category=None, note="", now=NOON)


@django_db
def test_a_part_of_a_purchase_is_private_and_taken_back(carol: Any, dave: Any) -> None:
    expense = buy(carol, 30_000)
    mark_private(expense=expense, by=carol, amount=Money(10_000, "DKK"), now=NOON)
    assert sorted(expense.lines.values_list("amount", "is_private")) == [(10_000, True), (20_000, False)]
    mark_private(expense=expense, by=dave, amount=Money(30_000, "DKK"), now=NOON)
    assert Expense.objects.get(pk=expense.pk).is_private
    mark_private(expense=expense, by=dave, amount=Money(0, "DKK"), now=NOON)
    assert expense.lines.get().amount == 30_000 and not check_expenses()
    with pytest.raises(MoreThanPaid):
        mark_private(expense=expense, by=carol, amount=Money(30_001, "DKK"), now=NOON)


@django_db
def test_nothing_is_too_small_to_be_refused(carol: Any) -> None:
    with pytest.raises(AmountOutOfRange):
        pay_privately(carol, Money(1, "IDR"))
    with pytest.raises(RateNeedsReason):
        pay_privately(carol, Money(1000, "USD"), rate=Decimal(7))


# ---- pages and API


def url(name: str, person: Any, **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": person.company.slug, **kwargs})


@django_db
def test_pages_claim_and_change(carol: Any, sign_in: Any) -> None:
    client, page = sign_in(carol), url("mileage-create", carol)
    assert client.get(page).status_code == 200
    data = {
        "drove_on": "2026-03-02",
        "vehicle": "car",
        "stops": "Hjem\nKunden",
        "one_way": "12,5",
        "is_round_trip": "on",
    }
    counted = client.post(page, {**data, "do": "count"})
    assert counted.status_code == 200 and b"98" in counted.content and not Expense.objects.exists()
    assert client.post(page, {**data, "do": "send"}).status_code == 303
    row = Expense.objects.get()
    change = url("expense-claim-change", carol, expense_id=row.pk)
    assert client.get(url("expense", carol, expense_id=row.pk)).status_code == 200
    assert client.get(change).status_code == 200
    assert client.post(change, {**data, "one_way": "20"}).status_code == 303
    assert Expense.objects.get().amount == 40 * 394
    for wrong in (
        {"one_way": "x"},
        {"one_way": "0"},
        {"stops": "one"},
        {"vehicle": "boat"},
        {"drove_on": "2010-01-01"},
    ):
        assert client.post(page, {**data, **wrong, "do": "send"}).status_code == 422, wrong


@django_db
def test_the_page_of_days_away_asks_for_meals_first(carol: Any, sign_in: Any) -> None:
    client, page = sign_in(carol), url("per-diem-create", carol)
    assert client.get(page).status_code == 200
    data = {"destination": "Hamburg", "starts_at": "2026-03-02T08:00", "ends_at": "2026-03-04T08:00"}
    meals = client.post(page, {**data, "do": "count"})
    assert meals.status_code == 200 and b"2026-03-03:breakfast" in meals.content
    assert client.post(page, {**data, "meals": ["2026-03-03:breakfast"], "do": "send"}).status_code == 303
    row = Expense.objects.get()
    assert row.amount == 125_000 - 9_375
    change = url("expense-claim-change", carol, expense_id=row.pk)
    assert b"checked" in client.get(change).content
    assert client.get(url("expense", carol, expense_id=row.pk)).status_code == 200
    assert client.post(change, data).status_code == 303
    for wrong in (
        {"starts_at": "x"},
        {"ends_at": "2026-03-01T08:00"},
        {"meals": ["2026-01-01:lunch"]},
        {"destination": ""},
    ):
        assert client.post(page, {**data, **wrong, "do": "send"}).status_code in (409, 422), wrong


@django_db
def test_a_claim_in_another_currency_by_page_and_private_by_page(carol: Any, sign_in: Any) -> None:
    client = sign_in(carol)
    receipt = make_receipt(carol, total=5000)
    page = url("expense-create", carol) + f"?receipt={receipt.pk}"
    data = {"merchant": "Deli", "date": "2026-10-20", "amount": "12.50", "currency": "USD", "note": ""}
    assert client.post(page, {**data, "rate": "7", "rate_reason": ""}).status_code == 422
    assert client.post(page, data).status_code == 303
    row = Expense.objects.get()
    assert row.foreign == Money(1250, "USD")
    change = url("expense-claim-change", carol, expense_id=row.pk)
    assert client.get(change).status_code == 200
    assert client.post(change, {**data, "amount": "100", "currency": "DKK"}).status_code == 303
    assert Expense.objects.get().foreign is None
    private = url("expense-private", carol, expense_id=row.pk)
    assert client.get(private).status_code == 200
    assert client.post(private, {"amount": "40"}).status_code == 303
    assert client.post(private, {"amount": "400"}).status_code == 422
    assert client.post(private, {"amount": "40", "do": "nothing"}).status_code == 303
    card = buy(carol)
    assert client.get(url("expense-claim-change", carol, expense_id=card.pk)).status_code == 409
