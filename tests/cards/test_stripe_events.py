"""What Stripe tells, in our words: every event of a card's whole life, and what may be wrong with one."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cards.issuers.base import Malformed
from cards.issuers.reading import redact
from cards.issuers.stripe import adapter
from cards.models import MessageKind
from pleo.lib.money import Money

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "stripe" / "events"
needs_samples = pytest.mark.skipif(not FOLDER.is_dir(), reason="Stripe's sample events are not beside this checkout")

AUTH, CARD, DISPUTE = "iauth_1Pgc77B7WZ01zgkWn0SmtHBY", "ic_1Pgag5B7WZ01zgkWephORn8N", "idp_1Pgc77B7WZ01zgkWutW1sr3D"
EUR = "EUR"


def euro(amount: int) -> Money:
    return Money(amount, EUR)


def declined(reference: str, by: str) -> dict[str, Any]:
    return {
        "kind": MessageKind.AUTHORIZATION,
        "authorization_reference": reference,
        "amount": euro(1234),
        "outcome": "declined",
        "decided_by": by,
    }


def disputed(word: str) -> dict[str, Any]:
    return {
        "kind": MessageKind.DISPUTE,
        "reference": DISPUTE,
        "amount": Money(100, "USD"),
        "facts": {"dispute": DISPUTE, "state": word},
    }


# Number of the event -> what the message must say.
EXPECTED: dict[int, dict[str, Any]] = {
    2: {
        "kind": MessageKind.AUTHORIZATION,
        "card_reference": CARD,
        "authorization_reference": AUTH,
        "amount": euro(1234),
        "merchant_amount": Money(13899, "SEK"),
        "outcome": "approved",
        "decided_by": "us",
        "channel": "other",
    },
    3: declined("iauth_webhook_declined", "us"),
    4: declined("iauth_insufficient_funds", "issuer"),
    5: declined("iauth_spending_controls", "issuer"),
    6: declined("iauth_card_inactive", "issuer"),
    7: declined("iauth_webhook_timeout", "fallback"),
    8: declined("iauth_network_fallback", "stand_in") | {"outcome": "approved"},
    9: {"kind": MessageKind.ADVICE, "authorization_reference": AUTH, "amount": euro(2000), "decided_by": "us"},
    10: {"kind": MessageKind.REVERSAL, "authorization_reference": AUTH, "amount": None},
    11: {"kind": MessageKind.EXPIRY, "authorization_reference": AUTH, "amount": None},
    12: {
        "kind": MessageKind.CLEARING,
        "card_reference": CARD,
        "authorization_reference": AUTH,
        "reference": "ipi_1Pgc78B7WZ01zgkWm0QxtFzQ",
        "amount": euro(1240),
        "merchant_amount": Money(13960, "SEK"),
        "is_final": False,
    },
    13: {"kind": MessageKind.CLEARING, "authorization_reference": AUTH, "amount": euro(0), "is_final": True},
    14: {"kind": MessageKind.CLEARING, "authorization_reference": "", "reference": "ipi_force", "amount": euro(1240)},
    15: {"kind": MessageKind.REFUND, "authorization_reference": AUTH, "reference": "ipi_refund", "amount": euro(1240)},
    16: disputed("opened"),
    17: disputed("submitted"),
    18: disputed("won"),
    19: {
        "kind": MessageKind.CHARGEBACK,
        "amount": Money(100, "USD"),
        "reference": f"{DISPUTE}:reinstated",
        "original_reference": "ipi_1Pgc77B7WZ01zgkWUr0uYdLL",
    },
    20: {
        "kind": MessageKind.CARD,
        "card_reference": CARD,
        "facts": {"status": "active", "last_four": "4242"},
    },
    21: {"kind": MessageKind.CARD, "card_reference": CARD, "facts": {"status": "frozen", "last_four": "4242"}},
    22: {"kind": MessageKind.HOLDER, "reference": "ich_1Pgag4B7WZ01zgkWdPVfBngi", "facts": {"status": "active"}},
    23: {"kind": MessageKind.HOLDER, "reference": "ich_1Pgag4B7WZ01zgkWdPVfBngi", "facts": {"status": "active"}},
    24: {"kind": MessageKind.TOP_UP, "amount": Money(1000, "USD"), "facts": {"state": "pending"}},
    25: {"kind": MessageKind.TOP_UP, "amount": Money(1000, "USD"), "facts": {"state": "succeeded"}},
}


def event(number: int) -> dict[str, Any]:
    found = next(FOLDER.glob(f"{number:02}_*.json"))
    loaded: dict[str, Any] = json.loads(found.read_text())
    return loaded


@needs_samples
def test_every_sample_is_expected() -> None:
    assert {int(path.name[:2]) for path in FOLDER.glob("*.json")} == {1, *EXPECTED}


@needs_samples
@pytest.mark.parametrize("number", EXPECTED)
def test_an_event_becomes_the_message_it_is(number: int) -> None:
    document = event(number)
    message = adapter.parse_message(redact(document))
    said = {name: getattr(message, name) for name in EXPECTED[number]}
    assert said == EXPECTED[number]
    assert message.message_id == f"evt_{number:04}Pleo"
    assert message.occurred_at == datetime.fromtimestamp(document["created"], UTC)
    assert not adapter.is_request(document)


@needs_samples
def test_a_question_of_a_till_is_read() -> None:
    document = event(1)
    asked = adapter.parse_request(redact(document))
    assert adapter.is_request(document)
    assert (asked.reference, asked.card_reference, asked.amount) == (AUTH, CARD, euro(1234))
    assert (asked.merchant_amount, asked.is_increment, asked.can_be_partial) == (Money(13899, "SEK"), False, False)
    shop = asked.merchant
    assert (shop.name, shop.category_code, shop.city, shop.country) == ("TAXI MALMO", "4121", "Malmo", "SE")


@needs_samples
def test_a_question_about_money_that_is_held_already_is_for_more() -> None:
    document = event(1)
    document["data"]["object"]["amount"] = 1234
    document["data"]["object"]["pending_request"] |= {"amount": 300, "is_amount_controllable": True}
    asked = adapter.parse_request(document)
    assert (asked.amount, asked.is_increment, asked.can_be_partial) == (euro(300), True, True)


@needs_samples
def test_what_was_taken_of_a_purchase_still_belongs_to_its_total() -> None:
    document = event(13)
    document["data"]["object"] |= {"status": "pending", "amount": 500}
    message = adapter.parse_message(document)
    assert (message.kind, message.amount) == (MessageKind.ADVICE, euro(500 + 1240))


@needs_samples
def test_cash_is_told_by_the_shops_code() -> None:
    document = event(12)
    document["data"]["object"]["merchant_data"]["category_code"] = "6011"
    assert adapter.parse_message(document).channel == "cash"


@needs_samples
@pytest.mark.parametrize(
    ("number", "changes", "kind"),
    [
        (15, {"amount": -1240}, MessageKind.REFUND_REVERSAL),
        (12, {"amount": 1240}, MessageKind.CORRECTION_CREDIT),
        (12, {"type": "something_new"}, MessageKind.UNKNOWN),
        (9, {"status": "something_new"}, MessageKind.UNKNOWN),
        (13, {"approved": False}, MessageKind.UNKNOWN),
    ],
)
def test_signs_and_new_words_are_understood_or_kept(number: int, changes: dict[str, Any], kind: MessageKind) -> None:
    document = event(number)
    document["data"]["object"] |= changes
    assert adapter.parse_message(document).kind == kind


@pytest.mark.parametrize(
    "kind", ["issuing_token.created", "balance.available", "charge.refunded", "issuing_authorization"]
)
def test_an_event_that_says_nothing_to_us_is_kept(kind: str) -> None:
    document = {"id": "evt_1", "created": 1795157588, "type": kind, "data": {"object": {"id": "x"}}}
    assert adapter.parse_message(document).kind == MessageKind.UNKNOWN


WRONG: list[tuple[int, str, Any, str]] = [
    (2, "request_history", [], "not_decided"),
    (2, "request_history", "none", "not_a_list"),
    (2, "request_history", [1], "not_a_list"),
    (2, "card", None, "not_a_text"),
    (2, "card", 5, "not_a_text"),
    (2, "card", {"id": 5}, "not_a_text"),
    (2, "id", "x" * 81, "too_long"),
    (2, "approved", "yes", "not_true_or_false"),
    (9, "amount", -1, "negative"),
    (9, "amount", "1234", "not_a_whole_number"),
    (9, "amount", 10**16, "out_of_range"),
    (9, "currency", "zzz", "unknown_currency"),
    (12, "amount", None, "not_a_whole_number"),
    (12, "amount", -(10**16), "out_of_range"),
    (12, "amount", 1.5, "not_a_whole_number"),
    (12, "currency", "xau", "unknown_currency"),
    (12, "merchant_data", "TAXI", "not_an_object"),
    (16, "transaction", None, "not_a_text"),
    (20, "shipping", [], "not_an_object"),
    (24, "metadata", "x", "not_an_object"),
]


@needs_samples
@pytest.mark.parametrize(("number", "name", "value", "code"), WRONG)
def test_a_wrong_field_is_named(number: int, name: str, value: Any, code: str) -> None:
    document = copy.deepcopy(event(number))
    document["data"]["object"][name] = value
    with pytest.raises(Malformed) as refused:
        adapter.parse_message(document)
    assert (refused.value.code, name in refused.value.where) == (code, True)


@pytest.mark.parametrize("created", [0, -1, 10**12, "2026-11-20", None, True])
def test_a_time_that_makes_no_sense_is_refused(created: Any) -> None:
    with pytest.raises(Malformed):
        adapter.parse_message({"id": "evt_1", "created": created, "type": "x.y", "data": {"object": {}}})
