"""A closed period is closed at every door: pages, API, many at once, rules, receipts, claims. Who may override is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Membership
from events.models import Event
from expenses.attach import attach
from expenses.change_claim import change_claim
from expenses.claim import claim
from expenses.code_expense import code_expense
from expenses.complete import complete
from expenses.confirm_reading import confirm_reading
from expenses.declare import declare
from expenses.detach import detach
from expenses.drive import Way, claim_drive
from expenses.journey import Away, claim_journey
from expenses.keep_attendees import Present, keep_attendees
from expenses.lines import Part
from expenses.lock_period import PeriodLocked, lock_period
from expenses.mark_private import mark_private
from expenses.match_receipt import match_receipt
from expenses.models import CodingRule, Expense
from expenses.rule_run import start_rule_run, uncoded, work_through
from expenses.run_bulk import run_bulk
from expenses.split import split
from expenses.start_bulk import start_bulk
from expenses.withdraw_claim import withdraw_claim
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, make_receipt, pay_privately
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api

pytestmark = pytest.mark.django_db
DAY = NOON.date()
LATER = NOON + timedelta(days=1)


def kroner(amount: int) -> Money:
    return Money(amount, "DKK")


def halves(expense: Expense) -> list[Part]:
    return [Part(kroner(expense.amount - 1)), Part(kroner(1))]


def take_off(bought: Expense, by: Membership) -> Any:
    return detach(attachment=bought.attachments.filter(detached_at=None)[0], by=by, now=LATER)


# Doors to an expense: each takes the expense with a receipt, and who acts.
EDITS: dict[str, Callable[[Expense, Membership], Any]] = {
    "code": lambda e, by: code_expense(expense=e, by=by, note="late", now=LATER),
    "save the page": lambda e, by: complete(expense=e, by=by, note="late", now=LATER),
    "confirm what was read": lambda e, by: confirm_reading(expense=e, by=by, accepted=["date"], now=LATER),
    "split": lambda e, by: split(expense=e, by=by, parts=halves(e), now=LATER),
    "mark as private": lambda e, by: mark_private(expense=e, by=by, amount=kroner(100), now=LATER),
    "say who was there": lambda e, by: keep_attendees(
        expense=e, by=by, people=[Present("Jane", "Acme", None)], now=LATER
    ),
    "attach": lambda e, by: attach(expense=e, receipt=make_receipt(e.owner), by=by, now=LATER),
    "take a receipt off": take_off,
}


def bought(cast: Cast) -> Expense:
    expense = buy(cast.carol, 5_000)
    attach(expense=expense, receipt=make_receipt(cast.carol, total=5_000), by=cast.carol, now=NOON)
    return Expense.objects.get(pk=expense.pk)


def close(cast: Cast, kind: str = "edits") -> None:
    lock_period(by=cast.dave, kind=kind, upto=DAY, now=LATER)


def told() -> int:
    return int(Event.objects.filter(verb="period.overridden").count())


@pytest.mark.parametrize("door", EDITS)
def test_each_door_is_closed_and_an_override_is_written_down(cast: Cast, door: str) -> None:
    expense, act = bought(cast), EDITS[door]
    before = Expense.objects.values().get(pk=expense.pk)
    close(cast)
    accountant = Membership.objects.get(pk=cast.bob.pk)
    for person in (cast.carol, accountant):
        with pytest.raises(PeriodLocked):
            act(expense, person)
    assert Expense.objects.values().get(pk=expense.pk) == before and not told()
    act(expense, cast.dave)
    event = Event.objects.filter(verb="period.overridden").first()
    assert event is not None and event.by == cast.dave and event.subject_id == expense.pk


def test_nobody_signs_for_a_lost_receipt_of_a_closed_period(cast: Cast) -> None:
    expense = buy(cast.carol, 5_000)
    close(cast)
    with pytest.raises(PeriodLocked):
        declare(expense=expense, by=cast.carol, reason="lost", purpose="Lunch", now=LATER)


CLAIMS: dict[str, Callable[[Membership], Any]] = {
    "a receipt": lambda by: claim(
        by=by, receipt=make_receipt(by), merchant="Shop", purchased_on=DAY, amount=kroner(100),
        category=category_of(by), note="", now=LATER,
    ),
    "a drive": lambda by: claim_drive(
        by=by, way=Way(DAY, "car", ("A", "B"), Decimal(10)), category=None, note="", now=LATER
    ),
    "days away": lambda by: claim_journey(
        by=by, away=Away("Oslo", NOON - timedelta(days=2), NOON - timedelta(hours=1), {}), category=None, note="", now=LATER
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CLAIMS)
def test_no_claim_comes_into_a_closed_period(cast: Cast, what: str) -> None:
    close(cast, "claims")
    with pytest.raises(PeriodLocked):
        CLAIMS[what](cast.carol)
    assert not Expense.objects.exists() and not told()
    made = CLAIMS[what](cast.dave)
    assert made.owner == cast.dave and told() == 1


def test_a_claim_is_neither_changed_nor_withdrawn_nor_moved_into_a_closed_period(cast: Cast) -> None:
    inside, outside = pay_privately(cast.carol), pay_privately(cast.carol, purchased_on=DAY, merchant="Other")
    close(cast)
    for act in (
        lambda: withdraw_claim(expense=inside, by=cast.carol, now=LATER),
        lambda: change_claim(expense=outside, by=cast.carol, merchant="x", purchased_on=DAY, amount=kroner(1), now=LATER),
    ):  # fmt: skip
        with pytest.raises(PeriodLocked):
            act()


@pytest.mark.parametrize("act", ["code", "accept"])
def test_many_at_once_skip_what_is_closed(cast: Cast, act: str) -> None:
    for _ in range(3):
        code_expense(expense=buy(cast.bob, 900, "Netto"), by=cast.bob, category=category_of(cast.bob), now=NOON)
    expense = buy(cast.bob, 5_000, "Netto")
    close(cast)
    rows, chosen = Expense.objects.filter(pk=expense.pk), {"category": category_of(cast.bob)} if act == "code" else {}
    bulk = start_bulk(by=cast.bob, expenses=rows, act=act, **chosen)
    run_bulk(bulk.pk)
    assert bulk.rows.get().error["code"] == "period_locked" and not Expense.objects.get(pk=expense.pk).is_coded
    assert not told()
    bulk = start_bulk(by=cast.dave, expenses=rows, act=act, **chosen)
    run_bulk(bulk.pk)
    assert bulk.rows.get().state == "done" and Expense.objects.get(pk=expense.pk).is_coded and told() >= 1


def test_rules_leave_closed_periods_alone(cast: Cast) -> None:
    expense = buy(cast.carol, 5_000, "Netto")
    CodingRule.objects.create(
        company=cast.company, name="Netto", position=1, by=cast.alice, category=category_of(cast.alice),
        conditions={"merchants": ["netto"]},
    )  # fmt: skip
    close(cast)
    assert not uncoded(cast.company).filter(pk=expense.pk).exists()
    work_through(start_rule_run(by=cast.alice).pk)
    assert not Expense.objects.get(pk=expense.pk).is_coded


def test_a_receipt_that_comes_by_itself_waits(cast: Cast) -> None:
    expense = buy(cast.carol, 14_800, "Kaffebar Nordhavn")
    close(cast)
    receipt = make_receipt(cast.carol, total=14_800, day=str(DAY), merchant="Kaffebar Nordhavn", last_four="4821")
    match_receipt(receipt=receipt, now=LATER)
    assert not expense.attachments.exists() and not receipt.attachments.exists()
    run = receipt.match
    assert [one["expense"] for one in run.proposals] == [str(expense.pk)], "it is proposed to whoever may override"


def test_the_page_and_the_api_say_so_beside_the_field(cast: Cast, sign_in: Any) -> None:
    expense = bought(cast)
    close(cast)
    page = sign_in(cast.carol).post(url("expense-code", cast.carol, expense_id=expense.pk), {"note": "late"})
    assert page.status_code == 409 and "is closed" in page.content.decode()
    answer = Api(cast.carol).call("patch", "api-expense", {"note": "late"}, expense_id=expense.pk)
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "period_locked"


def test_what_lies_after_the_lock_is_open(cast: Cast) -> None:
    expense = bought(cast)
    lock_period(by=cast.dave, kind="edits", upto=DAY - timedelta(days=1), now=LATER)
    for door, act in EDITS.items():
        if door != "split":
            act(Expense.objects.get(pk=expense.pk), cast.carol)
    assert not told()
