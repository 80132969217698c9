"""API tokens: who makes them, what they open, what closes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.create_token import ScopeNotYours, create_service_token, create_token
from accounts.models import ApiToken, Membership, Role, keyed_hash
from accounts.permissions import CAPABILITIES
from accounts.revoke_token import revoke_token
from accounts.scopes import SCOPES
from events.models import Event
from pleo.lib.errors import WrongState
from tests.conftest import Cast

Signer = Callable[..., Client]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def ask(path: str, secret: str, method: str = "get", **options: Any) -> Any:
    return getattr(Client(), method)(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"}, **options)


def test_scopes_are_capabilities(db: None) -> None:
    assert set(SCOPES) <= set(CAPABILITIES)


def test_the_secret_is_shown_once_and_never_stored(cast: Cast) -> None:
    new = create_token(membership=cast.dave, name="Link", scopes=["people.see"], by=cast.dave)
    row = ApiToken.objects.filter(pk=new.token.pk).values().get()
    assert new.secret.startswith(row["prefix"]) and len(row["prefix"]) == 13
    assert new.secret not in str(row) and row["token_hash"] == keyed_hash(new.secret)
    event = Event.objects.get(verb="token.created")
    assert event.changes["scopes"] == ["people.see"] and new.secret not in str(event.changes)


def test_a_token_can_do_no_more_than_its_member(cast: Cast) -> None:
    for scopes in (["wallet.see"], ["moon.land"], ["expenses.see", "roles.manage"]):
        with pytest.raises(ScopeNotYours):
            create_token(membership=cast.carol, name="T", scopes=scopes, by=cast.dave)
    with pytest.raises(ScopeNotYours):
        create_service_token(name="T", scopes=["company.manage"], by=cast.alice, now=timezone.now())
    assert not Membership.objects.filter(role=Role.SERVICE).exists(), "nothing is left of the refused one"


def test_rights_shrink_with_the_role(cast: Cast) -> None:
    secret = create_token(membership=cast.dave, name="T", scopes=["people.see"], by=cast.dave).secret
    assert ask("people", secret).status_code == 200
    Membership.objects.filter(pk=cast.dave.pk).update(role=Role.EMPLOYEE)
    assert ask("people", secret).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer  ",
        "Bearer pleo_x",
        "Bearer a b",
        "Basic Zm9v",
        "bearer pléo",
        "Bearer " + "x" * 9000,
        "Token x",
        "Bearer \x00",
    ],
)
def test_forged_and_mangled_tokens_get_one_answer(db: None, header: str) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"error"} and set(answer.json()["error"]) == {"code", "message"}


def test_revoked_left_switched_off_and_closed_open_nothing(cast: Cast) -> None:
    def fresh() -> str:
        return create_token(membership=cast.dave, name="T", scopes=["company.see"], by=cast.dave).secret

    first = create_token(membership=cast.dave, name="T", scopes=["company.see"], by=cast.dave)
    revoke_token(token=first.token, by=cast.alice, now=timezone.now())
    assert ask("me", first.secret).status_code == 401
    with pytest.raises(WrongState):
        revoke_token(token=first.token, by=cast.alice, now=timezone.now())
    secret = fresh()
    assert ask("me", secret).status_code == 200
    Membership.objects.filter(pk=cast.dave.pk).update(status="left")
    assert ask("me", secret).status_code == 401
    Membership.objects.filter(pk=cast.dave.pk).update(status="active")
    assert cast.dave.user
    type(cast.dave.user).objects.filter(pk=cast.dave.user.pk).update(is_active=False)
    assert ask("me", secret).status_code == 401
    type(cast.dave.user).objects.filter(pk=cast.dave.user.pk).update(is_active=True)
    type(cast.company).objects.filter(pk=cast.company.pk).update(status="closed")
    assert ask("me", secret).status_code == 401


def test_a_session_does_not_open_the_api(cast: Cast, sign_in: Signer) -> None:
    assert sign_in(cast.alice).get("/api/v1/me").status_code == 401


def test_a_service_acts_without_a_person(cast: Cast) -> None:
    new = create_service_token(name="e-conomic", scopes=["books.see", "company.see"], by=cast.alice, now=timezone.now())
    body = ask("me", new.secret).json()
    assert body["membership"]["role"] == "service" and body["scopes"] == ["books.see", "company.see"]
    assert body["company"]["slug"] == cast.company.slug


def test_it_notes_when_a_token_was_used_but_not_each_time(cast: Cast, django_assert_max_num_queries: Any) -> None:
    new = create_token(membership=cast.dave, name="T", scopes=["company.see"], by=cast.dave)
    ask("me", new.secret)
    first = ApiToken.objects.get(pk=new.token.pk).last_used_at
    assert first is not None
    with django_assert_max_num_queries(3):
        ask("me", new.secret)
    assert ApiToken.objects.get(pk=new.token.pk).last_used_at == first


def test_too_many_requests_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.tokens.TokenThrottle.THROTTLE_RATES", {"token": "2/min"})
    secret = create_token(membership=cast.dave, name="T", scopes=["company.see"], by=cast.dave).secret
    assert [ask("me", secret).status_code for _ in range(3)] == [200, 200, 429]
    answer = ask("me", secret)
    assert answer.json()["error"]["code"] == "throttled" and int(answer.headers["Retry-After"]) > 0


def test_the_page_makes_shows_once_and_revokes(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.dave), reverse("settings-tokens", args=[cast.company.slug])
    assert "No tokens yet" in client.get(url).content.decode()
    assert client.post(url, {"name": "", "acts_as": "me"}).status_code == 422
    assert client.post(url, {"name": "T", "acts_as": "me", "scopes": ["moon.land"]}).status_code == 422
    refused = client.post(url, {"name": "T", "acts_as": "service", "scopes": ["people.manage"]})
    assert refused.status_code == 422 and "no more than" in refused.content.decode()
    made = client.post(url, {"name": "Link", "acts_as": "service", "scopes": ["books.see"]}).content.decode()
    secret = made.split('data-copy="')[1].split('"')[0]
    assert secret.startswith("pleo_") and secret not in client.get(url).content.decode()
    token = ApiToken.objects.get()
    end = reverse("settings-token-revocation", args=[cast.company.slug, token.pk])
    assert client.post(end).status_code == 303 and client.post(end).status_code == 303
    assert "Revoked" in client.get(url).content.decode()
    theirs = create_token(membership=cast.mallory, name="T", scopes=[], by=cast.mallory).token
    assert client.post(reverse("settings-token-revocation", args=[cast.company.slug, theirs.pk])).status_code == 404


def test_the_database_keeps_one_token_for_a_secret(cast: Cast) -> None:
    new = create_token(membership=cast.dave, name="T", scopes=[], by=cast.dave).token
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.create(
            company=cast.company, membership=cast.dave, name="T", prefix="p", token_hash=new.token_hash
        )


def test_what_a_token_does_is_told_apart_from_what_its_person_does(cast: Cast) -> None:
    new = create_token(membership=cast.dave, name="HR link", scopes=["people.manage", "people.see"], by=cast.dave)
    answer = ask("people", new.secret, "post", data={"email": "x@y.example"}, content_type="application/json")
    assert answer.status_code == 201
    event = Event.objects.get(verb="person.invited")
    assert (event.actor, event.by, event.token) == ("token", cast.dave, new.token)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(
            company=cast.company, actor="token", by=cast.dave, verb="x.y", subject_type="a.b", subject_id=cast.dave.pk,
            happened_at=timezone.now(),
        )  # fmt: skip
