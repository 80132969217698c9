"""Hostile input at every door: a proper refusal, a trace in the log, never a 500, and the wallet as it was."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cards.issuers import simulator
from cards.models import Authorization, Card, Clearing, IssuerMessage, MessageKind
from cards.tasks import take_in
from events.models import Event
from tests.cards.play import kroner, wallet
from tests.cards.test_doors import asking, post, telling
from tests.conftest import Cast

DOORS = ("authorizations", "messages")
QUESTIONS = (simulator.REQUEST, simulator.INCREMENT, simulator.AT_ONCE, simulator.INQUIRY)
NEWS = {MessageKind.CARD, MessageKind.HOLDER, MessageKind.CONSENT, MessageKind.TOP_UP}
KINDS = sorted(kind for kind, ours in simulator.TYPES.items() if ours not in NEWS)


def body_for(card: Card, door: str, /, **changes: Any) -> dict[str, Any]:
    return asking(card, **changes) if door == "authorizations" else telling(card, **changes)


def untouched(cast: Cast) -> None:
    """Nothing moved and nothing is held."""
    account = wallet(cast.company)
    assert (account.balance, account.reserved) == (kroner(100_000), kroner(0))
    assert not Clearing.objects.exists()
    assert not Authorization.objects.filter(outcome="approved").exclude(amount=0).exists()


def take_everything_in() -> None:
    for row in IssuerMessage.objects.filter(status="received"):
        take_in(message_id=str(row.pk))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("unsigned", 401),
        ("wrong key", 401),
        ("signed for another body", 401),
        ("six minutes old", 401),
        ("from tomorrow", 401),
        ("ten megabytes", 413),
        ("ten megabytes, length unsaid", 413),
        ("truncated", 400),
        ("not JSON at all", 400),
        ("a list", 400),
        ("not UTF-8", 400),
        ("nested a hundred deep", 400),
        ("a million brackets", 413),
        ("another issuer", 404),
    ],
)
def test_a_stranger_is_refused_and_leaves_a_line(
    card: Card, cast: Cast, door: str, how: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    raw = json.dumps(body_for(card, door)).encode()
    now, headers, issuer = timezone.now(), {}, "simulator"
    match how:
        case "unsigned":
            headers["signature"] = ""
        case "wrong key":
            headers["signature"] = f"t={int(now.timestamp())},v1={'0' * 64}"
        case "signed for another body":
            headers["signature"] = simulator.sign(raw + b" ", now)
        case "six minutes old":
            headers["signature"] = simulator.sign(raw, now - timedelta(minutes=6))
        case "from tomorrow":
            headers["signature"] = simulator.sign(raw, now + timedelta(days=1))
        case "ten megabytes" | "ten megabytes, length unsaid":
            raw = b'{"id": "' + b"x" * 10_000_000 + b'"}'
        case "truncated":
            raw = raw[:-20]
        case "not JSON at all":
            raw = b"id=1&type=clearing"
        case "a list":
            raw = b"[" + raw + b"]"
        case "not UTF-8":
            raw = raw.replace(b"Kaffebar", b"Kaff\xff\xfe")
        case "nested a hundred deep":
            raw = b'{"a":' * 100 + b"1" + b"}" * 100
        case "a million brackets":
            raw = b"[" * 1_000_000
        case "another issuer":
            issuer = "bank_of_nowhere"
    with caplog.at_level(logging.WARNING):
        if how == "ten megabytes, length unsaid":
            answer = Client().generic(
                "POST",
                f"/issuer/simulator/{door}",
                raw,
                content_type="application/json",
                headers={"Simulator-Signature": simulator.sign(raw, now)},
                CONTENT_LENGTH=str(len(raw)),
            )
        else:
            answer = post(door, raw, issuer=issuer, **headers)
    assert answer.status_code == status
    assert "door refused" in caplog.text
    assert not IssuerMessage.objects.exists() and not Event.objects.filter(verb="message.refused").exists()
    untouched(cast)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("a negative amount", {"amount": -1}),
    ("a huge amount", {"amount": 10**17}),
    ("an amount beyond every column", {"amount": 10**400}),
    ("a fraction", {"amount": 10.5}),
    ("an amount as text", {"amount": "100"}),
    ("true for an amount", {"amount": True}),
    ("an unknown currency", {"currency": "XXQ"}),
    ("no currency", {"currency": ""}),
    ("a currency as number", {"currency": 208}),
    ("a fee above the amount", {"fee": 10**9}),
    ("a negative fee", {"fee": -5}),
    ("a shop that is a list", {"merchant": ["Kaffebar"]}),
    ("a NUL in the name", {"merchant": {"name": "Kaffe\x00bar"}}),
    ("half a letter", {"merchant": {"name": "Kaffe\ud800bar"}}),
    ("a card that is a number", {"card": 4}),
    ("a card reference without end", {"card": "c" * 5_000}),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("what", "changes"), WRONG, ids=[what for what, _ in WRONG])
def test_a_signed_message_that_makes_no_sense_is_kept_and_told(
    card: Card, cast: Cast, door: str, what: str, changes: dict[str, Any]
) -> None:
    answer = post(door, body_for(card, door, **changes))
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or door == "messages"
    take_everything_in()
    untouched(cast)
    if what in ("a NUL in the name", "half a letter"):
        # No text column takes these: the body is refused before anything of it is read.
        assert answer.json()["error"]["code"] == "bad_text"
        return
    row = IssuerMessage.objects.get()
    assert (row.status, row.last_error["where"] != "") == ("failed", True)
    told = Event.objects.get(verb="message.refused")
    assert (told.subject_id, told.changes["code"]) == (row.pk, row.last_error["code"])


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_question_about_an_unknown_card_is_a_no_and_told(card: Card, cast: Cast, kind: str) -> None:
    answer = post("authorizations", asking(card, card="card_of_nobody") | {"type": kind})
    assert (answer.status_code, answer.json()["approved"], answer.json()["reason"]) == (200, False, "card_unknown")
    assert Event.objects.get(verb="message.refused").changes["code"] == "card_unknown"
    post("authorizations", asking(card, card="card_of_nobody") | {"type": kind})
    untouched(cast)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_about_an_unknown_card_moves_nothing(card: Card, cast: Cast, kind: str) -> None:
    body = telling(card, kind, card="card_of_nobody", dispute="dispute_of_nobody", state="won")
    assert post("messages", body).status_code == 200
    take_everything_in()
    untouched(cast)
    row = IssuerMessage.objects.get()
    assert row.status in ("failed", "waiting")
    if row.status == "failed":
        assert Event.objects.get(verb="message.refused").changes["code"] == "card_unknown"


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_in_another_currency_moves_nothing(card: Card, cast: Cast, kind: str) -> None:
    assert post("messages", telling(card, kind, currency="EUR", dispute="d", state="won")).status_code == 200
    take_everything_in()
    untouched(cast)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amount", [0, 10**17, None])
def test_no_kind_of_message_breaks_on_an_odd_amount(card: Card, cast: Cast, kind: str, amount: int | None) -> None:
    answer = post("messages", telling(card, kind, amount, dispute="d", state="won"))
    assert answer.status_code == 200
    take_everything_in()
    assert not Clearing.objects.exists()
    assert wallet(cast.company).balance == kroner(100_000)


@pytest.mark.parametrize(
    "shop",
    [
        {"category_code": "ABCD"},
        {"category_code": "99999999"},
        {"category_code": "٤٢٤٢"},
        {"country": "XX"},
        {"country": "Denmark"},
        {"country": "🇩🇰"},
        {"name": "<script>alert(1)</script>"},
        {"name": "=cmd|' /C calc'!A0"},
        {"name": "ß" * 900, "city": "\u202eevil"},
        {},
    ],
)
def test_a_shop_that_nobody_knows_is_a_shop_all_the_same(card: Card, cast: Cast, shop: dict[str, Any]) -> None:
    """An unknown category or country must not decline or break a purchase; it is stored as far as it makes sense."""
    answer = post("authorizations", asking(card, merchant=shop))
    assert (answer.status_code, answer.json()["approved"]) == (200, True)
    paid = Authorization.objects.get()
    assert len(paid.merchant_name) <= 120 and len(paid.merchant_country) <= 2 and len(paid.merchant_category_code) <= 4
    assert post("messages", telling(card, merchant=shop)).status_code == 200
    take_everything_in()
    assert wallet(cast.company).balance == kroner(100_000 - 4_800)


def test_a_huge_yes_is_not_given(card: Card, cast: Cast) -> None:
    answer = post("authorizations", asking(card, amount=10**15 - 1))
    assert answer.json()["approved"] is False
    assert (
        post("authorizations", asking(card, amount=10**15 - 1) | {"type": simulator.INCREMENT}).json()["approved"]
        is False
    )
    untouched(cast)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize("door", DOORS)
def test_doors_answer_to_nothing_but_post(db: None, method: str, door: str) -> None:
    assert getattr(Client(), method)(f"/issuer/simulator/{door}").status_code == 405
