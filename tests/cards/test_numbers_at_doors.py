"""No card number stays anywhere: not in a row, a log, a file or a trace, whichever issuer sent it and wherever it stood."""

from __future__ import annotations

import json
import logging
import time
from datetime import date
from pathlib import Path
from typing import Any

import iso8583
import pytest
import stripe as library
from django.apps import apps
from django.conf import settings as product
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.utils import timezone
from iso8583.specs import default_ascii

from accounts.models import Company
from cards.intake import take_in
from cards.iso8583_door import handle
from cards.issue import issue
from cards.issuers import simulator
from cards.issuers.iso8583 import fields
from cards.issuers.reading import redact
from cards.models import Card, IssuerMessage
from cards.register_number import NumberTaken, register_number
from tests.cards import play
from tests.cards.test_doors import asking, post
from tests.cards.test_iso8583 import message, original
from tests.cards.test_iso8583_server import call_with, in_a_loop
from tests.conftest import Cast

# The networks' own numbers for tests, and the one in the samples of a processor.
NUMBERS = ("4242424242424242", "5555555555554444", "378282246310005", "5413330089010434", "4000056655665556")
VISA, MASTER, AMEX, PROCESSOR, DEBIT = NUMBERS
SECRET = "whsec_test"


@pytest.fixture
def everywhere(cast: Cast, settings: Any, tmp_path: Path) -> Cast:
    settings.ISSUERS = ["simulator", "stripe", "iso8583"]
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.MEDIA_ROOT = tmp_path
    play.fund(cast.company, 100_000)
    return cast


