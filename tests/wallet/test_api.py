"""Balance, transfers and top-ups over the API."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company
from tests.cards import play
from tests.cards.play import kroner, wallet
from tests.cards.test_api import Call, caller
from tests.conftest import Cast
from wallet.models import TopUp, Transfer


@pytest.fixture
def calls(cast: Cast) -> Call:
    return caller(cast.dave)


ARRIVED = {"money": {"amount": 500_000, "currency": "DKK"}, "bank_line": "2026-11-20/17", "payer": "Havblik ApS"}


def test_the_wallet(cast: Cast, calls: Call) -> None:
    play.fund(cast.company, 100_000)
    play.buy(play.new_card(cast.carol), 4_800)
    body = calls("get", "wallet/").json()
    assert (body["balance"]["amount"], body["reserved"]["amount"], body["available"]["amount"]) == (
        100_000,
        4_800,
        95_200,
    )
    assert body["top_up_reference"] == wallet(cast.company).top_up_reference


def test_a_debt_reads_below_zero(cast: Cast, calls: Call) -> None:
    from cards.intake import deliver
    from cards.models import MessageKind

    deliver(message=play.message(MessageKind.CLEARING, play.new_card(cast.carol), 700), now=play.NOON)
    assert calls("get", "wallet/").json()["available"] == {"amount": -700, "currency": "DKK"}


def test_nobody_reports_real_money_to_themselves(cast: Cast, calls: Call) -> None:
    Company.objects.filter(pk=cast.company.pk).update(issuer="bank")
    assert calls("post", "top-ups/", ARRIVED).status_code == 403
    assert not TopUp.objects.exists()


def test_a_top_up_is_booked_once(cast: Cast, calls: Call) -> None:
    first, again = calls("post", "top-ups/", ARRIVED), calls("post", "top-ups/", ARRIVED)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert (wallet(cast.company).balance, Transfer.objects.count()) == (kroner(500_000), 1)
    other = calls("post", "top-ups/", ARRIVED | {"money": {"amount": 1, "currency": "DKK"}})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "bank_line_reused")
    assert [row["bank_line"] for row in calls("get", "top-ups/").json()["results"]] == ["2026-11-20/17"]


@pytest.mark.parametrize(
    "changes",
    [
        {"money": None},
        {"money": {"amount": 0, "currency": "DKK"}},
        {"money": {"amount": -5, "currency": "DKK"}},
        {"money": {"amount": 5, "currency": "EUR"}},
        {"money": {"amount": 5.0, "currency": "DKK"}},
        {"bank_line": ""},
        {"bank_line": "x" * 81},
        {"bank_line": "a\x00b"},
        {"value_date": "yesterday"},
        {"payer": "x" * 141},
    ],
)
def test_wrong_top_ups_are_422(cast: Cast, calls: Call, changes: dict[str, Any]) -> None:
    assert calls("post", "top-ups/", ARRIVED | changes).status_code == 422
    assert not TopUp.objects.exists()


def test_transfers_name_both_sides(cast: Cast, calls: Call) -> None:
    calls("post", "top-ups/", ARRIVED)
    (row,) = calls("get", "transfers/?code=top_up").json()["results"]
    assert (row["debit_account"], row["credit_account"], row["money"]["amount"]) == (
        "bank_in_transit",
        "wallet",
        500_000,
    )
    assert calls("get", "transfers/?code=fee").json()["results"] == []
    assert caller(cast.mallory)("get", "transfers/").json()["results"] == []


def test_an_employee_sees_no_wallet(cast: Cast) -> None:
    calls = caller(cast.carol)
    for path in ("wallet/", "transfers/", "top-ups/"):
        assert calls("get", path).status_code == 403
