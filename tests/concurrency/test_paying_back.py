"""Runs that are made at once, released at once, and cut off in the middle: each claim is paid exactly once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db.models import Count

from expenses import prepare_run as module
from expenses.balance import standing_of
from expenses.cancel_run import AlreadyFetched, cancel_run
from expenses.fetch_run_file import fetch_run_file
from expenses.mark_payout import mark_payout
from expenses.models import BalanceEntry, Payout, PayoutItem, ReimbursementRun
from expenses.prepare_run import NothingToPay, prepare_run
from expenses.release_run import release_run
from pleo.lib.errors import WrongState
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from tests.expenses.conftest import NOON
from tests.expenses.test_paying_back import bank, okay

DAY = NOON.date()


def attempt(by: Any, key: str) -> Any:
    try:
        return prepare_run(by=by, method="payroll", execution_date=DAY, client_key=key, now=NOON).pk
    except (NothingToPay, WrongState) as error:
        return type(error).__name__


def live_twice() -> bool:
    rows = PayoutItem.objects.filter(released_at=None).values("entry").annotate(count=Count("id"))
    return rows.filter(count__gt=1).exists()


def test_runs_made_at_once_take_each_claim_once(cast: Cast, together: Together) -> None:
    claims = [okay(person, cast.dave, 1000 + number) for number in range(4) for person in (cast.carol, cast.lena)]
    answers = together(6, lambda number: attempt((cast.dave, cast.alice)[number % 2], f"key-{number}"))
    made = [one for one in answers if not isinstance(one, str)]
    assert len(made) == 1 == ReimbursementRun.objects.count() and not live_twice()
    assert PayoutItem.objects.count() == len(claims)
    assert sum(Payout.objects.values_list("amount", flat=True)) == sum(claim.amount for claim in claims)


def test_one_form_sent_many_times_makes_one_run(cast: Cast, together: Together) -> None:
    okay(cast.carol, cast.dave)
    answers = together(6, lambda number: attempt(cast.dave, "same"))
    assert len(set(answers)) == 1 and ReimbursementRun.objects.count() == 1


def test_a_run_is_released_once_and_marked_once(cast: Cast, together: Together) -> None:
    okay(cast.carol, cast.dave)
    run = ReimbursementRun.objects.get(pk=attempt(cast.dave, "one"))

    def release(number: int) -> str:
        try:
            release_run(run=run, by=cast.alice, now=NOON)
        except WrongState:
            return "late"
        return "done"

    assert Counter(together(5, release)) == {"done": 1, "late": 4}
    payout = Payout.objects.get()
    marked = together(5, lambda number: mark_payout(payout=payout, outcome="paid", now=NOON))
    assert sum(marked) == 1 and BalanceEntry.objects.filter(kind="payout").count() == 1
    assert standing_of(cast.carol).balance.amount == 0


def test_a_file_is_either_fetched_or_the_run_is_undone(cast: Cast, together: Together) -> None:
    okay(cast.carol, cast.dave)
    run = ReimbursementRun.objects.get(pk=attempt(cast.dave, "one"))
    release_run(run=run, by=cast.alice, now=NOON)

    def act(number: int) -> str:
        try:
            if number % 2:
                fetch_run_file(run=run, by=cast.alice, now=NOON)
                return "fetched"
            cancel_run(run=run, by=cast.dave, now=NOON)
        except (AlreadyFetched, WrongState):
            return "late"
        return "undone"

    done = set(together(6, act)) - {"late"}
    run.refresh_from_db()
    assert done in ({"fetched"}, {"undone"}) and (run.status == "cancelled") == (done == {"undone"})


def test_a_run_cut_off_in_the_middle_leaves_nothing(cast: Cast, monkeypatch: Any) -> None:
    okay(cast.carol, cast.dave)
    real = PayoutItem.objects.bulk_create

    def die(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.PayoutItem.objects, "bulk_create", die)
        with pytest.raises(KeyboardInterrupt):
            attempt(cast.dave, "one")
    assert not ReimbursementRun.objects.exists() and not PayoutItem.objects.exists()
    assert not isinstance(attempt(cast.dave, "one"), str) and PayoutItem.objects.count() == 1


def test_without_the_index_two_runs_would_pay_one_claim(cast: Cast, together: Together, monkeypatch: Any) -> None:
    """The race is real: proposals read before the other run's items are written would both take the claim."""
    okay(cast.carol, cast.dave)
    seen = module.proposals(by=cast.dave, method="payroll")
    monkeypatch.setattr(module, "proposals", lambda **_: seen)
    answers = together(4, lambda number: attempt(cast.dave, f"key-{number}"))
    assert Counter(type(one).__name__ for one in answers) == {"UUID": 1, "str": 3} and not live_twice()


def test_the_wallet_pays_once_and_its_answer_is_booked_once(cast: Cast, together: Together) -> None:
    from tests.expenses.test_wallet_payouts import balances, clean, fund
    from wallet.transfer import TooLittleAvailable

    fund(cast.company, 9_000)
    for person in (cast.carol, cast.lena):
        okay(person, cast.dave, 4_000)
        bank(person)
    run = prepare_run(by=cast.dave, method="wallet", execution_date=DAY, client_key="w", now=NOON)

    def release(number: int) -> str:
        try:
            release_run(run=run, by=cast.alice, now=NOON)
        except (WrongState, TooLittleAvailable):
            return "late"
        return "done"

    assert Counter(together(5, release)) == {"done": 1, "late": 4}
    assert balances(cast.company) == {"wallet": 1_000, "reimbursements": 8_000, "bank_in_transit": -9_000}
    payout = Payout.objects.get(membership=cast.carol)

    def answer(number: int) -> str:
        try:
            return str(mark_payout(payout=payout, outcome=("paid", "failed")[number % 2], now=NOON))
        except WrongState:
            return "late"

    together(6, answer)
    payout.refresh_from_db()
    back = 4_000 if payout.status == "failed" else 0
    assert balances(cast.company)["wallet"] == 1_000 + back and balances(cast.company)["reimbursements"] == 4_000
    assert clean(cast.company)
