"""The ledger is proved going on from what was proved before; a full count sees what a quick one cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pleo.lib import append_only
from tests.cards.play import buy, fund, kroner, new_card, wallet
from tests.cards.test_api import caller
from tests.conftest import Cast
from wallet.models import LedgerAccount, LedgerCheck, Transfer
from wallet.verify_ledger import latest_check, verify_due, verify_ledger

LEDGER = "/c/havblik/ledger/"


def test_each_check_goes_on_from_the_last(cast: Cast) -> None:
    now = timezone.now()
    fund(cast.company, 100_000)
    first = verify_ledger(company=cast.company, now=now)
    assert (first.agrees, first.transfers, first.proved, first.sums) == (True, 1, 0, {})
    later = now + timedelta(hours=1)
    second = verify_ledger(company=cast.company, now=later)
    assert (second.proved, second.full_at, second.checked_at) == (1, now, later)
    assert second.sums[str(wallet(cast.company).pk)] == [0, 100_000]
    fund(cast.company, 5_000)
    buy(new_card(cast.carol), 700)
    third = verify_ledger(company=cast.company, now=later)
    # Its id is of an hour ago, as a machine with a wrong clock makes them: then everything is counted before any alarm.
    assert (third.agrees, third.transfers, third.full_at) == (True, 2, later)
    assert verify_ledger(company=cast.company, now=later, full=True).full_at == later
    assert LedgerCheck.objects.count() == 1


@pytest.mark.parametrize("fault", [{"credits_posted": 1}, {"debits_pending": 5}, {"credits_pending": 2}])
def test_a_counter_that_differs_is_told(cast: Cast, fault: dict[str, int]) -> None:
    fund(cast.company, 100_000)
    now = timezone.now()
    verify_ledger(company=cast.company, now=now)
    LedgerAccount.objects.filter(pk=wallet(cast.company).pk).update(**fault)
    found = verify_ledger(company=cast.company, now=now + timedelta(hours=1))
    [difference] = found.differences
    assert (difference["counter"], difference["kept"]) == next(iter(fault.items()))
    assert verify_due(now=now + timedelta(hours=2)) == 1


def test_a_row_changed_behind_our_back_is_seen_by_the_full_count(cast: Cast) -> None:
    fund(cast.company, 100_000)
    now = timezone.now()
    verify_ledger(company=cast.company, now=now + timedelta(hours=1))
    with append_only.lifted(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Transfer._meta.db_table} SET amount = 1")
    assert verify_ledger(company=cast.company, now=now + timedelta(hours=2)).agrees
    assert not verify_ledger(company=cast.company, now=now + timedelta(hours=3), full=True).agrees


def test_everything_is_counted_once_a_day(cast: Cast) -> None:
    now = timezone.now()
    assert verify_due(now=now) == 0
    verify_due(now=now + timedelta(hours=5))
    assert set(LedgerCheck.objects.values_list("full_at", flat=True)) == {now}
    verify_due(now=now + timedelta(hours=24))
    assert set(LedgerCheck.objects.values_list("full_at", flat=True)) == {now + timedelta(hours=24)}


def test_companies_are_checked_apart(cast: Cast) -> None:
    now = timezone.now()
    fund(cast.other, 700)
    LedgerAccount.objects.filter(pk=wallet(cast.other).pk).update(credits_posted=1)
    assert latest_check(company=cast.company, now=now).agrees
    assert not latest_check(company=cast.other, now=now).agrees


def test_the_database_keeps_the_order_of_its_times(cast: Cast) -> None:
    check = verify_ledger(company=cast.company, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerCheck.objects.update(checked_at=check.checked_at - timedelta(days=1))


def test_opening_the_ledger_counts_nothing_and_the_button_does(cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    client = sign_in(cast.bob)
    fund(cast.company, 100_000)
    assert "The ledger agrees" in client.get(LEDGER).content.decode()
    LedgerAccount.objects.filter(pk=wallet(cast.company).pk).update(credits_posted=1)
    assert "The ledger agrees" in client.get(LEDGER).content.decode()
    assert client.post(f"{LEDGER}check/", {"full": "1"}).status_code == 303
    page = client.get(LEDGER).content.decode()
    assert "The ledger does not agree" in page and "credits_posted" in page and "asked for by Bob" in page


def test_the_api(cast: Cast) -> None:
    calls = caller(cast.bob)
    fund(cast.company, 500)
    assert calls("get", "ledger-check/").json()["agrees"] is True
    assert calls("post", "ledger-check/").json()["transfers"] == 1
    found = calls("get", f"wallets/{wallet(cast.company).pk}/statement/?start=2026-11-01&end=2026-11-30").json()
    assert (found["opening"]["amount"], found["closing"]["amount"], found["ends"]) == (0, 500, "2026-12-01")
    refused = calls("get", f"wallets/{wallet(cast.company).pk}/statement/?start=2026-11-09&end=2026-11-01")
    assert refused.status_code == 422
    assert (
        kroner(500).amount
        == calls("get", f"wallets/{wallet(cast.company).pk}/statements/").json()[0]["closing"]["amount"]
    )
