"""A wallet that tops itself up, tells once when it runs low, and says how long it lasts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from events.models import Event, Notification
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards.play import NOON, buy, fund, kroner, new_card, wallet
from tests.cards.test_api import caller
from tests.conftest import Cast
from tests.wallet.test_pages import spend
from wallet.check_ledger import check_ledger
from wallet.collect import collect, collect_due, used_of_cap
from wallet.forecast import forecast
from wallet.models import LowBalance, Mandate, TopUp, TopUpRule
from wallet.refuse_debit import refuse_debit
from wallet.return_top_up import return_top_up
from wallet.revoke_mandate import revoke_mandate
from wallet.set_low_balance import set_low_balance
from wallet.set_top_up_rule import CapTooSmall, MandateRevoked, set_top_up_rule
from wallet.settle_debit import settle_debit, settle_due
from wallet.sign_mandate import NoDirectDebit, sign_mandate
from wallet.transfer import AmountNotPositive, OtherCurrency
from wallet.turn_top_up_rule import turn_top_up_rule
from wallet.watch_balance import watch_balances
from wallet.withdraw import HolderMissing, IbanWrong

BASE = "/c/havblik/wallet"
IBAN = "DE89370400440532013000"
LATER = NOON + timedelta(minutes=10)


def signed(cast: Cast, **changes: Any) -> Mandate:
    return sign_mandate(**({"holder": "Havblik ApS", "iban": IBAN, "by": cast.dave, "now": NOON} | changes))


def ruled(cast: Cast, **changes: Any) -> TopUpRule:
    values: dict[str, Any] = {
        "account": wallet(cast.company), "mandate": Mandate.objects.first() or signed(cast), "below": kroner(10_000),
        "amount": kroner(20_000), "cap": kroner(50_000), "cap_interval": "day", "by": cast.dave, "now": NOON,
    }  # fmt: skip
    return set_top_up_rule(**(values | changes))


def test_below_the_threshold_it_collects_once_and_the_money_comes_later(cast: Cast) -> None:
    rule = ruled(cast)
    assert collect_due(now=NOON) == 1
    assert collect_due(now=NOON) == 0
    [ordered] = TopUp.objects.all()
    assert (ordered.status, ordered.source, ordered.rule, ordered.money) == (
        "pending",
        "direct_debit",
        rule,
        kroner(20_000),
    )
    assert wallet(cast.company).balance == kroner(0)
    assert settle_due(now=NOON) == 0
    assert settle_due(now=LATER) == 1
    assert settle_due(now=LATER) == 0
    assert wallet(cast.company).balance == kroner(20_000)
    assert collect_due(now=LATER) == 0
    assert settle_debit(top_up=ordered, now=LATER).pk == ordered.pk
    assert wallet(cast.company).balance == kroner(20_000)
    assert check_ledger() == []


def test_the_cap_of_the_day_and_of_the_month(cast: Cast) -> None:
    rule = ruled(cast, below=kroner(90_000))
    for _ in range(4):
        collect_due(now=NOON)
        settle_due(now=LATER)
    assert used_of_cap(rule, NOON) == kroner(40_000)
    assert TopUp.objects.count() == 2
    # Eleven at night in UTC is the next day where the company is.
    assert collect_due(now=datetime(2026, 11, 20, 23, 0, tzinfo=UTC)) == 1
    settle_due(now=datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
    ruled(cast, below=kroner(90_000), cap_interval="month", cap=kroner(70_000))
    assert collect_due(now=datetime(2026, 11, 25, tzinfo=UTC)) == 0
    assert collect_due(now=datetime(2026, 12, 1, tzinfo=UTC)) == 1


def test_ending_a_rule_and_making_another_does_not_begin_the_cap_anew(cast: Cast) -> None:
    rule = ruled(cast, cap=kroner(20_000))
    collect_due(now=NOON)
    settle_due(now=LATER)
    fund(cast.company, 1)
    turn_top_up_rule(rule=rule, status="ended", by=cast.dave, now=NOON)
    again = ruled(cast, below=kroner(90_000), cap=kroner(20_000))
    assert again.pk != rule.pk and collect_due(now=LATER) == 0


def test_a_collection_that_is_refused_or_comes_back_pauses_the_rule(cast: Cast) -> None:
    rule = ruled(cast)
    ordered = collect(rule_id=rule.pk, now=NOON)
    assert ordered is not None
    refuse_debit(top_up=ordered, reason="No money", now=NOON)
    with pytest.raises(WrongState):
        refuse_debit(top_up=ordered, reason="No money", now=NOON)
    with pytest.raises(WrongState):
        settle_debit(top_up=ordered, now=NOON)
    rule.refresh_from_db()
    assert (rule.status, rule.pause_code, collect_due(now=NOON)) == ("paused", "refused", 0)
    turn_top_up_rule(rule=rule, status="on", by=cast.dave, now=NOON)
    collect_due(now=NOON)
    settle_due(now=LATER)
    return_top_up(top_up=TopUp.objects.get(status="received"), reason="Disputed", now=LATER)
    rule.refresh_from_db()
    assert (rule.status, rule.pause_code) == ("paused", "returned")
    assert wallet(cast.company).balance == kroner(0)
    assert check_ledger() == []


def test_a_revoked_mandate_collects_nothing(cast: Cast) -> None:
    rule, mandate = ruled(cast), Mandate.objects.get()
    assert signed(cast) == mandate
    revoke_mandate(mandate=mandate, by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        revoke_mandate(mandate=mandate, by=cast.dave, now=NOON)
    rule.refresh_from_db()
    assert (rule.status, rule.pause_code, collect_due(now=NOON)) == ("paused", "mandate_revoked", 0)
    with pytest.raises(MandateRevoked):
        turn_top_up_rule(rule=rule, status="on", by=cast.dave, now=NOON)
    with pytest.raises(MandateRevoked):
        ruled(cast, mandate=mandate)
    assert signed(cast).pk != mandate.pk
    turn_top_up_rule(rule=rule, status="ended", by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        turn_top_up_rule(rule=rule, status="paused", by=cast.dave, now=NOON)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (AmountNotPositive, {"below": kroner(0)}), (OtherCurrency, {"amount": Money(5, "EUR")}), (CapTooSmall, {"cap": kroner(19_999)}),
    ],
)  # fmt: skip
def test_rules_that_make_no_sense(cast: Cast, error: type[Exception], fault: dict[str, Any]) -> None:
    with pytest.raises(error):
        ruled(cast, **fault)
    assert not TopUpRule.objects.exists()


def test_mandates_that_make_no_sense(cast: Cast) -> None:
    for error, fault in ((IbanWrong, {"iban": "x"}), (HolderMissing, {"holder": ""})):
        with pytest.raises(error):
            signed(cast, **fault)
    type(cast.company).objects.update(issuer="stripe")
    cast.dave.company.refresh_from_db()
    with pytest.raises(NoDirectDebit):
        signed(cast)


@pytest.mark.parametrize(
    "fault", [{"threshold": 0}, {"cap_amount": 1}, {"status": "lost"}, {"cap_interval": "week"}, {"currency": "kr"}]
)
def test_the_database_refuses_a_wrong_rule(cast: Cast, fault: dict[str, Any]) -> None:
    ruled(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        TopUpRule.objects.update(**fault)


def test_the_database_keeps_one_rule_one_order_one_mandate(cast: Cast) -> None:
    rule = ruled(cast)
    ordered = collect(rule_id=rule.pk, now=NOON)
    assert ordered is not None
    for row in (rule, ordered, rule.mandate):
        row.pk = None
        row._state.adding = True
        if isinstance(row, Mandate):
            row.reference = "other"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        LowBalance.objects.create(company=cast.company, account=wallet(cast.company), threshold=0, currency="DKK")


def test_finance_is_told_once_for_each_crossing(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    now = timezone.now()
    fund(cast.company, 20_000)
    set_low_balance(account=wallet(cast.company), below=kroner(10_000), by=cast.dave, now=now)
    assert watch_balances(now=now) == 0
    buy(new_card(cast.carol), 12_000)
    with django_capture_on_commit_callbacks(execute=True):
        assert watch_balances(now=now) == 1
    assert watch_balances(now=now) == 0
    told = Notification.objects.filter(event__verb="low_balance.crossed")
    assert {(row.membership, row.channel) for row in told} == {
        (person, channel) for person in (cast.alice, cast.dave) for channel in ("in_app", "email")
    }
    assert Event.objects.get(verb="low_balance.crossed").changes["amount"] == 8_000
    fund(cast.company, 50_000)
    assert watch_balances(now=now) == 0
    buy(new_card(cast.carol), 55_000)
    assert watch_balances(now=now) == 1
    set_low_balance(account=wallet(cast.company), below=kroner(5_000), by=cast.dave, now=now)
    assert watch_balances(now=now) == 1
    set_low_balance(account=wallet(cast.company), below=None, by=cast.dave, now=now)
    assert watch_balances(now=now) == 0
    assert mail.outbox is not None


def test_a_pace_is_what_was_spent_in_thirty_days(cast: Cast) -> None:
    account = wallet(cast.company)
    assert forecast(accounts=[account], now=NOON).days is None
    fund(cast.company, 1_000_000)
    spend(account, 60_000, NOON - timedelta(days=3))
    spend(account, 99_000, NOON - timedelta(days=31))
    found = forecast(accounts=[wallet(cast.company)], now=NOON)
    assert (found.over, found.spent, found.a_day) == (30, kroner(60_000), kroner(2_000))
    assert found.available.amount == 1_000_000 - 60_000 - 99_000 + 2
    assert (found.days, found.until) == (420, date(2028, 1, 14))
    young = forecast(accounts=[wallet(cast.company)], now=datetime(2026, 10, 23, tzinfo=UTC))
    assert young.days is None


def test_the_page_sets_everything(cast: Cast, sign_in: Any) -> None:
    client, at = sign_in(cast.dave), f"{BASE}/automatic"
    assert "None yet. A rule collects with a mandate" in client.get(f"{at}/").content.decode()
    assert client.post(f"{at}/mandates/", {"holder": "Havblik", "iban": "x"}).status_code == 422
    assert client.post(f"{at}/mandates/", {"holder": "Havblik", "iban": IBAN}).status_code == 303
    mandate = Mandate.objects.get()
    data = {"below": "100", "amount": "200", "cap": "500", "cap_interval": "day", "mandate": str(mandate.pk)}
    assert client.post(f"{at}/rule/", {**data, "cap": "100"}).status_code == 422
    assert client.post(f"{at}/rule/", data).status_code == 303
    rule = TopUpRule.objects.get()
    assert "Below" in client.get(f"{at}/").content.decode()
    for status, after in (("paused", "paused"), ("on", "on"), ("made up", "on")):
        assert client.post(f"{at}/rule/{rule.pk}/", {"status": status}).status_code == 303
        rule.refresh_from_db()
        assert rule.status == after
    assert client.post(f"{at}/alert/", {"below": "abc"}).status_code == 422
    assert client.post(f"{at}/alert/", {"below": "150"}).status_code == 303
    assert LowBalance.objects.get().below == kroner(15_000)
    assert client.post(f"{at}/alert/", {"below": ""}).status_code == 303
    assert not LowBalance.objects.get().is_on
    collect_due(now=timezone.now())
    ordered = TopUp.objects.get()
    assert "Let it arrive" in client.get(f"{BASE}/top-ups/").content.decode()
    assert client.post(f"{BASE}/top-ups/{ordered.pk}/play/", {"answer": "refuse"}).status_code == 303
    ordered.refresh_from_db()
    assert ordered.status == "failed"
    assert "the bank refused a collection" in client.get(f"{at}/").content.decode()
    assert client.post(f"{at}/mandates/{mandate.pk}/revocation/").status_code == 404
    assert client.post(f"{at}/mandates/{mandate.pk}/").status_code == 303
    assert sign_in(cast.bob).get(f"{at}/?wallet=made-up").status_code == 200
    assert sign_in(cast.bob).post(f"{at}/alert/", {"below": "1"}).status_code == 403


def test_the_api(cast: Cast) -> None:
    calls, main = caller(cast.dave), wallet(cast.company).pk
    mandate = calls("post", "mandates/", {"holder": "Havblik", "iban": IBAN}).json()
    body = {
        "mandate": mandate["id"], "below": {"amount": 100, "currency": "DKK"}, "money": {"amount": 200, "currency": "DKK"},
        "cap": {"amount": 500, "currency": "DKK"}, "cap_interval": "month",
    }  # fmt: skip
    assert calls("get", f"wallets/{main}/rule/").status_code == 404
    assert calls("put", f"wallets/{main}/rule/", body).json()["status"] == "on"
    assert calls("patch", f"wallets/{main}/rule/", {"status": "paused"}).json()["status"] == "paused"
    assert calls("delete", f"wallets/{main}/rule/").json()["status"] == "ended"
    below = {"below": {"amount": 100, "currency": "DKK"}}
    assert calls("put", f"wallets/{main}/alert/", below).json()["is_on"] is True
    assert calls("get", f"wallets/{main}/alert/").json()["below"] == below["below"]
    assert calls("delete", f"wallets/{main}/alert/").status_code == 204
    assert calls("get", f"wallets/{main}/forecast/").json()["days"] is None
    assert calls("delete", f"mandates/{mandate['id']}/").json()["revoked_at"]
    assert len(calls("get", "mandates/").json()["results"]) == 1