def spaced(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def poisoned(number: str) -> dict[str, Any]:
    """Fields that no issuer should send, with a number in each of the ways that numbers are written."""
    return {
        "card_number": number,
        "pan": int(number),
        "number": spaced(number),
        "track2": f"{number}=29122010000012345678",
        "note": f"paid with {number}.",
        "other": [spaced(number), {"deep": f"-{number}-", number: "as a name"}],
        "hyphens": "-".join(spaced(number).split(" ")),
    }


def tell_simulator(card: Card) -> None:
    now = timezone.now()
    for door, kind, number in (
        ("messages", "clearing", VISA),
        ("messages", "card.tokenised", VISA),
        ("messages", "clearing", AMEX),
        ("authorizations", "authorization.request", MASTER),
        ("authorizations", "nonsense", MASTER),
    ):
        document = {
            "id": f"{kind} {number}",
            "type": kind,
            "created_at": now.isoformat(),
            "card": card.issuer_reference if number == VISA else number,
            "reference": spaced(number),
            "amount": 100,
            "currency": "DKK",
            "merchant": {"name": f"Shop {number}", "id": number, "city": spaced(number)},
            "authorization": {
                "id": number,
                "card": card.issuer_reference,
                "amount": 100,
                "currency": "DKK",
                **poisoned(number),
            }
            if door == "authorizations"
            else None,
            **poisoned(number),
        }
        body = json.dumps(document).encode()
        headers = {simulator.HEADER: simulator.sign(body, now)}
        Client().post(f"/issuer/simulator/{door}", body, content_type="application/json", headers=headers)


def tell_stripe() -> None:
    now = timezone.now()
    thing = {"id": "ipi_1", "card": AMEX, "amount": -100, "currency": "dkk", "type": "capture", **poisoned(DEBIT)}
    merchant = {"name": f"Till {DEBIT}", "network_id": DEBIT, "city": spaced(DEBIT), "country": "DK"}
    shop = {"merchant_amount": -100, "merchant_currency": "dkk", "merchant_data": merchant}
    for kind in (
        "issuing_transaction.created",
        "issuing_card.updated",
        "issuing_authorization.request",
        "topup.created",
    ):
        document = {
            "id": f"evt_{kind}",
            "type": kind,
            "created": int(now.timestamp()),
            "data": {"object": thing | shop | {"status": DEBIT, "pending_request": poisoned(DEBIT)}},
            "request": {"idempotency_key": DEBIT},
        }
        body = json.dumps(document)
        header = library.WebhookSignature.generate_signature_header(body, SECRET, int(now.timestamp()))
        for door in ("messages", "authorizations"):
            Client().post(
                f"/issuer/stripe/{door}", body, content_type="application/json", headers={"Stripe-Signature": header}
            )


def tell_processor() -> None:
    private = {
        "f35": f"{PROCESSOR}=2912",
        "f45": PROCESSOR,
        "f48": PROCESSOR,
        "f102": PROCESSOR,
        "f120": spaced(PROCESSOR),
    }
    shown = {"f43": f"{PROCESSOR:25}{'CITY':13}DK", "f37": PROCESSOR[:12], "f42": f"{PROCESSOR[:15]}"}
    for kind, number, more in (
        ("0100", PROCESSOR, private),
        ("0100", PROCESSOR, {"f4": "x" * 12}),
        ("0100", VISA, private),
        ("0120", PROCESSOR, private | shown),
        ("0220", PROCESSOR, private),
        ("0420", PROCESSOR, {"f90": original()}),
    ):
        frame, _ = iso8583.encode(message(kind, f2=number, **more), spec=default_ascii)
        for bell in handle(fields.decode(bytes(frame)), bytes(frame), time.monotonic())[1]:
            bell()


def every_text() -> str:
    """Return everything that stands in any table, as text."""
    rows = [
        json.dumps(row, cls=DjangoJSONEncoder) for model in apps.get_models() for row in model._base_manager.values()
    ]
    return "\n".join(rows)


def found(text: str) -> list[str]:
    bare = text.replace(" ", "").replace("-", "")
    return [number for number in NUMBERS if number in bare]


def test_numbers_are_nowhere(everywhere: Cast, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    cast = everywhere
    tell_simulator(play.new_card(cast.carol))
    Company.objects.filter(pk=cast.company.pk).update(issuer="iso8583")
    cast.carol.company.issuer = "iso8583"
    first, second = (issue(cardholder=cast.carol, name=name, by=None) for name in ("One", "Two"))
    register_number(card=first, number=PROCESSOR, expires_month=date(2029, 12, 1))
    with pytest.raises(NumberTaken):
        register_number(card=second, number=spaced(PROCESSOR), expires_month=date(2029, 12, 1))
    tell_stripe()
    tell_processor()
    for row in IssuerMessage.objects.filter(status="received"):
        take_in(message_id=row.pk)
    assert IssuerMessage.objects.count() > 12
    assert not found(every_text())
    assert not found(caplog.text)
    written = [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert not found("\n".join(written))


def test_the_search_would_find_one(everywhere: Cast) -> None:
    Company.objects.filter(pk=everywhere.company.pk).update(legal_name=spaced(VISA))
    assert found(every_text()) == [VISA]


def test_a_mistake_on_the_line_leaves_no_number_in_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def broken(decoded: Any, frame: bytes, came: float) -> Any:
        raise RuntimeError(f"cannot read {decoded['2']}")

    frame, _ = iso8583.encode(message(f2=VISA), spec=default_ascii)
    garbage = f"0100{VISA}{VISA}".encode()
    answers = in_a_loop(call_with(broken, [bytes(frame), garbage]))
    assert answers[0]["39"] == "96"
    assert "message failed" in caplog.text and "garbage" in caplog.text
    assert not found(caplog.text)


def test_the_embedded_default_writes_no_page_of_traces() -> None:
    """A page of debugging shows every variable of every call, and a number among them."""
    assert product.DEBUG is False


# Digits of these pass the check digit of card numbers, though they only name a row.
IDENTIFIERS = (
    "019aa5555555555554444bcd0f0f0f0f",
    "019aa7f0-4242-7424-8242-42424242abcd",
    "4242424242424242abcdefabcdefabcd",
)


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_an_identifier_whose_digits_would_pass_for_a_number_is_left_alone(identifier: str) -> None:
    for text in (identifier, f"card_{identifier}", f"{identifier.upper()}.", f"see {identifier} twice {identifier}"):
        assert redact(text) == text
    for text in (f"{identifier}-{VISA}", f"{VISA} {identifier}", f"{identifier}.{VISA}"):
        assert VISA not in redact(text).replace(identifier, "")


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_a_card_of_such_a_reference_pays(everywhere: Cast, card: Card, identifier: str) -> None:
    Card.objects.filter(pk=card.pk).update(issuer_reference=f"card_{identifier}")
    card.refresh_from_db()
    answer = post("authorizations", asking(card, id=f"auth_{identifier}"))
    assert answer.json()["approved"], answer.json()
    assert answer.json()["authorization"] == f"auth_{identifier}"


@pytest.mark.parametrize("text", ["{} 12/29", "{}-2029", "call 70 20 {}", "{} {}", "12 {} 123"])
def test_a_number_among_other_digits_is_found(text: str) -> None:
    for number in (VISA, spaced(VISA)):
        assert VISA not in redact(text.format(number, number)).replace(" ", "")


def test_a_long_row_of_digits_takes_no_longer_than_its_length() -> None:
    assert redact("1 " * 200_000) == "1 " * 200_000
    assert VISA not in redact(f"{VISA} " * 20_000)
