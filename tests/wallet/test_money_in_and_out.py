"""Top-ups that are announced, arrive, come back; withdrawals that two people decide; fees that are charged once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Membership
from bookkeeping.sources import sweep
from events.models import Event, Notification
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards.play import NOON, buy, fund, kroner, new_card, wallet
from tests.cards.test_api import caller
from tests.conftest import Cast
from tests.wallet.test_top_up import arrive
from wallet.announce_top_up import AnnouncementKeyReused, announce_top_up
from wallet.cancel_top_up import cancel_top_up
from wallet.charge_fee import charge_due, charge_fee
from wallet.check_ledger import check_ledger
from wallet.decide_withdrawal import FreshProofNeeded, OwnWithdrawal, decide_withdrawal
from wallet.models import Fee, FeePlan, TopUp, Transfer, Withdrawal
from wallet.return_top_up import ReasonMissing, return_top_up
from wallet.transfer import AmountNotPositive, OtherCurrency, TooLittleAvailable
from wallet.undo_top_up import undo_top_up
from wallet.withdraw import HolderMissing, IbanWrong, WithdrawalKeyReused, withdraw

BASE = "/c/havblik/wallet"
IBAN = "DE89370400440532013000"


def announced(cast: Cast, amount: int = 50_000, **changes: Any) -> TopUp:
    values: dict[str, Any] = {
        "account": wallet(cast.company), "amount": kroner(amount), "key": uuid4(), "by": cast.dave, "now": NOON,
    }  # fmt: skip
    return announce_top_up(**(values | changes))


def asked(cast: Cast, amount: int | Money = 4_000, **changes: Any) -> Withdrawal:
    money = kroner(amount) if isinstance(amount, int) else amount
    values: dict[str, Any] = {
        "account": wallet(cast.company), "amount": money, "holder": "Havblik ApS", "iban": IBAN, "key": uuid4(),
        "by": cast.dave, "now": NOON,
    }  # fmt: skip
    return withdraw(**(values | changes))


def test_an_announcement_moves_nothing_and_becomes_what_arrives(cast: Cast) -> None:
    key = uuid4()
    noted = announced(cast, key=key)
    assert announced(cast, key=key) == noted
    with pytest.raises(AnnouncementKeyReused):
        announced(cast, 1, key=key)
    assert wallet(cast.company).balance == kroner(0)
    other = arrive(cast, kroner(40_000), bank_line="other")
    assert other.pk != noted.pk
    done = arrive(cast, kroner(50_000), payer="Danske Bank")
    assert (done.pk, done.status, done.payer) == (noted.pk, "received", "Danske Bank")
    assert arrive(cast, kroner(50_000)).pk == noted.pk
    assert wallet(cast.company).balance == kroner(90_000)
    with pytest.raises(WrongState):
        cancel_top_up(top_up=noted, by=cast.dave, now=NOON)
    assert check_ledger() == []


def test_a_line_reported_twice_does_not_use_up_a_second_announcement(cast: Cast) -> None:
    announced(cast)
    arrive(cast, kroner(50_000))
    waiting = announced(cast)
    arrive(cast, kroner(50_000))
    assert TopUp.objects.get(pk=waiting.pk).status == "pending"
    assert wallet(cast.company).balance == kroner(50_000)


def test_an_announcement_is_struck_out(cast: Cast) -> None:
    noted = cancel_top_up(top_up=announced(cast), by=cast.dave, now=NOON)
    assert noted.status == "cancelled"
    assert arrive(cast, kroner(50_000)).pk != noted.pk


def test_the_bank_takes_a_top_up_back_even_below_zero(cast: Cast) -> None:
    top_up = arrive(cast, kroner(10_000), bank_line="a")
    buy(new_card(cast.carol), 6_000)
    with pytest.raises(ReasonMissing):
        return_top_up(top_up=top_up, reason="  ", by=cast.dave, now=NOON)
    back = return_top_up(top_up=top_up, reason="Recalled", by=cast.dave, now=NOON)
    assert (back.status, back.reason) == ("returned", "Recalled")
    assert wallet(cast.company).available == kroner(-6_000)
    booked = Transfer.objects.get(code="top_up_return")
    assert booked.reverses == Transfer.objects.get(code="top_up")
    with pytest.raises(WrongState):
        return_top_up(top_up=top_up, reason="Again", by=cast.dave, now=NOON)
    assert check_ledger() == []


def test_a_top_up_taken_back_frees_its_line(cast: Cast) -> None:
    first = arrive(cast, kroner(10_000))
    undo_top_up(top_up=first, by=cast.dave, now=NOON)
    again = arrive(cast, kroner(10_000))
    assert again.pk != first.pk and wallet(cast.company).balance == kroner(10_000)
    with pytest.raises(WrongState):
        undo_top_up(top_up=first, by=cast.dave, now=NOON)
    assert sweep(now=NOON.replace(year=2030), everything=True) == 3


@pytest.mark.parametrize(
    "fault",
    [{"bank_line": ""}, {"status": "returned"}, {"source": "direct_debit"}, {"source": "gift"}, {"status": "lost"}],
)
def test_the_database_refuses_a_wrong_top_up(cast: Cast, fault: dict[str, str]) -> None:
    row = arrive(cast, kroner(5))
    with pytest.raises(IntegrityError), transaction.atomic():
        TopUp.objects.filter(pk=row.pk).update(**fault)


def test_money_leaves_when_a_second_person_says_okay(cast: Cast) -> None:
    fund(cast.company, 10_000)
    key = uuid4()
    row = asked(cast, key=key, iban="de89 3704 0044 0532 0130 00")
    assert asked(cast, key=key) == row
    with pytest.raises(WithdrawalKeyReused):
        asked(cast, 1, key=key)
    assert wallet(cast.company).balance == kroner(10_000)
    with pytest.raises(OwnWithdrawal):
        decide_withdrawal(withdrawal=row, okay=True, by=cast.dave, now=NOON, is_fresh=True)
    decide_withdrawal(withdrawal=row, okay=True, by=cast.alice, now=NOON)
    assert (row.status, row.decided_by, row.is_alone) == ("sent", cast.alice, False)
    assert wallet(cast.company).balance == kroner(6_000)
    with pytest.raises(WrongState):
        decide_withdrawal(withdrawal=row, okay=True, by=cast.alice, now=NOON)
    assert Transfer.objects.get(code="withdrawal").subject_id == row.pk
    assert check_ledger() == []


def test_it_takes_only_what_is_free_at_the_moment_of_the_okay(cast: Cast) -> None:
    fund(cast.company, 10_000)
    row = asked(cast, 9_000)
    buy(new_card(cast.carol), 2_000)
    with pytest.raises(TooLittleAvailable):
        decide_withdrawal(withdrawal=row, okay=True, by=cast.alice, now=NOON)
    row.refresh_from_db()
    assert row.status == "asked"
    with pytest.raises(TooLittleAvailable):
        asked(cast, 8_001)


def test_who_asked_may_take_it_back_and_others_say_why_not(cast: Cast) -> None:
    fund(cast.company, 10_000)
    assert decide_withdrawal(withdrawal=asked(cast), okay=False, by=cast.dave, now=NOON).status == "cancelled"
    row = asked(cast)
    with pytest.raises(ReasonMissing):
        decide_withdrawal(withdrawal=row, okay=False, by=cast.alice, now=NOON)
    assert decide_withdrawal(withdrawal=row, okay=False, by=cast.alice, now=NOON, reason="Why?").status == "declined"
    assert not Transfer.objects.filter(code="withdrawal").exists()


def test_a_company_of_one_confirms_and_the_record_says_so(cast: Cast) -> None:
    fund(cast.company, 10_000)
    Membership.objects.filter(pk=cast.alice.pk).update(status="left")
    row = asked(cast)
    with pytest.raises(FreshProofNeeded):
        decide_withdrawal(withdrawal=row, okay=True, by=cast.dave, now=NOON)
    decide_withdrawal(withdrawal=row, okay=True, by=cast.dave, now=NOON, is_fresh=True)
    assert row.is_alone
    assert Event.objects.get(verb="withdrawal.sent").changes["alone"] == "no_one_else_eligible"


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (AmountNotPositive, {"amount": kroner(0)}), (OtherCurrency, {"amount": Money(5, "EUR")}), (HolderMissing, {"holder": " "}),
        (IbanWrong, {"iban": "DE88370400440532013000"}), (IbanWrong, {"iban": ""}), (TooLittleAvailable, {"amount": kroner(10_001)}),
    ],
)  # fmt: skip
def test_requests_that_make_no_sense(cast: Cast, error: type[Exception], fault: dict[str, Any]) -> None:
    fund(cast.company, 10_000)
    with pytest.raises(error):
        asked(cast, **{"amount": 1, **fault})
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": "sent"}, {"amount": 0}, {"iban": "x"}, {"status": "lost"}, {"currency": "kr"},
        {"status": "sent", "decided_by": "dave", "decided_at": NOON}, {"decided_at": NOON},
    ],
)  # fmt: skip
def test_the_database_refuses_a_wrong_withdrawal(cast: Cast, fault: dict[str, Any]) -> None:
    fund(cast.company, 10_000)
    row = asked(cast)
    values = {name: cast.dave if value == "dave" else value for name, value in fault.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Withdrawal.objects.filter(pk=row.pk).update(**values)


def plan(cast: Cast, **changes: Any) -> FeePlan:
    values = {
        "company": cast.company, "text": "Pleo Essential", "amount": 39_000, "currency": "DKK", "first_month": date(2026, 9, 1),
    }  # fmt: skip
    return FeePlan.objects.create(**(values | changes))


def test_a_month_is_charged_once_however_often_it_is_due(cast: Cast) -> None:
    row = plan(cast)
    assert charge_due(now=NOON) == 3
    assert charge_due(now=NOON) == 0
    first = Fee.objects.get(month=date(2026, 9, 1))
    assert charge_fee(plan=row, month=date(2026, 9, 1), now=NOON) == first
    assert wallet(cast.company).balance == kroner(-117_000)
    assert Transfer.objects.filter(code="fee").count() == 3
    # The last evening of November in UTC is December where the company is.
    assert charge_due(now=datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) == 1
    assert check_ledger() == []
    assert sweep(now=NOON.replace(year=2030), everything=True) == 4


def test_a_plan_ends_and_one_entered_late_does_not_reach_back_for_ever(cast: Cast) -> None:
    plan(cast, last_month=date(2026, 10, 1))
    assert charge_due(now=NOON) == 2
    plan(cast, first_month=date(1999, 1, 1))
    assert charge_due(now=NOON) == 25
    plan(cast, currency="EUR")
    assert charge_due(now=NOON) == 0


@pytest.mark.parametrize(
    "fault", [{"amount": 0}, {"first_month": date(2026, 9, 2)}, {"last_month": date(2026, 8, 1)}, {"currency": "kr"}]
)
def test_the_database_refuses_a_wrong_plan(cast: Cast, fault: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        plan(cast, **fault)


def test_the_database_refuses_a_second_fee_of_a_month(cast: Cast) -> None:
    row = plan(cast)
    charge_fee(plan=row, month=date(2026, 9, 1), now=NOON)
    values = {"company": cast.company, "plan": row, "text": "x", "currency": "DKK"}
    for month, amount in ((date(2026, 9, 1), 1), (date(2026, 10, 2), 1), (date(2026, 10, 1), 0)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Fee.objects.create(**values, month=month, amount=amount)


def test_pages_of_top_ups(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    page = client.get(f"{BASE}/top-up/").content.decode()
    assert "RF" in page and wallet(cast.company).top_up_reference in page
    client.post(f"{BASE}/top-up/", {"amount": "125,50", "key": str(uuid4()), "announce": "1"})
    noted = TopUp.objects.get()
    assert noted.status == "pending"
    assert "On its way" in client.get(f"{BASE}/top-ups/").content.decode()
    assert "No top-up matches" in client.get(f"{BASE}/top-ups/?status=returned").content.decode()
    assert client.post(f"{BASE}/top-ups/{noted.pk}/cancel/").status_code == 303
    done = arrive(cast, kroner(10_000))
    assert client.post(f"{BASE}/top-ups/{done.pk}/return/", {"reason": ""}).status_code == 422
    assert client.post(f"{BASE}/top-ups/{done.pk}/return/", {"reason": "Recalled"}).status_code == 303
    assert "Recalled" in client.get(f"{BASE}/top-ups/?q=recalled").content.decode()
    file = b"".join(client.get(f"{BASE}/top-ups/top-ups.csv").streaming_content).decode()
    assert "returned,100.00,DKK" in file


def test_pages_of_withdrawals(cast: Cast, sign_in: Any) -> None:
    fund(cast.company, 10_000)
    client, second = sign_in(cast.dave), sign_in(cast.alice)
    data = {"account": wallet(cast.company).pk, "amount": "40", "holder": "Havblik", "iban": IBAN, "key": str(uuid4())}
    assert client.post(f"{BASE}/withdraw/", {**data, "iban": "x"}).status_code == 422
    assert client.post(f"{BASE}/withdraw/", data).status_code == 303
    row = Withdrawal.objects.get()
    at = f"{BASE}/withdrawals/{row.pk}/decision/"
    assert Notification.objects.filter(membership=cast.alice, event__verb="withdrawal.asked").count() in (0, 2)
    assert "Take it back" in client.get(at).content.decode()
    assert client.post(at, {"outcome": "okay"}).status_code == 422
    assert second.post(at, {"outcome": "not_okay"}).status_code == 422
    assert second.post(at, {"outcome": "okay"}).status_code == 303
    assert second.post(at, {"outcome": "okay"}).status_code == 422
    assert "Havblik" in second.get(f"{BASE}/withdrawals/?status=sent").content.decode()
    assert IBAN in b"".join(client.get(f"{BASE}/withdrawals/withdrawals.csv").streaming_content).decode()
    assert "No fees so far" in client.get(f"{BASE}/fees/").content.decode()
    plan(cast)
    charge_due(now=NOON)
    assert "Pleo Essential" in client.get(f"{BASE}/fees/").content.decode()
    assert "2026-09" in b"".join(client.get(f"{BASE}/fees/fees.csv").streaming_content).decode()


def test_the_api_of_money_out(cast: Cast) -> None:
    fund(cast.company, 10_000)
    dave, alice = caller(cast.dave), caller(cast.alice)
    body = {"money": {"amount": 4_000, "currency": "DKK"}, "holder": "Havblik", "iban": IBAN, "key": str(uuid4())}
    row = dave("post", "withdrawals/", body).json()
    assert dave("post", "withdrawals/", body).json() == row
    refused = dave("post", f"withdrawals/{row['id']}/decision/", {"outcome": "okay"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "own_withdrawal")
    assert alice("post", f"withdrawals/{row['id']}/decision/", {"outcome": "okay"}).json()["status"] == "sent"
    done = arrive(cast, kroner(700))
    assert dave("post", f"top-ups/{done.pk}/return/", {"reason": "Recalled"}).json()["status"] == "returned"
    plan(cast)
    charge_due(now=NOON)
    assert len(dave("get", "fees/").json()["results"]) == 3
