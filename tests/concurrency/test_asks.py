"""The last money of a hard budget goes once, one wish is answered once, and one purchase belongs to one request."""

from __future__ import annotations

from collections import Counter

from expenses.ask_budgets import OverBudget
from expenses.close_ask import withdraw_ask
from expenses.decide_ask import Yes, approve_ask
from expenses.match_ask import match_all
from expenses.models import AskSpend, AskStatus, BudgetAlert, SpendRequest
from expenses.watch_budgets import watch_budgets
from pleo.lib.errors import WrongState
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy
from tests.expenses.test_asks import LATER, NOTE, granted, wish
from tests.expenses.test_budgets import budget_of, use_of


def approve(row: SpendRequest, cast: Cast, number: int) -> str:
    try:
        approve_ask(request=row, by=(cast.dave, cast.alice)[number % 2], now=NOON, yes=NOTE)
    except (OverBudget, WrongState) as error:
        return type(error).__name__
    return "approved"


def test_the_last_money_of_a_hard_budget_goes_once(cast: Cast, together: Together) -> None:
    budget = budget_of(cast.dave, 100_000, is_hard=True)
    asked = [wish((cast.carol, cast.lena)[number % 2], 40_000, title=f"Chair {number}") for number in range(6)]
    answers = Counter(together(6, lambda number: approve(asked[number], cast, number)))
    assert answers == {"approved": 2, "OverBudget": 4}
    use = use_of(budget)
    assert use.parts["asked"] == 80_000 and use.left.amount == 20_000


def test_one_wish_is_answered_once(cast: Cast, together: Together) -> None:
    row = wish(cast.carol)

    def act(number: int) -> str:
        if number % 3:
            return approve(row, cast, number)
        try:
            withdraw_ask(request=row, by=cast.carol, now=NOON)
        except WrongState:
            return "late"
        return "withdrawn"

    together(6, act)
    row.refresh_from_db()
    approved = row.decisions.filter(verdict="approved").count()
    assert approved <= 1
    assert row.status == AskStatus.WITHDRAWN or (row.status == AskStatus.APPROVED and approved == 1)


def test_a_card_is_made_once(cast: Cast, together: Together) -> None:
    row = wish(cast.carol)

    def act(number: int) -> str:
        try:
            approve_ask(request=row, by=cast.dave, now=NOON, yes=Yes(deed="single_use"))
        except WrongState:
            return "late"
        return "made"

    assert Counter(together(5, act)) == {"made": 1, "late": 4}
    assert cast.carol.cards.count() == 1


def test_a_purchase_is_matched_and_a_crossing_told_once(cast: Cast, together: Together) -> None:
    granted(cast.carol, cast.dave)
    budget_of(cast.dave, 40_000)
    buy(cast.carol, 40_000, occurred_at=LATER)
    assert sum(together(4, lambda number: match_all(now=LATER))) == 1 == AskSpend.objects.count()
    assert sum(together(4, lambda number: watch_budgets(now=LATER))) == 1 and BudgetAlert.objects.count() == 2
