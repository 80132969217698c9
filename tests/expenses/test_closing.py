"""Closed periods and who may act in them; which purchase a refund belongs to; paying back over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.create_token import create_token
from accounts.permissions import CAPABILITIES
from bookkeeping.sources import book_movement
from events.models import Event
from expenses.balance import BeingPaid, catch_up, standing_of
from expenses.change_claim import change_claim
from expenses.check_expenses import check_expenses
from expenses.code_expense import code_expense
from expenses.errors import NotYours
from expenses.link_refund import NotItsPurchase, link_refund
from expenses.lock_period import DayNotOver, PeriodLocked, lock_period, open_period
from expenses.models import BalanceEntry, Expense, PeriodLock, ReimbursementRun
from expenses.owed import NotAClaim
from expenses.record_clearing import record
from expenses.withdraw_claim import withdraw_claim
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, buy, clear, make_receipt, pay_privately
from tests.expenses.test_paying_back import IBAN_DK, okay, released

pytestmark = pytest.mark.django_db
DAY = NOON.date()
BEFORE = DAY - timedelta(days=10)


def lock(by: Any, kind: str = "claims", days: int = 5) -> PeriodLock:
    return lock_period(by=by, kind=kind, upto=DAY - timedelta(days=days), now=NOON)


def test_a_closed_period_takes_no_claim_and_finance_overrides(carol: Any, dave: Any) -> None:
    lock(dave)
    with pytest.raises(PeriodLocked):
        pay_privately(carol, purchased_on=BEFORE)
    row = pay_privately(carol)
    with pytest.raises(PeriodLocked):
        change_claim(expense=row, by=carol, merchant="x", purchased_on=BEFORE, amount=Money(1, "DKK"), now=NOON)
    pay_privately(dave, purchased_on=BEFORE)
    assert Event.objects.filter(verb="period.overridden", by=dave).count() == 1


def test_a_closed_period_is_not_edited(carol: Any, dave: Any, bob: Any) -> None:
    expense = buy(carol)
    lock_period(by=bob, kind="edits", upto=NOON.date(), now=NOON + timedelta(days=1))
    for person in (carol, bob):
        with pytest.raises(PeriodLocked):
            code_expense(expense=expense, by=person, now=NOON, note="late")
    code_expense(expense=expense, by=dave, now=NOON, note="by finance")
    assert Event.objects.get(verb="period.overridden").by == dave


def test_locks_move_are_opened_once_and_one_is_in_force(carol: Any, dave: Any) -> None:
    with pytest.raises(DayNotOver):
        lock(dave, days=0)
    with pytest.raises(NotYours):
        lock(carol)
    first, second = lock(dave), lock(dave, days=20)
    with pytest.raises(WrongState):
        open_period(lock=first, by=dave, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        PeriodLock.objects.filter(pk=first.pk).update(lifted_at=None)
    open_period(lock=second, by=dave, now=NOON)
    pay_privately(carol, purchased_on=BEFORE)


def test_a_refund_is_linked_by_people(carol: Any, lena: Any, dave: Any) -> None:
    bought, others = buy(carol, 5000), buy(lena, 5000)
    refund = record(clearing=clear(None, 5000, kind="refund", holder=carol, merchant="Elsewhere", days=5)).expense
    link_refund(expense=refund, purchase=bought, by=carol, now=NOON)
    assert Expense.objects.get(pk=refund.pk).refund_of == bought
    for wrong in (others, refund):
        with pytest.raises(NotItsPurchase):
            link_refund(expense=refund, purchase=wrong, by=dave, now=NOON)
    with pytest.raises(NotItsPurchase):
        link_refund(expense=bought, purchase=bought, by=carol, now=NOON)
    link_refund(expense=refund, purchase=None, by=carol, now=NOON)
    assert Expense.objects.get(pk=refund.pk).refund_of is None


def test_a_claim_is_withdrawn_until_it_is_paid(carol: Any, dave: Any, alice: Any, sign_in: Any) -> None:
    row = okay(carol, dave)
    book_movement(movement=row.movements.get())
    receipt = row.attachments.get().receipt
    withdraw_claim(expense=row, by=carol, now=NOON)
    row.refresh_from_db()
    assert (row.amount, row.payment, row.review, row.receipt_count) == (0, "reversed", "", 0)
    assert standing_of(carol).balance.amount == 0 and not check_expenses() and not row.movements.exists()
    again = pay_privately(carol, receipt=receipt)
    assert again.amount == 5000
    with pytest.raises(NotAClaim):
        withdraw_claim(expense=buy(carol), by=carol, now=NOON)
    paid = okay(carol, dave)
    released(dave, alice)
    with pytest.raises(BeingPaid):
        withdraw_claim(expense=paid, by=carol, now=NOON)
    link = reverse("expense-claim-withdrawal", kwargs={"company": carol.company.slug, "expense_id": again.pk})
    client = sign_in(carol)
    for expense in (again, paid):
        assert (
            client.get(reverse("expense", kwargs={"company": carol.company.slug, "expense_id": expense.pk})).status_code
            == 200
        )
    assert client.post(link).status_code == 303 and client.post(link).status_code in (303, 409)


def test_the_sweep_enters_what_nothing_entered(carol: Any, dave: Any) -> None:
    row = pay_privately(carol)
    Expense.objects.filter(pk=row.pk).update(review="okay")
    assert catch_up(now=NOON) == 1 and catch_up(now=NOON) == 0 and BalanceEntry.objects.get().amount == 5000


def test_the_pages_of_closing_and_linking(carol: Any, dave: Any, sign_in: Any) -> None:
    client = sign_in(dave)
    page = reverse("settings-periods", kwargs={"company": dave.company.slug})
    assert client.get(page).status_code == 200
    assert client.post(page, {"kind": "claims", "upto": "2026-01-31"}).status_code == 303
    for wrong in ({"kind": "odd"}, {"upto": "x"}, {"upto": "2099-01-01"}):
        assert client.post(page, {"kind": "claims", "upto": "2026-01-31", **wrong}).status_code == 422
    row = PeriodLock.objects.get()
    assert client.get(page).status_code == 200
    opening = reverse("period-open", kwargs={"company": dave.company.slug, "lock_id": row.pk})
    assert client.post(opening).status_code == 303 and client.post(opening).status_code == 303
    bought = buy(carol, 5000)
    refund = record(clearing=clear(None, 5000, kind="refund", holder=carol, merchant="Elsewhere", days=5)).expense
    link = reverse("expense-refund", kwargs={"company": dave.company.slug, "expense_id": refund.pk})
    assert client.post(link, {"number": f"#{bought.number}"}).status_code == 303
    for wrong_number in ("999", "x", "9" * 30):
        assert client.post(link, {"number": wrong_number}).status_code == 422
    assert client.post(link, {"number": ""}).status_code == 303


# ---- over the API


@pytest.fixture
def call(cast: Any) -> Any:
    def act(person: Any, method: str, name: str, data: Any = None, **kwargs: Any) -> Any:
        mine = [word for word in CAPABILITIES if person.can(word)]
        secret = create_token(membership=person, by=person, name="t", scopes=mine).secret
        send = getattr(Client(), method)
        headers = {"Authorization": f"Bearer {secret}"}
        options = {"data": data, "content_type": "application/json"} if data is not None else {}
        return send(reverse(name, kwargs=kwargs), headers=headers, **options)

    return act


def test_a_run_over_the_api(call: Any, carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave)
    data = {"key": "k", "method": "payroll", "execution_date": "2026-11-20"}
    made = call(dave, "post", "api-runs", data)
    again = call(dave, "post", "api-runs", data)
    assert made.status_code == again.status_code == 201 and made.json()["id"] == again.json()["id"]
    run = ReimbursementRun.objects.get()
    assert call(dave, "post", "api-run-release", {}, run_id=run.pk).status_code == 403
    assert call(alice, "post", "api-run-release", {}, run_id=run.pk).status_code == 200
    assert call(dave, "post", "api-run-file", {}, run_id=run.pk).content.startswith(b"\xef\xbb\xbf")
    assert call(dave, "delete", "api-run", run_id=run.pk).status_code == 409
    payout = run.payouts.get()
    assert call(dave, "post", "api-payout-mark", {"outcome": "paid"}, payout_id=payout.pk).json()["status"] == "paid"
    assert call(dave, "get", "api-run", run_id=run.pk).json()["payouts"][0]["amount"] == 5000
    assert len(call(carol, "get", "api-balance-entries").json()["results"]) == 2
    assert call(carol, "get", "api-balance", person_id=carol.pk).json()["balance"] == 0
    assert call(carol, "get", "api-balance", person_id=dave.pk).status_code == 404


def test_accounts_claims_and_locks_over_the_api(call: Any, carol: Any, dave: Any) -> None:
    account = {"form": "iban", "number": IBAN_DK, "holder": "Carol"}
    assert call(carol, "put", "api-balance-account", account, person_id=carol.pk).status_code == 204
    assert call(carol, "put", "api-balance-account", {**account, "number": "x"}, person_id=carol.pk).status_code == 422
    assert call(carol, "get", "api-balance", person_id=carol.pk).json()["account"].endswith("6243")
    drive = {"date": "2026-03-02", "vehicle": "car", "stops": ["A", "B"], "one_way": "10"}
    made = call(carol, "post", "api-drives", drive)
    assert made.status_code == 201 and made.json()["drive"]["distance"] == "10.0"
    pk = made.json()["id"]
    assert call(carol, "put", "api-drive", {**drive, "one_way": "20"}, expense_id=pk).json()["amount"] == 7880
    journey = {"destination": "Oslo", "starts_at": "2026-03-02T08:00:00Z", "ends_at": "2026-03-03T08:00:00Z"}
    away = call(carol, "post", "api-journeys", journey)
    assert away.status_code == 201
    meals = {**journey, "meals": [{"date": "2026-03-03", "meals": ["breakfast"]}]}
    assert call(carol, "put", "api-journey", meals, expense_id=away.json()["id"]).json()["amount"] == 53125
    assert call(carol, "put", "api-journey", meals, expense_id=pk).status_code == 409
    receipt = make_receipt(carol, total=1000)
    paid = {"merchant": "Deli", "date": "2026-10-20", "amount": 1000, "currency": "USD"}
    claim = call(carol, "post", "api-claims", {**paid, "receipt": str(receipt.pk)})
    assert claim.status_code == 201 and claim.json()["rate_source"] == "ecb"
    changed = call(carol, "patch", "api-claim", {**paid, "currency": "DKK"}, expense_id=claim.json()["id"])
    assert changed.json()["amount"] == 1000
    assert (
        call(carol, "patch", "api-claim", {**paid, "currency": "XXX"}, expense_id=claim.json()["id"]).status_code == 422
    )
    card = buy(carol, 30_000)
    private = call(carol, "put", "api-expense-private", {"amount": 30_000}, expense_id=card.pk)
    assert private.json()["lines"][0]["is_private"]
    data = {"key": "a", "amount": 10_000, "kind": "deduction", "day": "2026-11-20"}
    assert call(dave, "post", "api-balance", data, person_id=carol.pk).json()["open"] == -20_000
    lines = {"lines": [{"amount": 10_000, "is_private": True}, {"amount": 20_000, "text": "Rest"}]}
    assert len(call(carol, "put", "api-expense-lines", lines, expense_id=card.pk).json()["lines"]) == 2
    lock_ = call(dave, "post", "api-period-locks", {"kind": "edits", "upto": "2026-01-31"})
    assert lock_.status_code == 201
    assert call(dave, "delete", "api-period-lock", lock_id=lock_.json()["id"]).status_code == 204
