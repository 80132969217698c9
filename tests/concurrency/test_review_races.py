"""Several people at one decision: one okay fills a seat, a grown amount is never okayed unseen, and the books win or wait."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from accounts.models import Role
from expenses import decide_stage as stage_module
from expenses import lines
from expenses import review as review_module
from expenses.absent import be_absent
from expenses.change_review_mails import choose_pace, set_mail_limit
from expenses.check_expenses import check_expenses
from expenses.decide_by_link import decide_by_link
from expenses.lock import set_lanes
from expenses.mail_reviews import mail_reviews
from expenses.models import Expense, MailLink, Review, Route, RouteStage, StageDecision
from expenses.sweep_routes import sweep_routes
from expenses.withdraw_review import withdraw_review
from expenses.workflow import ANY, FINANCE, MANAGER, Approver, Stage
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from tests.concurrency.conftest import Together
from tests.conftest import Cast, join
from tests.expenses.conftest import NOON
from tests.expenses.test_review_routes import THEN, bought, rule, say

pytestmark = pytest.mark.postgres


def tried(act: Any) -> str:
    try:
        act()
    except DomainError as error:
        return error.code
    return "done"


def twice(cast: Cast) -> Expense:
    """An expense at the first of two stages that both belong to finance."""
    rule(cast.dave, Stage(ANY, (Approver(FINANCE),)), Stage(ANY, (Approver(FINANCE),)))
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    return expense


def test_two_approvers_at_once_fill_one_stage(cast: Cast, together: Together) -> None:
    expense = twice(cast)
    seen = RouteStage.objects.get(state="open").pk
    who = [cast.dave, cast.alice]
    answers = together(2, lambda n: tried(lambda: say(expense, who[n], stage_id=seen)))
    assert sorted(answers) == ["done", "wrong_state"]
    assert StageDecision.objects.count() == 1 and RouteStage.objects.get(state="open").position == 2


def test_without_the_locks_both_would_count(cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look before either writes: only the seat's own constraint is left, and it is the database that refuses the second."""
    expense = twice(cast)
    seen = RouteStage.objects.get(state="open").pk
    gate, who = threading.Barrier(2), [cast.dave, cast.alice]
    plain = Expense.objects.select_related("owner", "company")
    monkeypatch.setattr(review_module, "lock_to_decide", lambda row: plain.get(pk=row.pk))
    chair = stage_module.chair_of

    def meeting(*args: Any, **more: Any) -> Any:
        found = chair(*args, **more)
        gate.wait(timeout=20)
        return found

    monkeypatch.setattr(stage_module, "chair_of", meeting)
    original = Route.objects.select_for_update
    monkeypatch.setattr(type(Route.objects), "select_for_update", lambda self, **_: self.all())
    answers = together(2, lambda n: tried(lambda: say(expense, who[n], stage_id=seen)))
    assert original is not None and sorted(answers) == ["done", "wrong_state"]
    assert StageDecision.objects.count() == 1, "the constraint is the last line"


def test_substitute_and_original_at_once(cast: Cast, together: Together) -> None:
    freja = join(cast.company, "freja", Role.EMPLOYEE)
    be_absent(person=cast.lena, substitute=freja, starts_on=NOON.date(), ends_on=NOON.date(), by=cast.lena, now=NOON)
    freja.refresh_from_db()
    rule(cast.dave, Stage(ANY, (Approver(MANAGER),)))
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    who = [cast.lena, freja]
    answers = together(2, lambda n: tried(lambda: say(expense, who[n])))
    assert sorted(answers) == ["already_decided", "done"]
    assert StageDecision.objects.count() == 1 == Review.objects.count() and check_expenses() == []


@pytest.mark.parametrize("round_number", range(3))
def test_an_okay_never_covers_money_that_grew_meanwhile(cast: Cast, together: Together, round_number: int) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)

    def grow() -> None:
        from django.db import transaction

        with transaction.atomic():
            row = Expense.objects.select_for_update(no_key=True, of=("self",)).select_related("owner", "company")
            locked = row.get(pk=expense.pk)
            locked.movements.update(amount=90_000)
            lines.follow_money(locked)

    together(2, lambda n: tried(grow if n else lambda: say(expense, cast.dave)))
    sweep_routes(now=NOON)
    expense.refresh_from_db()
    assert (expense.amount, expense.review) == (90_000, ""), "whoever was first, it is looked at again from the start"
    assert RouteStage.objects.get(route__state="open", state="open").position == 1


@pytest.mark.parametrize("round_number", range(3))
def test_undo_against_the_books(cast: Cast, together: Together, round_number: int) -> None:
    """What is in the queue keeps its okay: either the undo was first, or it is refused."""
    expense = bought(cast.carol)
    say(expense, cast.dave)
    movement = expense.movements.get().pk

    def queue() -> None:
        from django.db import transaction

        with transaction.atomic():
            locked = Expense.objects.select_for_update(no_key=True).get(pk=expense.pk)
            if locked.review == "okay":
                set_lanes(lanes={expense.pk: {movement: "queue"}}, now=NOON)

    together(2, lambda n: tried(queue if n else lambda: withdraw_review(expense=expense, by=cast.dave, now=NOON)))
    expense.refresh_from_db()
    assert (expense.books_lane, expense.review) in (("queue", "okay"), ("", ""), ("unexported", ""))
    assert check_expenses() == []


def test_one_link_pressed_many_times_decides_once(cast: Cast, together: Together) -> None:
    set_mail_limit(by=cast.dave, limit=Money(100_000, "DKK"), now=NOON)
    choose_pace(by=cast.dave, pace="at_once")
    bought(cast.carol)
    mail_reviews(now=NOON)
    secret = MailLink.objects.get().secret
    answers = together(4, lambda _: tried(lambda: decide_by_link(token=secret, outcome="okay", reason="", now=NOON)))
    assert sorted(answers) == ["done", "link_closed", "link_closed", "link_closed"]
    assert Review.objects.count() == 1
