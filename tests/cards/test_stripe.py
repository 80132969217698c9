"""Asking Stripe: each call with parameters that Stripe knows, made once whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import stripe as library
from django.utils import timezone

from cards.issuers import stripe
from cards.issuers.base import (
    Address,
    BadSignature,
    CardOrder,
    Controls,
    DisputeOrder,
    Holder,
    IssuerRefused,
    IssuerUnavailable,
)
from cards.models import IssuerStatus
from pleo.lib.money import Money
from tests.cards import stripe_mock
from tests.cards.stripe_mock import Call, StripeMock

KEY, OTHER = UUID(int=1), UUID(int=2)
CAROL = Holder(key=UUID(int=9), name="Carol Christensen", email="carol@example.com")
POST = Address("Carol Christensen", "Nordre Fasanvej 4", "Frederiksberg", "2000", "DK", line2="2. tv.")
SECRET = "whsec_test"


@pytest.fixture
def mock(settings: Any) -> Iterator[StripeMock]:
    with stripe_mock.serving() as mock:
        settings.STRIPE_API, settings.STRIPE_SECRET_KEY = mock.url, "sk_test_1"
        settings.STRIPE_PUBLISHABLE_KEY = "pk_test_1"
        settings.STRIPE_BILLING_ADDRESS = "Havnegade 1; 1058; København; dk"
        settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", SECRET]
        yield mock


def order(**changes: Any) -> CardOrder:
    return CardOrder(**({"key": KEY, "holder": CAROL, "currency": "DKK", "today": date(2026, 11, 20)} | changes))


def test_a_card_is_made_for_a_cardholder_that_is_made_with_it(mock: StripeMock) -> None:
    made = stripe.adapter.create_card(order())
    holder, card = mock.calls
    assert holder.params == {
        "name": "Carol Christensen",
        "type": "individual",
        "billing[address][line1]": "Havnegade 1",
        "billing[address][city]": "København",
        "billing[address][postal_code]": "1058",
        "billing[address][country]": "DK",
        "individual[first_name]": "Carol",
        "individual[last_name]": "Christensen",
        "metadata[membership]": str(CAROL.key),
        "email": "carol@example.com",
    }
    assert card.params == {
        "cardholder": made.holder_reference,
        "currency": "dkk",
        "type": "virtual",
        "status": "active",
        "metadata[card]": str(KEY),
    }
    assert (made.last_four, made.expires_month, made.status) == ("0002", date(2029, 11, 1), IssuerStatus.ACTIVE)


def test_a_plastic_card_is_sent_somewhere_and_rests_until_it_is_there(mock: StripeMock) -> None:
    known = Holder(key=CAROL.key, name=CAROL.name, reference="ich_known")
    made = stripe.adapter.create_card(
        order(holder=known, is_physical=True, ship_to=POST, replaces="ic_old", because="lost")
    )
    (card,) = mock.calls
    assert card.params["cardholder"] == "ich_known"
    assert (card.params["type"], card.params["status"]) == ("physical", "inactive")
    assert (card.params["replacement_for"], card.params["replacement_reason"]) == ("ic_old", "lost")
    assert card.params["shipping[address][line2]"] == "2. tv."
    assert (card.params["shipping[service]"], card.params["shipping[type]"]) == ("standard", "individual")
    assert (made.status, made.shipping) == (IssuerStatus.FROZEN, "ordered")


def test_the_same_wish_twice_is_one_card(mock: StripeMock) -> None:
    first, again, other = (stripe.adapter.create_card(order(key=key)) for key in (KEY, KEY, OTHER))
    assert first.reference == again.reference != other.reference
    assert len(mock.cards) == 2
    assert len({call.key for call in mock.of("/v1/issuing/cardholders")}) == 1


def test_without_an_address_no_cardholder_is_made(mock: StripeMock, settings: Any) -> None:
    settings.STRIPE_BILLING_ADDRESS = ""
    with pytest.raises(IssuerRefused) as refused:
        stripe.adapter.create_card(order())
    assert (refused.value.code, mock.calls) == ("billing_address_missing", [])


@pytest.mark.parametrize(
    ("status", "reason", "sent"),
    [
        ("frozen", "", {"status": "inactive"}),
        ("active", "", {"status": "active"}),
        ("closed", "", {"status": "canceled"}),
        ("closed", "stolen", {"status": "canceled", "cancellation_reason": "stolen"}),
        ("frozen", "lost", {"status": "inactive"}),
    ],
)
def test_a_status_is_said_in_stripes_words(mock: StripeMock, status: str, reason: str, sent: dict[str, str]) -> None:
    card = stripe.adapter.create_card(order()).reference
    stripe.adapter.set_status(card=card, status=status, reason=reason, key=f"{card}:{status}")
    assert mock.calls[-1].params == sent


def test_rules_are_given_whole_so_that_the_old_ones_end(mock: StripeMock) -> None:
    card = stripe.adapter.create_card(order()).reference
    rules = Controls(
        currency="DKK",
        caps={"purchase": 200_000, "month": 1_000_000, "quarter": 5},
        blocked_categories=("7995", "5411"),
        allowed_countries=("SE", "DK"),
    )
    stripe.adapter.set_controls(card=card, controls=rules, key="a")
    assert mock.calls[-1].params == {
        "spending_controls[spending_limits][0][amount]": "1000000",
        "spending_controls[spending_limits][0][interval]": "monthly",
        "spending_controls[spending_limits][1][amount]": "200000",
        "spending_controls[spending_limits][1][interval]": "per_authorization",
        "spending_controls[blocked_categories][0]": "betting_casino_gambling",
        "spending_controls[allowed_merchant_countries][0]": "DK",
        "spending_controls[allowed_merchant_countries][1]": "SE",
        "spending_controls[blocked_merchant_countries]": "",
    }
    stripe.adapter.set_controls(card=card, controls=Controls(currency="DKK"), key="b")
    assert set(mock.calls[-1].params.values()) == {""}


def test_the_browser_gets_a_key_for_one_card_and_never_a_number(mock: StripeMock) -> None:
    look = stripe.adapter.reveal(card="ic_0001", nonce="nonce_1", what="number", now=timezone.now())
    (call,) = mock.calls
    assert (call.params, call.version) == ({"issuing_card": "ic_0001", "nonce": "nonce_1"}, library.api_version)
    assert look.element == "stripe"
    assert look.values["key"].startswith("ek_")
    page = stripe.adapter.window(card="ic_0001")
    assert page is not None and page.values == {"card": "ic_0001", "publishable_key": "pk_test_1"}


def test_a_dispute_is_opened_with_its_story_and_then_sent(mock: StripeMock) -> None:
    contested = DisputeOrder(KEY, "ipi_1", Money(4800, "DKK"), "fraud", "Nobody of us was there")
    reference = stripe.adapter.open_dispute(contested)
    stripe.adapter.submit_dispute(reference=reference, key="1")
    opened, sent = mock.calls
    assert opened.params == {
        "transaction": "ipi_1",
        "amount": "4800",
        "evidence[reason]": "fraudulent",
        "evidence[fraudulent][explanation]": "Nobody of us was there",
        "metadata[dispute]": str(KEY),
    }
    assert sent.path == f"/v1/issuing/disputes/{reference}/submit"


@pytest.mark.parametrize(
    "reason", ["not_received", "not_as_described", "duplicate", "cancelled", "wrong_amount", "other"]
)
def test_every_reason_is_one_that_stripe_knows(mock: StripeMock, reason: str) -> None:
    assert stripe.adapter.open_dispute(DisputeOrder(KEY, "ipi_1", Money(1, "DKK"), reason, "x")).startswith("idp_")


def test_a_top_up_says_whose_it_is(mock: StripeMock) -> None:
    stripe.adapter.top_up(key=KEY, amount=Money(1_000_00, "DKK"), company="c1")
    sent = mock.calls[0].params
    assert (sent["amount"], sent["currency"], sent["metadata[company]"]) == ("100000", "dkk", "c1")


@pytest.mark.parametrize(
    ("status", "error"), [(500, IssuerUnavailable), (429, IssuerUnavailable), (400, IssuerRefused)]
)
def test_no_answer_and_a_no_are_two_things(mock: StripeMock, status: int, error: type[Exception]) -> None:
    mock.fail(status, "card_declined_by_mood")
    with pytest.raises(error):
        stripe.adapter.set_status(card="ic_1", status="frozen", reason="", key="1")


def test_a_stripe_that_is_not_there_is_no_answer(mock: StripeMock, settings: Any) -> None:
    settings.STRIPE_API = "http://127.0.0.1:9"
    with pytest.raises(IssuerUnavailable):
        stripe.adapter.set_status(card="ic_1", status="frozen", reason="", key="1")


@pytest.mark.parametrize(
    "call",
    [
        Call("POST", "/v1/issuing/cards", {"currency": "dkk", "type": "virtual", "colour": "pink"}, "", ""),
        Call("POST", "/v1/issuing/cards/ic_1", {"spending_controls[limit]": "1"}, "", ""),
        Call("POST", "/v1/teapots", {}, "", ""),
    ],
)
def test_the_mock_refuses_what_stripe_does_not_know(call: Call) -> None:
    assert stripe_mock.unknown(call)


@pytest.mark.skipif(not stripe_mock.TABLE.is_file(), reason="the table of operations is not beside this checkout")
@pytest.mark.parametrize(
    "params",
    [
        {"type": "virtual"},
        {"currency": "dkk", "type": "plastic"},
        {"currency": "dkk", "type": "virtual", "pin[x]": "1"},
    ],
)
def test_the_mock_knows_what_stripe_wants(params: dict[str, str]) -> None:
    assert stripe_mock.unknown(Call("POST", "/v1/issuing/cards", params, "", ""))


# ---------------------------------------------------------------- signatures

BODY = b'{"id": "evt_1"}'


def signed(at: datetime, secret: str = SECRET, body: bytes = BODY) -> str:
    header: str = library.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))
    return header


@pytest.mark.parametrize(("seconds", "is_let_in"), [(0, True), (-290, True), (290, True), (-310, False), (310, False)])
def test_a_signature_is_good_for_five_minutes(mock: StripeMock, seconds: int, is_let_in: bool) -> None:
    now = timezone.now()
    headers = {"Stripe-Signature": signed(now + timedelta(seconds=seconds))}
    if is_let_in:
        stripe.adapter.verify_signature(headers=headers, body=BODY, now=now)
    else:
        with pytest.raises(BadSignature):
            stripe.adapter.verify_signature(headers=headers, body=BODY, now=now)


def test_the_secret_before_the_last_still_opens_the_door(mock: StripeMock) -> None:
    now = timezone.now()
    headers = {"Stripe-Signature": signed(now, "whsec_old")}
    stripe.adapter.verify_signature(headers=headers, body=BODY, now=now)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        "t=1",
        "v1=abc",
        "t=abc,v1=abc",
        "t=1,v1=",
        "t=1,v1=æøå",
        "t=" + "9" * 900 + ",v1=a",
        ",,,===",
        "t=1,v0=a",
    ],
)
def test_what_is_no_signature_is_not_let_in(mock: StripeMock, header: str) -> None:
    with pytest.raises(BadSignature):
        stripe.adapter.verify_signature(headers={"Stripe-Signature": header}, body=BODY, now=timezone.now())


def test_a_signature_of_another_body_or_secret_is_not_let_in(mock: StripeMock) -> None:
    now = timezone.now()
    for header, body in ((signed(now), b'{"id": "evt_2"}'), (signed(now, "whsec_x"), BODY), (signed(now), b"\xff\xfe")):
        with pytest.raises(BadSignature):
            stripe.adapter.verify_signature(headers={"Stripe-Signature": header}, body=body, now=now)
