"""Stripe at our doors: a purchase from question to money, what may be wrong with a message, and what we had missed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import stripe as library
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Company
from cards import mirror, reconcile
from cards.freeze import freeze
from cards.intake import take_in
from cards.issue import issue, make
from cards.limits import set_limit
from cards.models import (
    Authorization,
    Card,
    Clearing,
    FreezeSource,
    IssuerCopy,
    IssuerHolder,
    IssuerMessage,
    Reconciliation,
)
from cards.order import order_of
from cards.replace import replace
from cards.report_lost import report_lost
from cards.tell_issuer import tell_all
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from tests.cards import play, stripe_mock
from tests.cards.stripe_mock import StripeMock
from tests.conftest import Cast

SECRET = "whsec_test"
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def mock(settings: Any) -> Iterator[StripeMock]:
    with stripe_mock.serving() as mock:
        settings.ISSUERS = ["simulator", "stripe"]
        settings.STRIPE_API, settings.STRIPE_SECRET_KEY = mock.url, "sk_test_1"
        settings.STRIPE_BILLING_ADDRESS = "Havnegade 1; 1058; København; DK"
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        yield mock


@pytest.fixture
def card(mock: StripeMock, cast: Cast) -> Card:
    """Carol's card at Stripe; the wallet holds 1.000,00 kr."""
    Company.objects.filter(pk=cast.company.pk).update(issuer="stripe")
    for membership in (cast.alice, cast.carol):
        membership.company.issuer = "stripe"
    play.fund(cast.company, 100_000)
    wanted = issue(cardholder=cast.carol, name="Everyday", by=None, now=NOW)
    assert wanted.issuer_reference == "", "an issuer far away is not asked inside a transaction"
    with patch("cards.issue.connection", in_atomic_block=False):
        return make(card=wanted, now=NOW)


def asked(card: Card, reference: str = "iauth_1", amount: int = 4800, **changes: Any) -> dict[str, Any]:
    """An authorization as Stripe writes it before we have answered."""
    thing = {
        "id": reference,
        "object": "issuing.authorization",
        "amount": 0,
        "approved": False,
        "authorization_method": "chip",
        "card": {"id": card.issuer_reference, "object": "issuing.card"},
        "created": int(NOW.timestamp()),
        "currency": "dkk",
        "merchant_amount": 0,
        "merchant_currency": "dkk",
        "merchant_data": {
            "name": "Kaffebar Nordhavn",
            "category_code": "5814",
            "city": "København",
            "country": "DK",
            "network_id": "1",
        },
        "pending_request": {
            "amount": amount,
            "currency": "dkk",
            "is_amount_controllable": False,
            "merchant_amount": amount,
            "merchant_currency": "dkk",
        },
        "request_history": [],
        "status": "pending",
        "transactions": [],
    }
    return thing | changes


def decided(card: Card, reference: str = "iauth_1", amount: int = 4800, **changes: Any) -> dict[str, Any]:
    entry = {
        "amount": amount,
        "approved": True,
        "currency": "dkk",
        "merchant_amount": amount,
        "merchant_currency": "dkk",
        "reason": "webhook_approved",
    }
    thing = {"amount": amount, "approved": True, "pending_request": None, "request_history": [entry]}
    return asked(card, reference) | thing | changes


def moved(card: Card, amount: int, authorization: str | None = "iauth_1", **changes: Any) -> dict[str, Any]:
    thing = {
        "id": "ipi_1",
        "object": "issuing.transaction",
        "amount": amount,
        "authorization": authorization,
        "card": card.issuer_reference,
        "created": int(NOW.timestamp()),
        "currency": "dkk",
        "merchant_amount": amount,
        "merchant_currency": "dkk",
        "merchant_data": {"name": "Kaffebar Nordhavn", "category_code": "5814", "country": "DK"},
        "type": "capture",
    }
    return thing | changes


_number = iter(range(1, 10_000))


