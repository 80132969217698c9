"""A PIN at Stripe: changed by the holder's browser for Stripe alone, blocked by three wrong ones, unblocked here."""

# ruff: noqa: F811 - fixtures of another module

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import requests
from django.test import Client
from joserfc import jwe
from joserfc.jwk import RSAKey

from accounts.models import Membership
from cards.change_pin import PinUnreadable, change_pin
from cards.issue import Wish, issue, make
from cards.issuers import stripe
from cards.issuers.base import Address, IssuerUnavailable
from cards.models import Card, CardState, Plastic
from cards.reveal import NotShown, ProofMissing
from cards.ship import PinNotBlocked, unblock_pin
from events.models import Event, Notification
from tests.cards.stripe_mock import StripeMock
from tests.cards.test_stripe_doors import NOW, card, card_event, decided, event, mock, told  # noqa: F401 - fixtures and documents
from tests.conftest import Cast

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "stripe-pin.js"
SignIn = Callable[[Membership], Client]
SEALED = "a.b.c.d.e"


@pytest.fixture
def plastic(card: Card, mock: StripeMock, cast: Cast) -> Card:
    """Carol's plastic card at Stripe, in her hand and activated."""
    post = Address("Carol", "Nordre Fasanvej 4", "Frederiksberg", "2000", "DK")
    wanted = issue(cardholder=cast.carol, name="Plastic", by=None, now=NOW, wish=Wish(kind="physical", ship_to=post))
    with patch("cards.issue.connection", in_atomic_block=False):
        made = make(card=wanted, now=NOW)
    Card.objects.filter(pk=made.pk).update(state=CardState.ACTIVE, issuer_status="active")
    made.refresh_from_db()
    return made


@pytest.fixture
def key() -> Iterator[RSAKey]:
    """Stripe's key for PINs, ours for the test."""
    made = RSAKey.generate_key(2048)

    class Answer:
        def raise_for_status(self) -> None: ...

        def json(self) -> dict[str, Any]:
            return {"jwk": made.as_dict(private=False), "key_id": "k1", "pkcs8": ""}

    with patch.object(requests, "get", lambda url, timeout: Answer()):
        yield made


@pytest.fixture(autouse=True)
def _proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cards.views_reveal.has_second_factor", lambda user: True)
    monkeypatch.setattr("cards.views_reveal.proved_lately", lambda request: True)


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
def test_what_the_script_encrypts_only_the_key_opens(key: RSAKey, tmp_path: Path) -> None:
    run = tmp_path / "run.mjs"
    shutil.copy(SCRIPT, tmp_path / "pin.mjs")
    public = json.dumps(key.as_dict(private=False))
    run.write_text(f'import {{ encryptPin }} from "./pin.mjs"\nconsole.log(await encryptPin("0123", {public}, "k1"))')
    done = subprocess.run(["node", str(run)], capture_output=True, text=True, check=True, timeout=60)
    opened = jwe.decrypt_compact(done.stdout.strip(), key, algorithms=["RSA-OAEP", "A128CBC-HS256"])
    assert opened.plaintext == b"0123"
    assert opened.protected == {"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "kid": "k1"}


def test_the_page_gives_the_key_and_passes_on_what_it_cannot_read(
    plastic: Card, mock: StripeMock, cast: Cast, sign_in: SignIn, key: RSAKey
) -> None:
    page, carol = f"/c/{cast.company.slug}/cards/{plastic.pk}/pin/change/", sign_in(cast.carol)
    shown = carol.get(page)
    assert 'data-kid="k1"' in shown.content.decode() and "no-store" in shown.headers["Cache-Control"]
    assert 'name="pin"' not in shown.content.decode(), "the PIN itself has no name, so no form sends it"
    assert page in carol.get(f"/c/{cast.company.slug}/cards/{plastic.pk}/").content.decode()
    done = carol.post(page, {"encrypted": SEALED}, follow=True).content.decode()
    assert "The PIN is changed." in done
    assert mock.calls[-1].params == {"pin[encrypted_number]": SEALED}
    assert Plastic.objects.get(card=plastic).pin == "set"
    assert SEALED not in json.dumps(list(Event.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize("wrong", ["", "0123", "a.b.c.d", "a.b.c.d.e.f", "a.b.c.d.e\n", "a.b.c.d.é", "a." * 3000 + "e"])
def test_what_is_not_encrypted_is_not_passed_on(
    plastic: Card, mock: StripeMock, cast: Cast, sign_in: SignIn, key: RSAKey, wrong: str
) -> None:
    before = len(mock.calls)
    with pytest.raises(PinUnreadable):
        change_pin(card=plastic, encrypted=wrong, by=cast.carol, is_proved=True)
    answer = sign_in(cast.carol).post(f"/c/{cast.company.slug}/cards/{plastic.pk}/pin/change/", {"encrypted": wrong})
    assert answer.status_code == 422 and len(mock.calls) == before


def test_the_holder_alone_with_a_proof_and_a_card_in_use(
    plastic: Card, card: Card, cast: Cast, sign_in: SignIn
) -> None:
    with pytest.raises(ProofMissing):
        change_pin(card=plastic, encrypted=SEALED, by=cast.carol, is_proved=False)
    with pytest.raises(NotShown):
        change_pin(card=card, encrypted=SEALED, by=cast.carol, is_proved=True)
    page = f"/c/{cast.company.slug}/cards/{plastic.pk}/pin/change/"
    assert sign_in(cast.dave).post(page, {"encrypted": SEALED}).status_code == 403
    Card.objects.filter(pk=plastic.pk).update(issuer="simulator")
    plastic.refresh_from_db()
    with pytest.raises(NotShown):
        change_pin(card=plastic, encrypted=SEALED, by=cast.carol, is_proved=True)


def test_without_stripes_key_nothing_is_asked(plastic: Card, cast: Cast, sign_in: SignIn) -> None:
    with patch.object(requests, "get", side_effect=requests.ConnectionError), pytest.raises(IssuerUnavailable):
        stripe.adapter.pin_key()
    with patch.object(requests, "get", side_effect=requests.ConnectionError):
        answer = sign_in(cast.carol).get(f"/c/{cast.company.slug}/cards/{plastic.pk}/pin/change/", follow=True)
    assert "The issuer did not answer." in answer.content.decode()


def test_three_wrong_pins_block_it_and_one_press_unblocks_it(plastic: Card, mock: StripeMock, cast: Cast) -> None:
    document = decided(plastic, "iauth_9", approved=False, status="closed", amount=0)
    document["request_history"][0] |= {"approved": False, "reason": "pin_blocked"}
    assert told(event("issuing_authorization.created", document)).status == "done"
    assert Plastic.objects.get(card=plastic).pin == "blocked"
    assert Notification.objects.filter(event__verb="card.pin_blocked", membership=cast.carol).exists()
    told(card_event(plastic, "inactive", NOW))
    plastic.refresh_from_db()
    assert plastic.open_freezes().get().source == "issuer"
    unblock_pin(card=plastic, by=cast.carol)
    assert mock.calls[-1].params == {"status": "active"}
    assert Plastic.objects.get(card=plastic).pin == "set"
    with pytest.raises(PinNotBlocked):
        unblock_pin(card=plastic, by=cast.carol)
