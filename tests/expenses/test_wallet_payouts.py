"""Paying people out of the wallet: once, all or nobody, back when the bank refuses, and the ledger proves it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Company
from bookkeeping.facts import settled_of
from expenses import mark_payout as marking
from expenses.balance import standing_of
from expenses.cancel_run import MoneyLeft, cancel_run
from expenses.mark_payout import mark_payout
from expenses.models import BalanceEntry, Payout, PayoutStatus, ReimbursementRun
from expenses.prepare_run import MethodUnfit, methods_for, prepare_run
from expenses.release_run import release_run
from expenses.settle_payouts import settle_due
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import NOON
from tests.expenses.test_acts import url
from tests.expenses.test_paying_back import DAY, bank, okay
from wallet.check_ledger import check_ledger
from wallet.models import AccountKind, LedgerAccount, Transfer
from wallet.top_up import receive_top_up
from wallet.transfer import TooLittleAvailable

pytestmark = pytest.mark.django_db
AFTER = NOON + timedelta(minutes=5)


def wallet_of(company: Company) -> LedgerAccount:
    return LedgerAccount.objects.wallet_of(company)


def fund(company: Company, amount: int) -> None:
    receive_top_up(
        account=wallet_of(company),
        bank_line="line",
        amount=Money(amount, company.currency),
        value_date=DAY,
        payer="",
        now=NOON,
    )


def run_of(
    cast: Cast, amounts: tuple[int, ...] = (5_000, 3_000), *, funds: int = 100_000, release: bool = True
) -> ReimbursementRun:
    if funds:
        fund(cast.company, funds)
    for person, amount in zip((cast.carol, cast.lena), amounts, strict=False):
        okay(person, cast.dave, amount)
        bank(person)
    run = prepare_run(by=cast.dave, method="wallet", execution_date=DAY, client_key="k", now=NOON)
    return release_run(run=run, by=cast.alice, now=NOON) if release else run


def balances(company: Company) -> dict[str, int]:
    kinds = (AccountKind.WALLET, AccountKind.REIMBURSEMENTS, AccountKind.BANK_IN_TRANSIT)
    return {kind: LedgerAccount.objects.of_kind(company, kind).balance.amount for kind in kinds}


def clean(company: Company) -> bool:
    return not list(check_ledger(company=company))


def test_the_money_leaves_with_the_release_and_arrives_with_the_answer(cast: Cast) -> None:
    run = run_of(cast)
    assert balances(cast.company) == {"wallet": 92_000, "reimbursements": 8_000, "bank_in_transit": -100_000}
    assert settle_due(now=NOON) == 0 and settle_due(now=AFTER) == 2 and settle_due(now=AFTER) == 0
    assert balances(cast.company) == {"wallet": 92_000, "reimbursements": 0, "bank_in_transit": -92_000}
    run.refresh_from_db()
    assert run.status == "finished" and standing_of(cast.carol).balance.amount == 0 and clean(cast.company)
    entry = BalanceEntry.objects.filter(kind="payout").first()
    assert entry is not None and settled_of(entry).place == "wallet"


def test_a_wallet_with_too_little_pays_nobody(cast: Cast) -> None:
    run = run_of(cast, funds=7_999, release=False)
    with pytest.raises(TooLittleAvailable):
        release_run(run=run, by=cast.alice, now=NOON)
    run.refresh_from_db()
    assert run.status == "proposed" and not run.sealed_file
    assert set(Payout.objects.values_list("status", flat=True)) == {PayoutStatus.PROPOSED}
    assert balances(cast.company)["wallet"] == 7_999 and not Transfer.objects.filter(code="payout").exists()
    fund_again = Money(1, "DKK")
    receive_top_up(
        account=wallet_of(cast.company), bank_line="more", amount=fund_again, value_date=DAY, payer="", now=NOON
    )
    release_run(run=run, by=cast.alice, now=NOON)
    assert balances(cast.company)["wallet"] == 0 and clean(cast.company)


def test_reserved_money_is_nobody_s_to_pay_out(cast: Cast) -> None:
    run = run_of(cast, funds=8_000, release=False)
    LedgerAccount.objects.filter(pk=wallet_of(cast.company).pk).update(debits_pending=1)
    with pytest.raises(TooLittleAvailable):
        release_run(run=run, by=cast.alice, now=NOON)


def test_a_refused_payment_comes_back_to_wallet_and_person(cast: Cast) -> None:
    run_of(cast)
    payout = Payout.objects.get(membership=cast.carol)
    assert mark_payout(payout=payout, outcome="failed", now=AFTER) and not mark_payout(
        payout=payout, outcome="failed", now=AFTER
    )
    assert balances(cast.company) == {"wallet": 97_000, "reimbursements": 3_000, "bank_in_transit": -100_000}
    assert standing_of(cast.carol).open.amount == 5_000
    again = prepare_run(by=cast.dave, method="wallet", execution_date=DAY, client_key="l", now=AFTER)
    assert again.payouts.get().amount == 5_000 and clean(cast.company)


def test_a_payment_that_came_back_later(cast: Cast) -> None:
    run_of(cast)
    settle_due(now=AFTER)
    payout = Payout.objects.get(membership=cast.carol)
    mark_payout(payout=payout, outcome="failed", now=AFTER)
    assert balances(cast.company) == {"wallet": 97_000, "reimbursements": 0, "bank_in_transit": -97_000}
    assert standing_of(cast.carol).balance.amount == 5_000 and clean(cast.company)
    with pytest.raises(WrongState):
        mark_payout(payout=payout, outcome="paid", now=AFTER)


def test_the_simulator_refuses_an_account_that_ends_in_zeros(cast: Cast) -> None:
    run_of(cast, (5_000,), release=False)
    from expenses.models import BankAccount

    BankAccount.objects.filter(membership=cast.carol).update(masked="DK •• 0000")
    release_run(run=ReimbursementRun.objects.get(), by=cast.alice, now=NOON)
    settle_due(now=AFTER)
    payout = Payout.objects.get()
    assert (payout.status, payout.failure_code) == ("failed", "AC04") and balances(cast.company)["wallet"] == 100_000


def test_a_released_run_is_not_undone(cast: Cast) -> None:
    run = run_of(cast)
    with pytest.raises(MoneyLeft):
        cancel_run(run=run, by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        release_run(run=run, by=cast.alice, now=NOON)
    assert Transfer.objects.filter(code="payout").count() == 2


def test_cut_off_between_the_two_halves_nothing_is_left(cast: Cast, monkeypatch: Any) -> None:
    """The answer is half written when the process dies: neither the money nor the person's account has moved."""
    run_of(cast)
    before = balances(cast.company)

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(marking, "_finish", dies)
    with pytest.raises(KeyboardInterrupt):
        mark_payout(payout=Payout.objects.get(membership=cast.carol), outcome="paid", now=AFTER)
    assert balances(cast.company) == before and not BalanceEntry.objects.filter(kind="payout").exists()
    monkeypatch.undo()
    settle_due(now=AFTER)
    assert balances(cast.company)["reimbursements"] == 0 and clean(cast.company)


def test_only_wallets_that_have_a_bank_pay(cast: Cast) -> None:
    assert methods_for(cast.company)[-1] == "wallet"
    Company.objects.filter(pk=cast.company.pk).update(issuer="stripe")
    cast.dave.company.refresh_from_db()
    assert "wallet" not in methods_for(cast.dave.company)
    with pytest.raises(MethodUnfit):
        prepare_run(by=cast.dave, method="wallet", execution_date=DAY, client_key="k", now=NOON)


def test_by_page(cast: Cast, sign_in: Any) -> None:
    run = run_of(cast, release=False)
    client = sign_in(cast.alice)
    assert client.post(url("reimbursement-release", cast.alice, run_id=run.pk)).status_code == 303
    page = client.get(url("reimbursement-run", cast.alice, run_id=run.pk)).content.decode()
    assert "Taken out of the wallet" in page and "Cancel the run" not in page
    assert client.post(url("reimbursement-file", cast.alice, run_id=run.pk)).status_code == 200
    short = sign_in(cast.dave).get(url("reimbursements", cast.dave, "?method=wallet"))
    assert short.status_code == 200
