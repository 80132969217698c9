"""Spend by group and month: every cent once, refunds against, private and unsettled money not, a year before beside it."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, Team
from cards.models import ClearingKind
from expenses import record_authorization, record_clearing
from expenses.code_expense import code_expense
from expenses.models import ExpenseLine
from expenses.spend import GROUPS, Period, by_group, figures, receipts_in_time
from expenses.stack_chart import StackChart
from tests.conftest import Cast
from tests.expenses.conftest import authorize, buy, category_of, clear
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api

pytestmark = pytest.mark.django_db
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def at(year: int, month: int, day: int = 10) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def sums(viewer: Membership, group: str, period: Period = YEAR) -> dict[str, int]:
    return {row.name: row.amount for row in by_group(viewer, period, group)}


@pytest.fixture
def year(cast: Cast) -> Cast:
    Membership.objects.filter(pk=cast.carol.pk).update(
        team=Team.objects.create(company=cast.carol.company, name="Field")
    )
    meal = buy(cast.carol, 10_000, "Netto", occurred_at=at(2026, 2))
    code_expense(expense=meal, by=cast.dave, category=category_of(cast.dave), now=timezone.now())
    buy(cast.carol, 4_000, "Netto", occurred_at=at(2026, 3))
    buy(cast.dave, 2_500, "Shell", occurred_at=at(2026, 3))
    buy(cast.dave, 5_000, "Shell", occurred_at=at(2025, 3))
    record_authorization.record(authorization=authorize(cast.dave, 9_999, occurred_at=at(2026, 4)))
    buy(cast.mallory, 7_777, "Netto", occurred_at=at(2026, 3))
    return cast


def test_every_settled_cent_is_in_one_group(year: Cast) -> None:
    for group in GROUPS:
        assert sum(sums(year.dave, group).values()) == 16_500, group
    assert sums(year.dave, "merchant") == {"Netto": 14_000, "Shell": 2_500}
    assert sums(year.dave, "person") == {year.carol.name: 14_000, year.dave.name: 2_500}
    assert sums(year.dave, "team") == {"Field": 14_000, "": 2_500}
    assert sums(year.dave, "category") == {category_of(year.dave).name: 10_000, "": 6_500}
    rows = {row.name: row for row in by_group(year.dave, YEAR, "merchant")}
    assert rows["Shell"].past == 5_000 and rows["Shell"].change == -50 and rows["Netto"].change is None
    assert rows["Netto"].by_month == {date(2026, 2, 1): 10_000, date(2026, 3, 1): 4_000}


def test_refunds_count_against_and_private_money_not_at_all(year: Cast) -> None:
    refund = clear(None, 3_000, kind=ClearingKind.REFUND, holder=year.carol, merchant="Netto", cleared_at=at(2026, 5))
    record_clearing.record(clearing=refund)
    assert sums(year.dave, "merchant")["Netto"] == 11_000
    ExpenseLine.objects.filter(expense__merchant="Shell").update(is_private=True)
    assert "Shell" not in sums(year.dave, "merchant")


def test_who_sees_what(year: Cast) -> None:
    assert sum(sums(year.carol, "person").values()) == 14_000
    Team.objects.get(name="Field").leads.add(year.lena)
    lead = Membership.objects.get(pk=year.lena.pk)
    assert sums(lead, "person") == {year.carol.name: 14_000}
    assert sums(year.mallory, "merchant") == {"Netto": 7_777}


def test_the_company_s_own_midnight_decides_the_month(cast: Cast) -> None:
    buy(cast.carol, 100, occurred_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    [row] = by_group(cast.dave, YEAR, "merchant")
    zone = cast.dave.company.zone
    assert list(row.by_month) == [datetime(2026, 3, 31, 22, 30, tzinfo=UTC).astimezone(zone).date().replace(day=1)]
    local = Period(date(2026, 4, 1), date(2026, 4, 30))
    assert bool(by_group(cast.dave, local, "merchant")) == (zone.key == "Europe/Copenhagen")


def test_figures(year: Cast) -> None:
    found = figures(year.dave, Period(date(2026, 1, 1), date(2026, 3, 31)))
    assert (found.total.amount, found.average.amount, found.past.amount) == (16_500, 5_500, 5_000)
    assert found.tax.amount == 500
    assert (found.missing.amount, found.missing_count) == (16_500, 3)
    assert [(row.month.month, row.count, row.percent) for row in receipts_in_time(year.dave, YEAR)] == [
        (2, 1, 0), (3, 2, 0),
    ]  # fmt: skip


def test_a_period_has_months_and_a_year_before() -> None:
    leap = Period(date(2024, 2, 29), date(2024, 12, 31))
    assert leap.a_year_before().first == date(2023, 2, 28)
    assert len(leap.months) == 11 and leap.months[-1] == date(2024, 12, 1)


def test_the_chart_stacks_to_its_sum(year: Cast) -> None:
    rows = by_group(year.dave, YEAR, "merchant")
    chart = StackChart(YEAR.months, rows, "DKK", "Other")
    march = chart.columns[2]
    assert march.money.amount == 6_500 and len(march.blocks) == 2
    assert max(block.y + block.height for block in march.blocks) == 212
    assert [name for _, name in chart.legend] == ["Netto", "Shell"]
    assert sum(value.amount for _, values in chart.table for value in values) == 16_500


def test_the_page_and_its_download(year: Cast, sign_in: Any) -> None:
    client = sign_in(year.dave)
    here = "?date_from=2026-01-01&date_to=2026-12-31"
    for group in GROUPS:
        page = client.get(url("analytics", year.dave, f"{here}&by={group}"))
        assert page.status_code == 200 and "165" in page.content.decode(), group
    file = b"".join(client.get(url("analytics-export", year.dave, f"{here}&by=merchant")).streaming_content).decode()
    rows = list(csv.reader(StringIO(file.lstrip("\ufeff"))))
    assert rows[0][2:14] == [f"2026-{month:02}" for month in range(1, 13)] and rows[1][-3] == "140.00"
    listed = client.get(url("expenses", year.dave, f"{here}&merchant=Netto&payment=cleared")).content.decode()
    assert listed.count("data-row") == 2
    assert client.get(url("expenses", year.dave, "?receipt=yes")).content.decode().count("data-row") == 0


@pytest.mark.parametrize(
    "query",
    [
        "?date_from=2026-05-01&date_to=2026-01-01", "?date_from=0001-01-01&date_to=2026-01-01", "?date_from=soon",
        "?date_to=9999-12-31", "?by=nonsense", "?date_from=2020-01-01",
    ],
)  # fmt: skip
def test_nonsense_shows_this_year(year: Cast, sign_in: Any, query: str) -> None:
    page = sign_in(year.dave).get(url("analytics", year.dave, query))
    assert page.status_code == 422 and "This year is shown instead." in page.content.decode()


def test_an_empty_company_says_so(cast: Cast, sign_in: Any) -> None:
    assert "Nothing settled in this time" in sign_in(cast.dave).get(url("analytics", cast.dave)).content.decode()


def test_over_the_api(year: Cast) -> None:
    api = Api(year.dave)
    query = "?date_from=2026-01-01&date_to=2026-12-31&by=merchant"
    first = api.call("get", "api-spend", query=query).json()[0]
    assert first["name"] == "Netto" and first["by_month"] == {"2026-02": 10_000, "2026-03": 4_000}
    assert api.call("get", "api-spend", query="?by=nonsense").status_code == 422
    assert api.call("get", "api-paid-subscriptions").json() == []
