"""Budgets: every figure is the sum of its rows, each period has its own amount, what crossed is told once."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Membership, Team
from cards.models import ClearingKind
from events.models import Event, Notification
from expenses import record_authorization, record_clearing
from expenses.archive_budget import archive_budget
from expenses.budget_forecast import Regular, forecast
from expenses.budget_periods import number_at, period_at, periods_upto
from expenses.budget_use import Use, current, lines_of, uses
from expenses.code_expense import code_expense
from expenses.errors import NotYours
from expenses.keep_budget import (
    BudgetAmountWrong,
    BudgetNameTaken,
    BudgetPeriodWrong,
    Terms,
    WarningsWrong,
    change_budget,
    make_budget,
)
from expenses.models import Budget, BudgetAlert, BudgetInterval, Direction, Expense, ExpenseLine
from expenses.review import review
from expenses.spend import Period
from expenses.subscriptions import Charge, recognise
from expenses.watch_budgets import watch_budgets
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, category_of, clear, pay_privately
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def terms_of(owner: Membership, amount: int = 100_000, **fields: Any) -> Terms:
    values = {"name": f"Budget {uuid4().hex[:6]}", "owner": owner, "amount": Money(amount, owner.company.currency)}
    return Terms(**{**values, **fields})


def budget_of(
    by: Membership, amount: int = 100_000, *, interval: str = "month", starts_on: date = date(2026, 9, 1), ends_on: date | None = None,
    **fields: Any,
) -> Budget:  # fmt: skip
    return make_budget(
        by=by, terms=terms_of(by, amount, **fields), interval=interval, starts_on=starts_on, ends_on=ends_on, now=NOON
    )  # fmt: skip


def use_of(budget: Budget, today: date = TODAY) -> Use:
    return current([budget], today=today)[budget.pk]


def sum_of_rows(budget: Budget, use: Use) -> int:
    rows = lines_of(budget, use.period).values_list("direction", "amount")
    return sum(amount if direction == Direction.SPEND else -amount for direction, amount in rows)


def at(month: int, day: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def code(expense: Expense, by: Membership, name: str) -> None:
    code_expense(expense=expense, by=by, category=category_of(by, name), now=timezone.now())


# ---- what counts


def test_settled_reserved_and_claimed_money_counts_and_nothing_else(cast: Cast) -> None:
    budget = budget_of(cast.dave)
    buy(cast.carol, 10_000)
    record_authorization.record(authorization=authorize(cast.carol, 2_000))
    pay_privately(cast.carol, 500)
    refused, okay = pay_privately(cast.carol, 77), pay_privately(cast.carol, 300)
    review(expense=refused, by=cast.dave, outcome="not_okay", reason="Private", now=NOON)
    review(expense=okay, by=cast.dave, outcome="okay", now=NOON)
    record_clearing.record(clearing=clear(None, 1_000, kind=ClearingKind.REFUND, holder=cast.carol, days=0))
    record_clearing.record(clearing=clear(None, 9_999, kind=ClearingKind.CASH, holder=cast.carol, days=0))
    buy(cast.carol, 5_000, occurred_at=at(10))
    buy(cast.mallory, 5_555)
    private = buy(cast.lena, 400)
    ExpenseLine.objects.filter(expense=private).update(is_private=True)
    use = use_of(budget)
    assert use.parts == {"cleared": 9_300, "held": 2_000, "claimed": 500, "asked": 0}
    assert use.used.amount == 11_800 == sum_of_rows(budget, use) and use.left.amount == 88_200 and use.percent == 11
    assert use.open.amount == 2_500


def test_team_and_category_draw_the_circle(cast: Cast) -> None:
    by_team = budget_of(cast.dave, team=cast.team)
    by_category = budget_of(cast.dave, category=category_of(cast.dave, "meals"))
    both = budget_of(cast.dave, team=cast.team, category=category_of(cast.dave, "meals"))
    meal, taxi, other = buy(cast.carol, 1_000), buy(cast.carol, 200), buy(cast.dave, 30)
    code(meal, cast.dave, "meals")
    code(taxi, cast.dave, "travel")
    code(other, cast.dave, "meals")
    found = current([by_team, by_category, both], today=TODAY)
    assert [found[each.pk].used.amount for each in (by_team, by_category, both)] == [1_200, 1_030, 1_000]


def test_the_company_s_midnight_decides_the_period(cast: Cast) -> None:
    budget = budget_of(cast.dave)
    buy(cast.carol, 100, occurred_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
    assert use_of(budget).used.amount == 100 and use_of(budget, date(2026, 10, 31)).used.amount == 0


def test_periods_follow_the_first_month() -> None:
    month = Budget(interval="month", starts_on=date(2025, 11, 1))
    assert period_at(month, 3) == Period(date(2026, 2, 1), date(2026, 2, 28))
    quarter = Budget(interval="quarter", starts_on=date(2026, 2, 1))
    assert [each.first for each in periods_upto(quarter, date(2026, 8, 1))] == [
        date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1),
    ]  # fmt: skip
    year = Budget(interval="year", starts_on=date(2024, 7, 1))
    assert period_at(year, number_at(year, TODAY)) == Period(date(2026, 7, 1), date(2027, 6, 30))
    once = Budget(interval="once", starts_on=date(2026, 5, 4), ends_on=date(2026, 5, 8))
    assert number_at(once, TODAY) == number_at(once, date(2020, 1, 1)) == 0 and period_at(once, 0).last.day == 8


def test_what_is_left_rolls_over_and_an_overrun_does_not(cast: Cast) -> None:
    budget, plain = budget_of(cast.dave, 10_000, rolls_over=True), budget_of(cast.dave, 10_000)
    buy(cast.carol, 4_000, occurred_at=at(9))
    buy(cast.carol, 25_000, occurred_at=at(10))
    found = uses([budget, plain], today=TODAY)
    assert [(use.carried, use.left.amount) for use in found[budget.pk]] == [(0, 6_000), (6_000, -9_000), (0, 10_000)]
    assert [use.carried for use in found[plain.pk]] == [0, 0, 0]


def test_a_new_amount_holds_from_this_period_on(cast: Cast) -> None:
    budget = budget_of(cast.dave, 10_000, rolls_over=True)
    change_budget(
        budget=budget, by=cast.dave, terms=terms_of(cast.dave, 20_000, name=budget.name, rolls_over=True), now=NOON
    )
    change_budget(
        budget=budget, by=cast.dave, terms=terms_of(cast.dave, 30_000, name=budget.name, rolls_over=True), now=NOON
    )
    budget.refresh_from_db()
    assert [use.amount for use in uses([budget], today=TODAY)[budget.pk]] == [10_000, 10_000, 30_000]
    assert use_of(budget).cap.amount == 50_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_figure_is_the_sum_of_its_rows(cast: Cast, data: Any) -> None:
    """Whatever was bought, claimed, refunded and coded: the figure of each period is the sum of the rows listed for it."""
    sid = transaction.savepoint()
    try:
        _draw(cast, data)
        intervals = data.draw(st.lists(st.sampled_from(BudgetInterval.values), min_size=1, max_size=4))
        budgets = list(_budgets(cast, data, intervals))
        found = uses(budgets, today=TODAY)
        for budget in budgets:
            assert [use.period for use in found[budget.pk]] == periods_upto(budget, TODAY)
            for use in found[budget.pk]:
                assert use.used.amount - use.parts["asked"] == sum_of_rows(budget, use)
                assert uses([budget], today=TODAY)[budget.pk] == found[budget.pk]
    finally:
        transaction.savepoint_rollback(sid)


def _draw(cast: Cast, data: Any) -> None:
    for _ in range(data.draw(st.integers(1, 8))):
        who = data.draw(st.sampled_from([cast.carol, cast.lena, cast.dave]))
        amount, when = (
            data.draw(st.integers(1, 100_000)),
            at(data.draw(st.integers(8, 11)), data.draw(st.integers(1, 15))),
        )
        kind = data.draw(st.sampled_from(["buy", "hold", "claim", "refund"]))
        if kind == "buy":
            expense = buy(who, amount, occurred_at=when)
        elif kind == "hold":
            authorization = authorize(who, amount, occurred_at=when)
            record_authorization.record(authorization=authorization)
            expense = Expense.objects.get(authorization=authorization)
        elif kind == "claim":
            expense = pay_privately(who, amount, purchased_on=when.date())
        else:
            refund = clear(None, amount, kind=ClearingKind.REFUND, holder=who, cleared_at=when)
            expense = record_clearing.record(clearing=refund).expense
        if data.draw(st.booleans()) and kind != "claim":
            code(expense, cast.dave, data.draw(st.sampled_from(["meals", "travel"])))


def _budgets(cast: Cast, data: Any, intervals: list[str]) -> Iterator[Budget]:
    for interval in intervals:
        once = interval == BudgetInterval.ONCE
        yield budget_of(
            cast.dave, data.draw(st.integers(1, 200_000)), interval=interval,
            starts_on=date(2026, data.draw(st.integers(7, 11)), 5 if once else 1), ends_on=date(2026, 11, 17) if once else None,
            team=data.draw(st.sampled_from([None, cast.team])), rolls_over=data.draw(st.booleans()),
            category=data.draw(st.sampled_from([None, category_of(cast.dave, "meals")])),
        )  # fmt: skip


# ---- the forecast


def test_the_forecast_goes_on_by_the_day(cast: Cast) -> None:
    budget = budget_of(cast.dave, starts_on=date(2026, 11, 1))
    buy(cast.carol, 20_000)
    use = use_of(budget)
    assert forecast(budget, use, [], date(2026, 11, 20)) == Money(30_000, "DKK")
    assert forecast(budget, use, [], date(2026, 11, 2)) is None and forecast(budget, use, [], date(2026, 12, 1)) is None


def test_subscriptions_are_expected_when_they_are_due(cast: Cast) -> None:
    price = Money(3_000, "DKK")
    charges = [Charge(uuid4(), date(2026, month, 25), price, price) for month in (8, 9, 10)]
    found = recognise("Slack", "Carol", cast.carol.pk, charges)
    assert found is not None
    budget = budget_of(cast.dave, starts_on=date(2026, 11, 1), team=cast.team)
    mine, other = Regular(found, cast.team.pk, None), Regular(found, uuid4(), None)
    use = use_of(budget)
    assert forecast(budget, use, [mine, other], date(2026, 11, 20)) == price
    assert forecast(budget, use, [other], date(2026, 11, 20)) == Money(0, "DKK")
    assert mine.due(Period(date(2026, 11, 1), date(2027, 1, 31)), date(2026, 11, 20)) == 9_000
    assert mine.charged(Period(date(2026, 9, 1), date(2026, 10, 31)), TODAY) == 6_000


# ---- keeping them


@pytest.mark.parametrize(
    ("refusal", "change"),
    [
        (BudgetAmountWrong, {"amount": Money(0, "DKK")}), (BudgetAmountWrong, {"amount": Money(1, "EUR")}),
        (WarningsWrong, {"warn_at": [0]}), (WarningsWrong, {"warn_at": [501]}), (WarningsWrong, {"warn_at": range(1, 9)}),
    ],
)  # fmt: skip
def test_what_a_budget_refuses(cast: Cast, refusal: type[Exception], change: Any) -> None:
    with pytest.raises(refusal):
        terms = Terms(**{"name": "A", "owner": cast.dave, "amount": Money(1, "DKK"), **change})
        make_budget(by=cast.dave, terms=terms, interval="month", starts_on=TODAY, now=NOON)
    assert not Budget.objects.exists()


def test_names_periods_and_rights(cast: Cast) -> None:
    budget = budget_of(cast.dave, name="Marketing")
    with pytest.raises(BudgetNameTaken):
        budget_of(cast.dave, name="marketing ")
    for first, last in ((TODAY, None), (TODAY, date(2026, 11, 1)), (date(1990, 1, 1), TODAY)):
        with pytest.raises(BudgetPeriodWrong):
            budget_of(cast.dave, interval="once", starts_on=first, ends_on=last)
    for nobody in (cast.carol, cast.bob):
        with pytest.raises(NotYours):
            budget_of(nobody)
        with pytest.raises(NotYours):
            archive_budget(budget=budget, by=nobody, is_archived=True, now=NOON)
    archive_budget(budget=budget, by=cast.dave, is_archived=True, now=NOON)
    with pytest.raises(WrongState):
        change_budget(budget=budget, by=cast.dave, terms=terms_of(cast.dave), now=NOON)
    budget_of(cast.dave, name="Marketing")
    with pytest.raises(BudgetNameTaken):
        archive_budget(budget=budget, by=cast.dave, is_archived=False, now=NOON)


def test_the_database_refuses_a_broken_budget(cast: Cast) -> None:
    rows = Budget.objects.filter(pk=budget_of(cast.dave).pk)
    for change in (
        {"amount": 0},
        {"starts_on": date(2026, 9, 2)},
        {"ends_on": TODAY},
        {"interval": "week"},
        {"currency": "dk"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


# ---- warnings


def test_a_crossing_is_told_once_in_a_period(cast: Cast) -> None:
    terms = terms_of(cast.lena, 10_000)
    budget = make_budget(by=cast.alice, terms=terms, interval="month", starts_on=date(2026, 9, 1), now=NOON)
    now = timezone.now()
    today = cast.company.day_of(now)
    moment = datetime(today.year, today.month, 1, 12, tzinfo=UTC)
    buy(cast.carol, 7_999, occurred_at=moment)
    assert watch_budgets(now=now) == 0
    small = buy(cast.carol, 1, occurred_at=moment)
    assert watch_budgets(now=now) == 1 and watch_budgets(now=now) == 0
    rows = Notification.objects.filter(channel="in_app", event__verb="budget.crossed")
    assert [(row.membership, row.event.changes["percent"]) for row in rows] == [(cast.lena, 80)]
    # Below and above it again: nobody is told a second time.
    ExpenseLine.objects.filter(expense=small).update(is_private=True)
    assert watch_budgets(now=now) == 0
    ExpenseLine.objects.filter(expense=small).update(is_private=False)
    assert watch_budgets(now=now) == 0
    buy(cast.carol, 50_000, occurred_at=moment)
    assert watch_budgets(now=now) == 1 and BudgetAlert.objects.filter(budget=budget).count() == 2
    archive_budget(budget=budget, by=cast.alice, is_archived=True, now=now)
    BudgetAlert.objects.all().delete()
    assert watch_budgets(now=now) == 0


def test_both_shares_crossed_at_once_are_one_message(cast: Cast) -> None:
    make_budget(by=cast.dave, terms=terms_of(cast.dave, 10), interval="month", starts_on=date(2026, 9, 1), now=NOON)
    buy(cast.carol, 5_000)
    assert watch_budgets(now=NOON) == 1 and BudgetAlert.objects.count() == 2
    assert Event.objects.get(verb="budget.crossed").changes["percent"] == 100


# ---- pages and files


def test_who_sees_which(cast: Cast, sign_in: Any) -> None:
    company = budget_of(cast.dave, name="Everything")
    studio = budget_of(cast.dave, name="Studio money", team=cast.team)
    Team.objects.create(company=cast.company, name="Field")
    seen = {
        person.name: set(Budget.objects.visible_to(person).values_list("name", flat=True))
        for person in (cast.dave, cast.bob, cast.lena, cast.carol, cast.mallory)
    }
    assert seen["Dave"] == seen["Bob"] == {"Everything", "Studio money"} and seen["Lena"] == {"Studio money"}
    assert seen["Carol"] == seen["Mallory"] == set()
    assert sign_in(cast.carol).get(url("budget", cast.carol, budget_id=company.pk)).status_code == 404
    assert sign_in(cast.lena).get(url("budget", cast.lena, budget_id=studio.pk)).status_code == 200


def test_the_pages_show_what_is_used_and_its_rows(cast: Cast, sign_in: Any) -> None:
    client, budget = sign_in(cast.dave), budget_of(cast.dave, 50_000, name="Everything")
    buy(cast.carol, 12_345, "Netto", occurred_at=timezone.now())
    buy(cast.carol, 9_900, "Shell", occurred_at=at(9))
    today = cast.company.day_of(timezone.now())
    listed = client.get(url("budgets", cast.dave)).content.decode()
    assert "Everything" in listed and "123,45" in listed
    assert "Nothing matches" in client.get(url("budgets", cast.dave, "?q=nosuch")).content.decode()
    page = client.get(url("budget", cast.dave, budget_id=budget.pk)).content.decode()
    assert "Netto" in page and "Shell" not in page
    first = client.get(url("budget", cast.dave, "?period=0", budget_id=budget.pk)).content.decode()
    assert "Shell" in first
    for nonsense in ("?period=99", "?period=-1", "?period=x", "?period=99999999999999", "?cursor=zz"):
        assert client.get(url("budget", cast.dave, nonsense, budget_id=budget.pk)).status_code == 200
    file = b"".join(client.get(url("budget-export", cast.dave, budget_id=budget.pk)).streaming_content).decode()
    rows = list(csv.reader(StringIO(file.lstrip("\ufeff"))))
    assert rows[1][2] == "Netto" and rows[1][6] == "123.45" and len(rows) == 2
    file = b"".join(client.get(url("budgets-export", cast.dave)).streaming_content).decode()
    rows = list(csv.reader(StringIO(file.lstrip("\ufeff"))))
    assert rows[-1][5] == today.replace(day=1).isoformat() and rows[-1][-2:] == ["123.45", "376.55"]


def test_making_and_changing_one_by_page(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    form = {
        "name": "Trips", "amount": "1.000,50", "interval": "month", "starts_on": "2026-11-15", "owner": str(cast.lena.pk),
        "warn_at": "80 %, 100", "is_hard": "on",
    }  # fmt: skip
    assert client.post(url("budget-create", cast.dave), form).status_code == 303
    budget = Budget.objects.get()
    assert (budget.amount, budget.starts_on, budget.warn_at, budget.is_hard) == (
        100_050,
        date(2026, 11, 1),
        [80, 100],
        True,
    )
    for wrong in (
        {"amount": "0"}, {"amount": "x"}, {"owner": str(cast.mallory.pk)}, {"warn_at": "eighty"}, {"warn_at": "²"},
        {"interval": "once"}, {"interval": "week"}, {"starts_on": "0001-01-01"}, {"name": ""},
    ):  # fmt: skip
        assert client.post(url("budget-create", cast.dave), {**form, "name": "Other", **wrong}).status_code == 422, (
            wrong
        )
    assert client.post(url("budget-create", cast.dave), form).status_code == 422
    change = {"name": "Trips", "amount": "2.000", "owner": str(cast.dave.pk), "warn_at": ""}
    assert client.post(url("budget-change", cast.dave, budget_id=budget.pk), change).status_code == 303
    budget.refresh_from_db()
    assert (budget.amount, budget.warn_at, budget.is_hard) == (200_000, [], False)
    assert client.post(url("budget-archive", cast.dave, budget_id=budget.pk), {"do": "archive"}).status_code == 303
    assert "No budgets yet" in client.get(url("budgets", cast.dave)).content.decode()
    client.post(url("budget-archive", cast.dave, budget_id=budget.pk), {"do": "restore"})
    assert Budget.objects.live().count() == 1


def test_a_list_of_many_asks_no_more_than_one_of_few(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(cast.dave)
    for number in range(12):
        budget_of(cast.dave, interval=BudgetInterval.values[number % 3])
    client.get(url("budgets", cast.dave))
    with django_assert_max_num_queries(24) as counted:
        client.get(url("budgets", cast.dave))
    many = len(counted)
    Budget.objects.exclude(pk=Budget.objects.order_by("name").values("pk")[0]["pk"]).update(archived_at=NOON)
    with django_assert_max_num_queries(24) as counted:
        client.get(url("budgets", cast.dave))
    assert len(counted) == many


def test_over_the_api(cast: Cast) -> None:
    api = Api(cast.dave)
    body = {
        "name": "Trips",
        "owner": str(cast.dave.pk),
        "amount": 50_000,
        "interval": "month",
        "starts_on": "2026-11-01",
    }
    made = api.call("post", "api-budgets", body).json()
    buy(cast.carol, 12_000, occurred_at=timezone.now())
    row = api.call("get", "api-budget", budget_id=made["id"]).json()
    assert row["now"]["cleared"] == row["now"]["used"] == 12_000 and row["now"]["left"] == 38_000
    assert [each["id"] for each in api.call("get", "api-budgets", query="?archived=false").json()["results"]] == [
        made["id"]
    ]
    assert api.call("get", "api-budget-periods", budget_id=made["id"]).json()[-1]["used"] == 12_000
    for wrong in (
        {"amount": 0},
        {"owner": str(cast.mallory.pk)},
        {"team": str(uuid4())},
        {"interval": "week"},
        {"warn_at": [0]},
    ):
        assert api.call("post", "api-budgets", {**body, "name": "Other", **wrong}).status_code == 422, wrong
    changed = api.call("put", "api-budget", {**body, "amount": 60_000}, budget_id=made["id"])
    assert changed.status_code == 200 and changed.json()["amount"] == 60_000
    assert api.call("delete", "api-budget", budget_id=made["id"]).status_code == 204
    assert Api(cast.mallory).call("get", "api-budget", budget_id=made["id"]).status_code == 404
    assert api.call("get", "api-budgets", query="?archived=true").json()["results"]
