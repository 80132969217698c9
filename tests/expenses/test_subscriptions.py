"""What counts as a subscription, what it costs, when it renews, and what got dearer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from expenses import subscriptions
from expenses.subscriptions import Charge, is_alive, paid_twice, recognise
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import buy
from tests.expenses.test_acts import url

OWNER = uuid4()
DAY = date(2026, 1, 5)


def charges(*pairs: tuple[int, int], currency: str = "DKK") -> list[Charge]:
    """Make charges from (days after the first, amount)."""
    return [
        Charge(uuid4(), DAY + timedelta(days=days), Money(amount, currency), Money(amount, currency))
        for days, amount in pairs
    ]


def found(*pairs: tuple[int, int]) -> Any:
    return recognise("Figma", "Carol", OWNER, charges(*pairs))


@pytest.mark.parametrize(
    ("pairs", "pace"),
    [
        ([(0, 100), (31, 100), (59, 100)], "month"),
        ([(0, 100), (365, 120)], "year"),
        ([(0, 100), (91, 100), (182, 100)], "quarter"),
        ([(0, 50), (7, 50), (14, 50), (21, 50), (28, 50)], "week"),
        ([(0, 100), (30, 100), (61, 100), (92, 100), (160, 100), (190, 100)], "month"),
        ([(0, 100), (10, 900), (31, 100), (59, 100)], "month"),
    ],
)
def test_a_steady_pace_is_a_subscription(pairs: list[tuple[int, int]], pace: str) -> None:
    assert found(*pairs).pace.code == pace


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(0, 100)],
        [(0, 100), (31, 100)],
        [(0, 100), (2, 100), (9, 100), (40, 100), (41, 100)],
        [(0, 100), (31, 900), (62, 20)],
        [(0, 100), (0, 100), (0, 100)],
        [(0, 267), (365, 409)],
    ],
)
def test_shopping_is_not(pairs: list[tuple[int, int]]) -> None:
    assert found(*pairs) is None


def test_cost_renewal_and_change() -> None:
    each = found((0, 300_00), (30, 300_00), (61, 360_00))
    assert each.a_year == Money(360_00 * 12, "DKK") and each.changed_from == Money(300_00, "DKK") and each.change == 20
    assert each.next_on == DAY + timedelta(days=91)
    assert found((0, 300_00), (30, 300_00), (61, 301_00)).changed_from is None, "that is rounding"
    assert is_alive(each, DAY + timedelta(days=120)) and not is_alive(each, DAY + timedelta(days=150))


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(1, 10**12)), max_size=30))
def test_any_charges_are_answered(pairs: list[tuple[int, int]]) -> None:
    each = found(*sorted(pairs))
    assert each is None or (each.a_year.amount >= each.last.amount.amount and each.next_on > each.last.on)


@pytest.fixture
def months(cast: Cast) -> Cast:
    now = timezone.now()
    for back in (95, 65, 34, 4):
        buy(cast.carol, 9_900, "Figma", occurred_at=now - timedelta(days=back))
        buy(cast.dave, 9_900, "Figma", occurred_at=now - timedelta(days=back))
        buy(cast.mallory, 5_000, "Figma", occurred_at=now - timedelta(days=back))
    for back in (500, 470, 440):
        buy(cast.carol, 5_000, "Gone", occurred_at=now - timedelta(days=back))
    for back in (3, 2, 1):
        buy(cast.carol, 5_000, "Netto", occurred_at=now - timedelta(days=back))
    return cast


@pytest.mark.django_db
def test_the_page_lists_what_goes_on(months: Cast, sign_in: Any) -> None:
    today = months.dave.company.day_of(timezone.now())
    live = subscriptions.find(months.dave, today)
    assert [(each.merchant, each.pace.code) for each in live] == [("Figma", "month")] * 2
    assert paid_twice(live) == {"Figma": sorted([months.carol.name, months.dave.name])}
    assert len(subscriptions.find(months.carol, today)) == 1, "one's own"
    client = sign_in(months.dave)
    page = client.get(url("analytics-subscriptions", months.dave)).content.decode()
    assert "2 subscriptions" in page and "Paid by several" in page and "Gone" not in page
    for query in ("?q=carol", "?pace=month&sort=next", "?sort=merchant", "?sort=--x&pace=never"):
        assert client.get(url("analytics-subscriptions", months.dave, query)).status_code == 200, query
    assert (
        "No subscriptions match"
        in client.get(url("analytics-subscriptions", months.dave, "?q=nobody")).content.decode()
    )
    file = b"".join(client.get(url("analytics-subscriptions-export", months.dave)).streaming_content).decode()
    assert file.count("Figma") == 2 and "1188.00" in file
    assert "Figma" in client.get(url("analytics", months.dave)).content.decode()


@pytest.mark.django_db
def test_an_empty_company_says_so(cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.dave).get(url("analytics-subscriptions", cast.dave)).content.decode()
    assert "No subscriptions found yet" in page
