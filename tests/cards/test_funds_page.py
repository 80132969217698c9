"""Have the issuer fetch money from a page: once for each form, and every outcome is shown."""

# ruff: noqa: F811 - fixtures of another module

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cards.funds_asked import SHOWN
from cards.models import Card
from pleo.lib.ids import uuid7
from tests.cards import play
from tests.cards.stripe_mock import StripeMock
from tests.cards.test_api import caller
from tests.cards.test_stripe_doors import card, event, mock, told  # noqa: F401 - fixtures and documents
from tests.conftest import Cast

SignIn = Callable[[Any], Client]


def page(cast: Cast) -> str:
    return f"/c/{cast.company.slug}/cards/issuer/money/"


def topup(cast: Cast, mock: StripeMock, kind: str, status: str, **more: Any) -> dict[str, Any]:
    """An event about the money that was asked for last."""
    asked = mock.of("/v1/topups")[-1].params
    made = {"id": "tu_1", "amount": int(asked["amount"]), "currency": "dkk", "status": status, **more}
    return event(kind, made | {"metadata": {"company": asked["metadata[company]"]}})


def test_it_is_fetched_once_and_shown_until_it_comes(card: Card, mock: StripeMock, cast: Cast, sign_in: SignIn) -> None:
    dave, key = sign_in(cast.dave), str(uuid7())
    for _ in range(2):
        told_so = dave.post(page(cast), {"amount": "500", "key": key}, follow=True).content.decode()
        assert "The issuer fetches" in told_so
    assert len({call.key for call in mock.of("/v1/topups")}) == 1
    shown = dave.get(page(cast)).content.decode()
    assert shown.count("On its way") == 1 and "Dave" in shown
    reference = mock.answered[mock.of("/v1/topups")[0].key][1]["id"]
    told(topup(cast, mock, "topup.succeeded", "succeeded", id=reference))
    assert play.wallet(cast.company).balance.amount == 150_000
    assert "Arrived" in dave.get(page(cast)).content.decode()


def test_a_no_of_the_bank_is_shown_with_its_reason(card: Card, mock: StripeMock, cast: Cast, sign_in: SignIn) -> None:
    dave = sign_in(cast.dave)
    dave.post(page(cast), {"amount": "500", "key": str(uuid7())})
    reference = mock.answered[mock.of("/v1/topups")[0].key][1]["id"]
    told(topup(cast, mock, "topup.failed", "failed", id=reference, failure_code="insufficient_funds"))
    shown = dave.get(page(cast)).content.decode()
    assert "Refused by the bank" in shown and "insufficient_funds" in shown
    assert play.wallet(cast.company).balance.amount == 100_000


@pytest.mark.parametrize("amount", ["", "-5", "0", "many", "1e99", "1,2345", "99999999999999999999"])
def test_what_is_no_amount_is_said_beside_the_field(
    card: Card, mock: StripeMock, cast: Cast, sign_in: SignIn, amount: str
) -> None:
    answer = sign_in(cast.dave).post(page(cast), {"amount": amount, "key": str(uuid7())})
    assert answer.status_code == 422 and "field__error" in answer.content.decode()
    assert not mock.of("/v1/topups")


def test_without_an_answer_the_same_form_asks_again_with_the_same_key(
    card: Card, mock: StripeMock, cast: Cast, sign_in: SignIn
) -> None:
    mock.fail(500, "api_error", times=9)
    key = str(uuid7())
    answer = sign_in(cast.dave).post(page(cast), {"amount": "500", "key": key})
    assert answer.status_code == 422 and key in answer.content.decode()
    assert "fetches once" in answer.content.decode()


def test_an_issuer_that_fetches_nothing_says_so(cast: Cast, sign_in: SignIn) -> None:
    dave = sign_in(cast.dave)
    assert "This card issuer fetches no money." in dave.get(page(cast)).content.decode()
    assert dave.post(page(cast), {"amount": "5", "key": str(uuid7())}).status_code == 422
    assert sign_in(cast.carol).get(page(cast)).status_code == 403


def test_the_api_fetches_by_the_bodys_key(card: Card, mock: StripeMock, cast: Cast) -> None:
    dave, body = caller(cast.dave), {"amount": {"amount": 50_000, "currency": "DKK"}, "key": str(uuid7())}
    first, again = dave("post", "issuer-funds/", body), dave("post", "issuer-funds/", body)
    assert (first.status_code, first.json()["state"]) == (202, "pending") and first.json() == again.json()
    assert dave("get", "issuer-funds/").json() == [first.json()]
    other = body | {"key": str(uuid7()), "amount": {"amount": 5, "currency": "EUR"}}
    assert dave("post", "issuer-funds/", other).status_code == 422
    assert caller(cast.carol)("post", "issuer-funds/", body).status_code == 403


def test_a_key_counts_longer_than_the_issuer_and_the_list_remember_it(card: Card, mock: StripeMock, cast: Cast) -> None:
    dave, body = caller(cast.dave), {"amount": {"amount": 50_000, "currency": "DKK"}, "key": str(uuid7())}
    first = dave("post", "issuer-funds/", body)
    for _ in range(SHOWN):
        dave("post", "issuer-funds/", body | {"key": str(uuid7())})
    mock.answered.clear()  # Stripe forgets a key after a day.
    asked = len(mock.of("/v1/topups"))
    again = dave("post", "issuer-funds/", body)
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(mock.of("/v1/topups")) == asked
    other = dave("post", "issuer-funds/", body | {"amount": {"amount": 60_000, "currency": "DKK"}})
    assert other.status_code == 422 and len(mock.of("/v1/topups")) == asked


def test_who_asks_the_holder_is_said(card: Card, cast: Cast, sign_in: SignIn) -> None:
    questions = f"/c/{cast.company.slug}/cards/questions/"
    assert "asks the holders itself" in sign_in(cast.dave).get(questions).content.decode()
    own = sign_in(cast.carol).get(f"/c/{cast.company.slug}/cards/{card.pk}/").content.decode()
    assert "asks you itself" in own