def event(kind: str, thing: dict[str, Any], at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    number = next(_number)
    return {
        "id": f"evt_{number}",
        "object": "event",
        "api_version": library.api_version,
        "created": int(at.timestamp()),
        "type": kind,
        "data": {"object": thing},
    } | changes


def post(document: Any, door: str = "messages", *, secret: str = SECRET, at: datetime | None = None) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    text = body.decode("latin-1")
    stamp = int((at or timezone.now()).timestamp())
    header = library.WebhookSignature.generate_signature_header(text, secret, stamp)
    return Client().post(
        f"/issuer/stripe/{door}", body, content_type="application/json", headers={"Stripe-Signature": header}
    )


def told(document: dict[str, Any]) -> IssuerMessage:
    assert post(document).status_code == 200
    row: IssuerMessage = IssuerMessage.objects.get(message_id=document["id"])
    take_in(message_id=row.pk)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("door", ["authorizations", "messages"])
def test_a_till_is_answered_in_stripes_form(card: Card, door: str) -> None:
    answer = post(event("issuing_authorization.request", asked(card)), door)
    assert (answer.status_code, answer.json()) == (200, {"approved": True})
    assert answer.headers["Stripe-Version"] == library.api_version
    assert answer.headers["Content-Type"] == "application/json"
    assert Authorization.objects.get().open_amount == 4800


def test_a_no_says_why_in_its_metadata(card: Card) -> None:
    answer = post(event("issuing_authorization.request", asked(card, amount=100_001)), "authorizations")
    assert answer.json() == {"approved": False, "metadata": {"reason": "funds"}}


def test_a_card_that_is_not_ours_is_declined(card: Card) -> None:
    document = event("issuing_authorization.request", asked(card) | {"card": {"id": "ic_other"}})
    assert post(document, "authorizations").json()["approved"] is False
    assert play.wallet(card.company).available.amount == 100_000


def test_a_purchase_from_question_to_money(card: Card) -> None:
    post(event("issuing_authorization.request", asked(card)), "authorizations")
    told(event("issuing_authorization.created", decided(card)))
    told(event("issuing_transaction.created", moved(card, -5300)))
    authorization = Authorization.objects.get()
    assert (authorization.open_amount, authorization.cleared_total, authorization.decided_by) == (0, 5300, "us")
    told(
        event(
            "issuing_authorization.updated", decided(card, status="closed", amount=0, transactions=[moved(card, -5300)])
        )
    )
    authorization.refresh_from_db()
    assert (authorization.status, play.wallet(card.company).balance.amount) == ("closed", 94_700)


def test_the_same_purchase_backwards_and_twice_ends_the_same(card: Card) -> None:
    post(event("issuing_authorization.request", asked(card)), "authorizations")
    later = NOW + timedelta(seconds=5)
    closed = event("issuing_authorization.updated", decided(card, status="closed", amount=0), later)
    grown = event("issuing_authorization.updated", decided(card, amount=6000), NOW + timedelta(seconds=2))
    money = event("issuing_transaction.created", moved(card, -5300), later)
    created = event("issuing_authorization.created", decided(card))
    for document in (closed, money, grown, created, money, closed, created, grown):
        told(document)
    authorization = Authorization.objects.get()
    assert (authorization.status, authorization.authorized_total, authorization.open_amount) == ("closed", 6000, 0)
    assert (Clearing.objects.count(), play.wallet(card.company).balance.amount) == (1, 94_700)


def test_an_increment_is_decided_and_counted_once(card: Card) -> None:
    post(event("issuing_authorization.request", asked(card)), "authorizations")
    told(event("issuing_authorization.created", decided(card)))
    more = event(
        "issuing_authorization.request", asked(card, amount=1200) | {"amount": 4800}, NOW + timedelta(seconds=3)
    )
    more["data"]["object"]["amount"] = 4800
    assert post(more, "authorizations").json()["approved"] is True
    history = decided(card)["request_history"] * 2
    told(
        event(
            "issuing_authorization.updated",
            decided(card, amount=6000, request_history=history),
            NOW + timedelta(seconds=4),
        )
    )
    assert Authorization.objects.get().open_amount == 6000


def test_stand_in_force_post_refund_and_chargeback_are_booked(card: Card) -> None:
    entry = decided(card)["request_history"][0] | {"reason": "network_fallback"}
    told(event("issuing_authorization.created", decided(card, "iauth_9", request_history=[entry])))
    assert Authorization.objects.get().decided_by == "stand_in"
    told(event("issuing_transaction.created", moved(card, -1000, None, id="ipi_force")))
    told(event("issuing_transaction.created", moved(card, 400, None, id="ipi_refund", type="refund")))
    dispute = {"id": "idp_1", "amount": 1000, "currency": "dkk", "status": "won", "transaction": "ipi_force"}
    told(event("issuing_dispute.funds_reinstated", dispute))
    kinds = list(Clearing.objects.order_by("id").values_list("kind", "amount"))
    assert kinds == [("purchase", 1000), ("refund", 400), ("chargeback", 1000)]
    assert play.wallet(card.company).balance.amount == 100_400


def test_a_top_up_is_booked_once_for_whom_it_is(card: Card, cast: Cast) -> None:
    topup = {"id": "tu_1", "amount": 50_000, "currency": "dkk", "status": "succeeded", "metadata": {}}
    told(event("topup.created", topup | {"status": "pending"}))
    told(event("topup.succeeded", topup))
    told(event("topup.succeeded", topup))
    assert play.wallet(cast.company).balance.amount == 150_000
    back = told(event("topup.reversed", topup | {"status": "reversed"}))
    assert (back.status, back.last_error) == ("failed", {"code": "top_up_taken_back", "reference": "tu_1"})
    other = told(event("topup.succeeded", topup | {"id": "tu_2", "metadata": {"company": str(cast.other.pk)}}))
    assert (other.status, other.last_error["code"]) == ("failed", "top_up_of_nobody")
    euros = told(event("topup.succeeded", topup | {"id": "tu_3", "currency": "eur"}))
    assert euros.status == "failed"
    assert play.wallet(cast.company).balance.amount == 150_000


def card_event(card: Card, status: str, at: datetime, **changes: Any) -> dict[str, Any]:
    return event(
        "issuing_card.updated", {"id": card.issuer_reference, "status": status, "last4": card.last_four}, at, **changes
    )


def test_what_stripe_freezes_rests_here_until_stripe_wakes_it(card: Card) -> None:
    told(card_event(card, "inactive", NOW + timedelta(seconds=1)))
    assert [row.source for row in card.open_freezes()] == [FreezeSource.ISSUER]
    assert post(event("issuing_authorization.request", asked(card)), "authorizations").json()["approved"] is False
    told(card_event(card, "active", NOW + timedelta(seconds=2)))
    told(card_event(card, "inactive", NOW + timedelta(seconds=1)))
    assert not card.open_freezes()


def test_the_echo_of_our_own_call_freezes_nothing(card: Card) -> None:
    told(card_event(card, "inactive", NOW, request={"id": "req_1", "idempotency_key": "pleo-abc"}))
    assert not card.open_freezes()


def test_a_card_that_stripe_closes_is_closed(card: Card) -> None:
    told(card_event(card, "canceled", NOW))
    card.refresh_from_db()
    assert (card.state, card.close_reason, card.issuer_status) == ("closed", "cancelled", "closed")


def test_a_cardholder_whom_stripe_blocks_is_known(card: Card) -> None:
    holder = IssuerHolder.objects.get()
    needs = {"disabled_reason": "requirements.past_due", "past_due": ["individual.dob.day"]}
    told(event("issuing_cardholder.updated", {"id": holder.reference, "status": "active", "requirements": needs}))
    holder.refresh_from_db()
    assert holder.told == {
        "status": "active",
        "blocked": "requirements.past_due",
        "needs": "individual.dob.day",
    }


# ---------------------------------------------------------------- hostile

BAD: list[tuple[str, bytes | dict[str, Any], int]] = [
    ("truncated", b'{"id": "evt_1", "type": "issuing_trans', 400),
    ("ten megabytes", b'{"id": "' + b"x" * 10_000_000 + b'"}', 413),
    ("a list", b"[]", 400),
    ("no id", {"type": "issuing_card.updated", "created": 1795157588, "data": {"object": {}}}, 400),
]


@pytest.mark.parametrize("door", ["authorizations", "messages"])
@pytest.mark.parametrize(("name", "body", "status"), BAD, ids=[name for name, _, _ in BAD])
def test_a_body_that_is_no_event_is_refused(card: Card, door: str, name: str, body: Any, status: int) -> None:
    assert post(body, door).status_code == status
    assert play.wallet(card.company).available.amount == 100_000


@pytest.mark.parametrize("door", ["authorizations", "messages"])
def test_strangers_and_old_copies_are_not_let_in(card: Card, door: str) -> None:
    document = event("issuing_authorization.request", asked(card))
    assert post(document, door, secret="whsec_guess").status_code == 401
    assert post(document, door, at=timezone.now() - timedelta(minutes=6)).status_code == 401
    assert Client().post(f"/issuer/stripe/{door}", document, content_type="application/json").status_code == 401
    assert not Authorization.objects.exists() and not IssuerMessage.objects.exists()


WRONG = [
    {"amount": -1},
    {"amount": 10**16},
    {"amount": 4.8},
    {"currency": "zzz"},
    {"currency": "xau"},
    {"amount": None},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_question_that_makes_no_sense_is_refused_and_kept(card: Card, wrong: dict[str, Any]) -> None:
    thing = asked(card)
    thing["pending_request"] |= wrong
    answer = post(event("issuing_authorization.request", thing), "authorizations")
    assert answer.status_code == 400
    assert IssuerMessage.objects.get().status == "failed"
    assert play.wallet(card.company).available.amount == 100_000


@pytest.mark.parametrize(
    "wrong", [{"amount": 10**16}, {"currency": "zzz"}, {"currency": "eur"}, {"card": "ic_none"}, {"amount": "5"}]
)
def test_money_that_makes_no_sense_is_kept_for_a_person(card: Card, wrong: dict[str, Any]) -> None:
    row = told(event("issuing_transaction.created", moved(card, -5300, None) | wrong))
    assert row.status == "failed"
    assert (Clearing.objects.count(), play.wallet(card.company).balance.amount) == (0, 100_000)


@pytest.mark.parametrize(
    "shop", [{"category_code": "99x"}, {"country": "Denmark"}, {"name": None}, {"category_code": "0000"}]
)
def test_a_shop_that_nobody_knows_may_still_sell(card: Card, shop: dict[str, Any]) -> None:
    thing = asked(card)
    thing["merchant_data"] |= shop
    assert post(event("issuing_authorization.request", thing), "authorizations").json()["approved"] is True


def test_an_issuer_that_is_not_switched_on_has_no_door(card: Card, settings: Any) -> None:
    settings.ISSUERS = ["simulator"]
    assert post(event("issuing_authorization.request", asked(card)), "authorizations").status_code == 404


@pytest.mark.parametrize(("months", "reason"), [(1, "expired"), (20, "damaged")])
def test_stripe_is_told_why_a_card_that_still_works_is_replaced(
    card: Card, cast: Cast, months: int, reason: str
) -> None:
    card.expires_month = (NOW + timedelta(days=30 * months)).date().replace(day=1)
    card.save(update_fields=["expires_month"])
    wanted = replace(card=card, by=cast.carol)
    assert order_of(wanted, today=NOW.date()).because == reason


def test_stripe_hears_that_a_card_is_lost_before_it_makes_the_next(card: Card, mock: StripeMock, cast: Cast) -> None:
    wanted = replace(card=report_lost(card=card, because="lost", by=cast.carol), by=cast.carol)
    with patch("cards.issue.connection", in_atomic_block=False):
        make(card=wanted, now=NOW)
    told_first, made = mock.calls[-2:]
    assert told_first.params == {"status": "canceled", "cancellation_reason": "lost"}
    assert (made.params["replacement_for"], made.params["replacement_reason"]) == (card.issuer_reference, "lost")
    assert made.params["cardholder"] == IssuerHolder.objects.get().reference


# ---------------------------------------------------------------- looking, and copies


def look() -> Reconciliation:
    (row,) = reconcile.begin(now=NOW + timedelta(hours=1))
    done = reconcile.run(reconciliation_id=row.pk, now=NOW + timedelta(hours=1))
    assert done is not None
    done.refresh_from_db()
    return done


def test_what_we_missed_is_taken_in_by_looking(card: Card, mock: StripeMock) -> None:
    mock.lists["/v1/events"] = [event("issuing_authorization.created", decided(card))]
    mock.lists["/v1/issuing/authorizations"] = [
        decided(card, "iauth_3", 700),
        decided(card, "iauth_2", status="reversed", amount=0),
        decided(card),
    ]
    mock.lists["/v1/issuing/transactions"] = [moved(card, -300, None, id="ipi_2"), moved(card, -4800)]
    mock.available = [{"amount": 10, "currency": "dkk"}, {"amount": 10, "currency": "eur"}]
    row = look()
    open_now = dict(Authorization.objects.values_list("issuer_reference", "open_amount"))
    assert open_now == {"iauth_1": 0, "iauth_2": 0, "iauth_3": 700}
    assert play.wallet(card.company).balance.amount == 100_000 - 300 - 4800
    assert (row.status, row.found["refused"], row.found["cards"]) == ("done", 0, 1)
    assert [one["code"] for one in row.differs if one["code"] != "missed"] == ["funds_short"]
    again = look()
    assert again.since < row.until
    assert again.found.get("missed", 0) == 0


def test_a_copy_that_stripe_changed_is_put_right(card: Card, mock: StripeMock) -> None:
    mock.cards[card.issuer_reference]["status"] = "inactive"
    mock.cards["ic_strange"] = mock.cards[card.issuer_reference] | {"id": "ic_strange"}
    row = look()
    found = {one["code"]: one for one in row.differs}
    assert found["card_status"] == {
        "code": "card_status",
        "reference": card.issuer_reference,
        "ours": "active",
        "theirs": "frozen",
    }
    assert found["card_not_ours"]["reference"] == "ic_strange"
    assert tell_all() == 1
    assert mock.cards[card.issuer_reference]["status"] == "active"


def test_a_card_that_stripe_closed_behind_our_back_is_closed(card: Card, mock: StripeMock) -> None:
    mock.cards[card.issuer_reference]["status"] = "canceled"
    assert [one["code"] for one in look().differs] == ["card_status"]
    card.refresh_from_db()
    assert (card.state, card.close_reason) == ("closed", "cancelled")
    assert look().differs == []


def test_what_stripe_was_not_told_yet_is_no_difference(card: Card, mock: StripeMock, cast: Cast) -> None:
    freeze(card=card, by=cast.carol)
    assert look().differs == []
    assert tell_all() == 1
    assert mock.cards[card.issuer_reference]["status"] == "inactive"


def test_the_command_says_what_it_found(card: Card, mock: StripeMock) -> None:
    mock.lists["/v1/issuing/transactions"] = [moved(card, -300, None, id="ipi_2")]
    said = io.StringIO()
    call_command("reconcile_issuers", stdout=said)
    assert "missed 1" in said.getvalue() and "ipi_2" in said.getvalue()


def test_money_is_fetched_once_and_booked_when_it_comes(card: Card, mock: StripeMock, cast: Cast) -> None:
    key, said = uuid7(), io.StringIO()
    for _ in range(2):
        call_command("fetch_funds", cast.company.slug, "500.00", key=key, stdout=said)
    assert len({call.key for call in mock.of("/v1/topups")}) == 1
    assert play.wallet(cast.company).balance.amount == 100_000
    asked_for = mock.calls[-1].params
    topup = {"id": "tu_1", "amount": 50_000, "currency": "dkk", "status": "succeeded"}
    told(event("topup.succeeded", topup | {"metadata": {"company": asked_for["metadata[company]"]}}))
    assert play.wallet(cast.company).balance.amount == 150_000


@pytest.mark.parametrize("amount", ["-1.00", "0", "many", "1.005"])
def test_money_that_cannot_be_fetched_is_not_asked_for(card: Card, mock: StripeMock, cast: Cast, amount: str) -> None:
    with pytest.raises(CommandError):
        call_command("fetch_funds", cast.company.slug, f" {amount}", stdout=io.StringIO())
    assert not mock.of("/v1/topups")
    mock.fail(500, "api_error", times=9)
    with pytest.raises(CommandError, match="--key"):
        call_command("fetch_funds", cast.company.slug, "500.00", stdout=io.StringIO())


def test_looking_at_a_stripe_that_is_away_is_tried_again(card: Card, mock: StripeMock) -> None:
    mock.fail(500, "api_error", times=9)
    row = look()
    assert (row.status, row.last_error["code"]) == ("waiting", "issuer_unavailable")
    assert reconcile.begin(now=NOW + timedelta(hours=2)) == []
    mock.failures.clear()
    again = reconcile.run(reconciliation_id=row.pk, now=NOW + timedelta(hours=3))
    assert again is not None and Reconciliation.objects.get().status == "done"


def test_rules_are_copied_wider_than_they_are(card: Card, mock: StripeMock) -> None:
    set_limit(card=card, interval="month", amount=Money(100_000, "DKK"), by=None, now=NOW)
    assert mirror.send_all(now=NOW + timedelta(minutes=1)) == 1
    sent = mock.calls[-1].params
    assert sent["spending_controls[spending_limits][0][amount]"] == "200000"
    assert mirror.send_all(now=NOW + timedelta(minutes=2)) == 0
    set_limit(card=card, interval="month", amount=Money(50_000, "DKK"), by=None, now=NOW + timedelta(minutes=3))
    mock.fail(500, "api_error", times=9)
    mirror.send_all(now=NOW + timedelta(minutes=4))
    mock.failures.clear()
    assert mirror.send_all(now=NOW + timedelta(minutes=5)) == 1
    assert mock.calls[-1].params["spending_controls[spending_limits][0][amount]"] == "100000"


def test_a_copy_that_stripe_refuses_is_not_sent_again_and_again(card: Card, mock: StripeMock) -> None:
    mock.fail(400, "parameter_invalid")
    assert mirror.send_all(now=NOW) == 1
    assert IssuerCopy.objects.get().refused == "parameter_invalid"
    assert mirror.send_all(now=NOW + timedelta(minutes=1)) == 0
