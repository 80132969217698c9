"""Days away in other countries: each table's own figures, its own rule for meals, and what is said of a place without a rate."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.models import Membership
from expenses import per_diem_rates
from expenses.journey import Away, change_journey, claim_journey
from expenses.models import Expense
from expenses.per_diem import HOME, NoDailyRate, Stay, TooShort, days_of
from expenses.per_diem_places import is_place, place_name, places
from expenses.per_diem_rates import rate_on
from tests.expenses.conftest import NOON

django_db = pytest.mark.django_db
B, L, D = "breakfast", "lunch", "dinner"
ZONES = {"DE": "Europe/Berlin", "SE": "Europe/Stockholm", "DK": "Europe/Copenhagen", "FR": "Europe/Paris"}


def amounts(country: str, start: tuple[int, ...], end: tuple[int, ...], stay: Stay, **meals: list[str]) -> list[int]:
    zone = ZoneInfo(ZONES[country])
    given = {date.fromisoformat(day[1:].replace("_", "-")): words for day, words in meals.items()}
    begin, back = datetime(*start, tzinfo=zone), datetime(*end, tzinfo=zone)  # type: ignore[misc,arg-type]
    return [
        part.amount.amount for part in days_of(country=country, starts_at=begin, ends_at=back, meals=given, stay=stay)
    ]


@pytest.mark.parametrize(
    ("place", "full", "half"),
    [
        # BMF, 5 December 2025, as tax advisers print what is new in it: Pakistan, Romania, Bern.
        ("PK", 41, 28), ("RO", 38, 25), ("CH/Bern", 82, 55),
        # The same letter in the table of lanes-planes.com.
        ("EG", 50, 33), ("AU/Canberra", 74, 49), ("AU", 57, 38), ("BE", 59, 40), ("BR/Brasília", 51, 34),
        # Not named in the letter: Luxembourg's. Named as another's: Trinidad and Tobago's.
        ("LU", 63, 42), ("IQ", 63, 42), ("GY", 66, 44),
        # A town without a row of its own takes its country's.
        ("FR/Lyon", 53, 36),
    ],
)  # fmt: skip
def test_german_rates_abroad(place: str, full: int, half: int) -> None:
    rate = rate_on(country="DE", day=date(2026, 5, 4), place=place)
    assert (
        rate
        and [int(rate.full), int(rate.half)] == [full, half]
        and rate.currency == "EUR"
        and "05.12.2025" in rate.source
    )


@pytest.mark.parametrize(
    ("place", "year", "full", "half"),
    [
        # BMF, 2 December 2024, as a second transcript prints them; Bangalore and Bhutan were new in it.
        ("DK", 2025, 75, 50), ("AT", 2025, 50, 33), ("CH", 2025, 64, 43), ("CH/Geneva", 2025, 66, 44), ("HR", 2025, 46, 31),
        ("NL", 2025, 47, 32), ("IN/Bangalore", 2025, 42, 28), ("BT", 2025, 27, 18), ("CN/Guangzhou", 2025, 36, 24),
        # BMF, 21 November 2023: Finland, Italy, Norway, Austria and Spain were new in it.
        ("FI", 2024, 54, 36), ("IT", 2024, 42, 28), ("NO", 2024, 75, 50), ("AT", 2024, 50, 33), ("PL/Kraków", 2024, 27, 18),
        # Not named that year: Luxembourg's.
        ("BT", 2024, 63, 42), ("LR", 2024, 63, 42),
        # Bern had no row before 2026, and takes its country's.
        ("CH/Bern", 2025, 64, 43),
    ],
)  # fmt: skip
def test_german_rates_of_the_years_before(place: str, year: int, full: int, half: int) -> None:
    for day in (date(year, 1, 1), date(year, 12, 31)):
        rate = rate_on(country="DE", day=day, place=place)
        assert rate and (int(rate.full), int(rate.half)) == (full, half) and str(year - 1) in rate.source


def test_germany_pays_each_day_for_where_midnight_was() -> None:
    """Berlin, Monday at eight in the evening, Brussels after midnight, Amsterdam on Wednesday, back on Thursday.

    By Rz. 51 of the letter of 25.11.2020: the day of departure is paid for home, as midnight was not yet over the border, the
    days between for where midnight was, the return for the last place of work.
    """
    stay = Stay("BE", {date(2026, 3, 2): "", date(2026, 3, 4): "NL", date(2026, 3, 5): "NL"})
    assert amounts("DE", (2026, 3, 2, 20), (2026, 3, 5, 19), stay) == [1400, 5900, 5800, 3900]
    # Meals come off the full rate of the day's own place: 20 percent of 59, 40 percent of 58.
    with_meals = amounts("DE", (2026, 3, 2, 20), (2026, 3, 5, 19), stay, _2026_03_03=[B], _2026_03_04=[D])
    assert with_meals == [1400, 5900 - 1180, 5800 - 2320, 3900]
    # Never below nothing: 39 less 20, 40 and 40 percent of 58.
    assert amounts("DE", (2026, 3, 2, 20), (2026, 3, 5, 19), stay, _2026_03_05=[B, L, D])[3] == 0


def test_a_german_day_trip_is_paid_for_the_last_place_of_work_abroad() -> None:
    assert amounts("DE", (2026, 3, 2, 7), (2026, 3, 2, 15, 1), Stay("FR/Paris")) == [3900]
    with pytest.raises(TooShort):
        amounts("DE", (2026, 3, 2, 7), (2026, 3, 2, 15), Stay("FR/Paris"))


@pytest.mark.parametrize(
    ("place", "day", "full"),
    [
        # SKV A 2023:18, for 2024.
        ("DK", date(2024, 2, 1), 1274), ("FI", date(2024, 2, 1), 948), ("IE", date(2024, 12, 31), 1011),
        # For 2026.
        ("NO", date(2026, 2, 1), 1054), ("DE", date(2026, 2, 1), 760), ("US", date(2026, 2, 1), 1049),
    ],
)  # fmt: skip
def test_swedish_rates_abroad(place: str, day: date, full: int) -> None:
    rate = rate_on(country="SE", day=day, place=place)
    assert rate and [int(rate.full), int(rate.half * 2)] == [full, full]


@pytest.mark.parametrize(
    ("meals", "percent"), [([], 0), ([B], 15), ([L], 35), ([D], 35), ([L, D], 70), ([B, L, D], 85)]
)
def test_sweden_takes_other_shares_off_abroad(meals: list[str], percent: int) -> None:
    """Skatteverket: 85 percent when all was free, 70 for lunch and dinner, 35 for one of them, 15 for breakfast."""
    found = amounts("SE", (2026, 5, 4, 8), (2026, 5, 6, 20), Stay("NO"), _2026_05_05=meals)
    assert found[1] == (1054 - round(1054 * percent / 100)) * 100


def test_sweden_halves_abroad_too_and_keeps_home_days_at_home() -> None:
    stay = Stay("DK", {date(2026, 5, 6): ""})
    assert amounts("SE", (2026, 5, 4, 12), (2026, 5, 6, 19), stay) == [61300, 122600, 15000]
    # At home a breakfast is 20 percent, not 15.
    assert amounts("SE", (2026, 5, 4, 12), (2026, 5, 6, 20), stay, _2026_05_06=[B])[2] == 24000


def test_denmark_has_one_rate_for_every_country() -> None:
    for stay in (HOME, Stay("US"), Stay("CH", {date(2026, 3, 2): "JP"})):
        assert amounts("DK", (2026, 3, 2, 8), (2026, 3, 3, 8), stay) == [62500]


@pytest.mark.parametrize(
    ("country", "place", "year"), [("SE", "PE", 2026), ("SE", "NO", 2025), ("DE", "FR", 2023), ("FR", "BE", 2026)]
)
def test_a_place_without_a_rate_is_named(country: str, place: str, year: int) -> None:
    with pytest.raises(NoDailyRate) as refused:
        amounts(country, (year, 3, 2, 8), (year, 3, 4, 8), Stay(place))
    assert refused.value.field == "place" and place_name(place) in refused.value.message()


def test_every_table_has_places_that_people_can_choose_and_no_two_rows_for_a_day() -> None:
    for country in ("DE", "SE"):
        known = {code for code, _name in places(country)}
        rows = [rate for rate in per_diem_rates.RATES if rate.country == country and rate.place]
        assert {rate.place for rate in rows} <= known and len({rate.place for rate in rows}) >= 25
        assert all(0 < rate.half < rate.full and rate.source for rate in rows)
        assert len({(rate.place, rate.valid_from) for rate in rows}) == len(rows)
    assert is_place("FR/Paris", "DE") and not is_place("FR/Paris", "SE") and not is_place("ZZ", "DE")
    assert places("DE")[0] == ("DE", "Germany") and place_name("FR/Paris") == "France – Paris"


# ---- claimed


def settled_in(person: Membership, country: str) -> Membership:
    person.company.country, person.company.time_zone = country, ZONES[country]
    person.company.save(update_fields=["country", "time_zone"])
    return person


def away(**changes: Any) -> Away:
    values = {
        "destination": "Paris", "starts_at": datetime(2026, 11, 9, 7, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 11, 15, tzinfo=UTC), "meals": {date(2026, 11, 10): [B]}, "stay": Stay("FR/Paris"),
    }  # fmt: skip
    return Away(**{**values, **changes})


@django_db
def test_a_journey_abroad_keeps_where_it_was_and_is_changed(carol: Any) -> None:
    settled_in(carol, "DE")
    row = claim_journey(by=carol, away=away(), category=None, note="", now=NOON)
    assert (row.foreign_amount, row.foreign_currency) == (3900 + 5800 - 1160 + 3900, "EUR")
    assert row.journey.place == "FR/Paris" and [day["place"] for day in row.journey.days] == ["FR/Paris"] * 3
    change_journey(expense=row, by=carol, away=away(stay=Stay("CH"), meals={}), now=NOON)
    row.refresh_from_db()
    assert row.foreign_amount == 4700 + 7000 + 4700 and row.journey.place == "CH"
    with pytest.raises(NoDailyRate):
        change_journey(expense=row, by=settled_in(carol, "SE"), away=away(stay=Stay("PE")), now=NOON)


@django_db
def test_the_page_lets_one_choose_and_says_what_is_missing(carol: Any, sign_in: Any) -> None:
    settled_in(carol, "SE")
    client, page = sign_in(carol), reverse("per-diem-create", kwargs={"company": carol.company.slug})
    assert "Denmark" in client.get(page).content.decode()
    data = {"destination": "Oslo", "place": "NO", "starts_at": "2026-03-02T08:00", "ends_at": "2026-03-04T20:00"}
    shown = client.post(page, {**data, "do": "count"}).content.decode()
    assert "place_2026-03-03" in shown and re.search(r"3(\W|&nbsp;)?162", shown)
    wrong = client.post(page, {**data, "place": "PE", "do": "send"})
    assert wrong.status_code == 422 and "No daily rate is known for Peru" in wrong.content.decode()
    for bad in ({"place": "ZZ"}, {"place": "x" * 500}, {"place_2026-03-03": "Atlantis <b>"}, {"place": "FR/Paris"}):
        answer = client.post(page, {**data, **bad, "do": "send"})
        assert answer.status_code == 422 and b"Atlantis <b>" not in answer.content, bad
    assert client.post(page, {**data, "place_2026-03-03": "denmark", "do": "send"}).status_code == 303
    row = Expense.objects.get()
    assert [day["place"] for day in row.journey.days] == ["NO", "DK", "NO"]
    assert sum(day["amount"] for day in row.journey.days) == (1054 + 1226 + 1054) * 100
    change = reverse("expense-claim-change", kwargs={"company": carol.company.slug, "expense_id": row.pk})
    assert 'value="Denmark"' in client.get(change).content.decode()
    whole = client.get(reverse("expense", kwargs={"company": carol.company.slug, "expense_id": row.pk}))
    assert "Norway" in whole.content.decode()
    assert client.post(change, {**data, "place_2026-03-03": "Sweden"}).status_code == 303
    row.refresh_from_db()
    assert [day["amount"] for day in row.journey.days] == [105400, 30000, 105400]
