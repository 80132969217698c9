"""The pages of balances, bank accounts and runs: who sees what, each act by its button, nonsense is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from expenses.mark_private import mark_private
from expenses.models import BalanceEntry, BankAccount, Payout, ReimbursementRun
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, buy
from tests.expenses.test_paying_back import IBAN_DK, domestic, okay, report

pytestmark = pytest.mark.django_db


def url(name: str, person: Any, **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": person.company.slug, **kwargs})


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: Any) -> None:
    """Everybody has just shown that it is them, unless a test says otherwise."""
    for module in ("balance", "runs"):
        monkeypatch.setattr(f"expenses.views.{module}.is_reauthentication_required", lambda request, app: False)


def test_a_run_from_the_first_page_to_the_last(carol: Any, dave: Any, alice: Any, sign_in: Any) -> None:
    okay(carol, dave, 9000)
    domestic(carol)
    one, two = sign_in(dave), sign_in(alice)
    home = url("reimbursements", dave)
    assert b"90" in one.get(home).content
    data = {"key": "k1", "method": "domestic", "execution_date": "2026-11-20", "asks_people": "1"}
    assert one.post(url("reimbursement-prepare", dave), data).status_code == 422
    data["person"] = str(carol.pk)
    made = one.post(url("reimbursement-prepare", dave), data)
    assert made.status_code == 303 and one.post(url("reimbursement-prepare", dave), data).status_code == 303
    run = ReimbursementRun.objects.get()
    page = url("reimbursement-run", dave, run_id=run.pk)
    assert made["Location"] == page and one.get(page).status_code == 200
    assert one.post(url("reimbursement-release", dave, run_id=run.pk)).status_code == 403
    assert two.post(url("reimbursement-release", dave, run_id=run.pk)).status_code == 303
    assert two.post(url("reimbursement-release", dave, run_id=run.pk)).status_code == 409
    file = one.post(url("reimbursement-file", dave, run_id=run.pk))
    assert file["Content-Disposition"].startswith("attachment") and b"1234567890" in file.content
    assert one.post(url("reimbursement-cancel", dave, run_id=run.pk)).status_code == 409
    assert b"Dave" in one.get(page).content
    mark = url("reimbursement-mark", dave, run_id=run.pk)
    assert one.post(mark, {"outcome": "odd"}).status_code == 422
    assert one.post(mark, {"outcome": "paid"}).status_code == 303
    assert Payout.objects.get().status == "paid"
    for query in ("", "?status=finished", "?status=odd", "?cursor=xx", "?method=odd"):
        assert one.get(home + query).status_code == 200


def test_a_run_is_cancelled_and_the_bank_answers(carol: Any, dave: Any, alice: Any, sign_in: Any) -> None:
    okay(carol, dave)
    client, data = sign_in(dave), {"key": "k", "method": "payroll", "execution_date": "2026-11-20"}
    client.post(url("reimbursement-prepare", dave), data)
    first = ReimbursementRun.objects.get()
    assert client.post(url("reimbursement-cancel", dave, run_id=first.pk)).status_code == 303
    client.post(url("reimbursement-prepare", dave), {**data, "key": "l"})
    second = ReimbursementRun.objects.get(client_key="l")
    sign_in(alice).post(url("reimbursement-release", dave, run_id=second.pk))
    answer = url("reimbursement-answer", dave)
    for content in (b"", b"nothing", b"<a/>", b"\x00" * 100):
        file = SimpleUploadedFile("x.xml", content)
        assert client.post(answer, {"file": file}).status_code == 422
    good = SimpleUploadedFile("x.xml", report(second, "PART", "RJCT"))
    assert client.post(answer, {"file": good}).status_code == 303
    assert Payout.objects.get(run=second).status == "failed"


def test_the_schedule_is_set_and_ended(dave: Any, sign_in: Any) -> None:
    client, page = sign_in(dave), url("reimbursement-schedule", dave)
    data = {"interval": "week", "next_on": "2026-11-27", "method": "payroll"}
    assert client.post(page, data).status_code == 303
    assert client.get(url("reimbursements", dave)).status_code == 200
    assert client.post(page, {**data, "interval": ""}).status_code == 303
    assert client.post(page, {**data, "next_on": "x"}).status_code == 422
    assert client.post(page, {**data, "method": "sepa"}).status_code == 422


def test_accounts_are_one_s_own_or_finance_s(carol: Any, lena: Any, dave: Any, sign_in: Any) -> None:
    client, page = sign_in(carol), url("balance-account", carol, person_id=carol.pk)
    assert client.get(page).status_code == 200
    data = {"form": "iban", "bank": "", "number": IBAN_DK, "holder": "Carol"}
    assert client.post(page, {**data, "number": "DK1"}).status_code == 422
    assert client.post(page, data).status_code == 303
    assert b"6243" in client.get(page).content and IBAN_DK.encode() not in client.get(page).content
    assert client.get(url("balance-account", carol, person_id=lena.pk)).status_code == 404
    boss = sign_in(dave)
    assert boss.post(url("balance-account", carol, person_id=lena.pk), data).status_code == 303
    assert boss.post(url("company-account", carol), {**data, "holder": ""}).status_code == 422
    assert boss.post(url("company-account", carol), data).status_code == 303
    assert BankAccount.objects.live().count() == 3


def test_a_change_of_account_asks_who_is_there(carol: Any, sign_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("expenses.views.balance.is_reauthentication_required", lambda request, app: True)
    data = {"form": "iban", "number": IBAN_DK, "holder": "Carol"}
    answer = sign_in(carol).post(url("balance-account", carol, person_id=carol.pk), data)
    assert answer.status_code == 303 and "/confirm/" in answer["Location"] and not BankAccount.objects.exists()


def test_balances_of_everybody_and_of_one(carol: Any, lena: Any, dave: Any, bob: Any, sign_in: Any) -> None:
    okay(carol, dave)
    mark_private(expense=buy(lena, 30_000), by=dave, amount=Money(30_000, "DKK"), now=NOON)
    client = sign_in(bob)
    for query in (
        "",
        "?way=to",
        "?way=by",
        "?way=even",
        "?q=car",
        "?sort=name",
        "?sort=-balance",
        "?cursor=x",
        "?q=%00",
    ):
        assert client.get(url("balance", bob) + query).status_code == 200
    assert b"Carol" not in client.get(url("balance", bob) + "?way=by").content
    assert b"-300.00" in b"".join(client.get(url("balance-export", bob)).streaming_content)
    assert client.get(url("balance-person", bob, person_id=lena.pk)).status_code == 200
    own = sign_in(carol)
    mine = url("balance-person", carol, person_id=carol.pk)
    assert own.get(url("balance", carol))["Location"] == mine == own.get(url("reimbursements", carol))["Location"]
    for query in ("", "?kind=claim", "?kind=odd", "?cursor=x"):
        assert own.get(mine + query).status_code == 200
    assert b"50.00" in b"".join(own.get(url("balance-person-export", carol, person_id=carol.pk)).streaming_content)
    assert own.get(url("balance-person", carol, person_id=lena.pk)).status_code == 404


def test_what_was_paid_to_the_company_is_written_down_and_taken_back(lena: Any, dave: Any, sign_in: Any) -> None:
    mark_private(expense=buy(lena, 30_000), by=dave, amount=Money(30_000, "DKK"), now=NOON)
    client, page = sign_in(dave), url("balance-settle", dave, person_id=lena.pk)
    data = {"key": uuid4().hex, "amount": "100", "kind": "repayment", "day": "2026-11-20", "text": "By transfer"}
    assert client.post(page, {**data, "amount": "301"}).status_code == 422
    assert client.post(page, {**data, "kind": "odd"}).status_code == 422
    for _ in range(2):
        assert client.post(page, data).status_code == 303
    entry = BalanceEntry.objects.get(kind="repayment")
    undo = url("balance-undo", dave, entry_id=entry.pk)
    assert client.post(undo).status_code == 303 and client.post(undo).status_code == 303
    assert BalanceEntry.objects.filter(kind="undone").count() == 1
    assert timezone.now() - entry.created_at < timedelta(minutes=5)
