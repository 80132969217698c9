"""A look at a card of Stripe's: its script gets a key for this one card, the holder alone, after a second factor."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from cards.models import Card
from events.models import Event
from tests.cards.stripe_mock import StripeMock
from tests.cards.test_stripe_doors import card, mock  # noqa: F401 - fixtures
from tests.conftest import Cast

ROOT = Path(__file__).resolve().parents[2]
SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def _proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cards.views_reveal.has_second_factor", lambda user: True)
    monkeypatch.setattr("cards.views_reveal.proved_lately", lambda request: True)


@pytest.fixture
def page(card: Card, settings: Any) -> Iterator[str]:  # noqa: F811 - the fixture
    settings.STRIPE_PUBLISHABLE_KEY = "pk_test_1"
    yield reverse("card-details", kwargs={"company": card.company.slug, "card_id": card.pk})


def test_the_page_asks_stripes_script_for_a_look(page: str, card: Card, cast: Cast, sign_in: SignIn) -> None:  # noqa: F811
    answer = sign_in(cast.carol).get(page)
    text = answer.content.decode()
    assert f'data-stripe-card="{card.issuer_reference}"' in text and 'data-key="pk_test_1"' in text
    assert "https://js.stripe.com/v3/" in text and "issuingCardNumberDisplay" in text


def test_the_script_gets_a_key_and_nothing_else(page: str, cast: Cast, sign_in: SignIn, mock: StripeMock) -> None:  # noqa: F811
    answer = sign_in(cast.carol).post(page, {"nonce": "nonce_1"})
    assert set(answer.json()) == {"key", "nonce"}
    assert answer.json()["key"].startswith("ek_")
    assert "no-store" in answer.headers["Cache-Control"]
    assert mock.calls[-1].params["nonce"] == "nonce_1"
    assert Event.objects.filter(verb="card.number_shown").count() == 1


def test_without_a_nonce_stripe_is_not_asked(page: str, cast: Cast, sign_in: SignIn, mock: StripeMock) -> None:  # noqa: F811
    before = len(mock.calls)
    assert sign_in(cast.carol).post(page).status_code == 303
    assert len(mock.calls) == before


def test_a_no_of_stripes_is_no_error_of_ours(page: str, cast: Cast, sign_in: SignIn, mock: StripeMock) -> None:  # noqa: F811
    for status in (400, 500, 500, 500):
        mock.fail(status, "x")
    assert sign_in(cast.carol).post(page, {"nonce": "n"}).status_code == 303


def test_nobody_but_the_holder_gets_a_key(page: str, cast: Cast, sign_in: SignIn, mock: StripeMock) -> None:  # noqa: F811
    before = len(mock.calls)
    for person in (cast.alice, cast.dave, cast.lena):
        assert "ek_" not in sign_in(person).post(page, {"nonce": "n"}).content.decode()
    assert sign_in(cast.mallory).post(page, {"nonce": "n"}).status_code in (403, 404)
    assert len(mock.calls) == before


@pytest.mark.parametrize(("issuers", "is_allowed"), [("simulator", False), ("simulator,stripe", True)])
def test_stripes_script_may_run_only_where_stripe_is_used(issuers: str, is_allowed: bool, tmp_path: Path) -> None:
    code = "from pleo import settings; print(settings.CONTENT_SECURITY_POLICY)"
    env = {"ISSUERS": issuers, "PLEO_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert ("stripe.com" in said.stdout) is is_allowed
