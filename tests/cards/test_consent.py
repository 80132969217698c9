"""Questions to a holder: in time, late, twice, by somebody else; and what is shown to the holder alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cards.activate import NotHolder
from cards.consent import AnsweredAlready, TooLate, answer, end_unanswered, tell_outcomes
from cards.intake import deliver
from cards.issuers.base import IssuerUnavailable, Unsupported
from cards.issuers.simulator import adapter, number_of
from cards.models import Card, Consent, MessageKind, Plastic
from events.models import Event, Notification
from tests.cards import play
from tests.conftest import Cast

SignIn = Callable[[Any], Client]


def asked(
    card: Card, *, now: datetime | None = None, seconds: int = 300, asks: str = "paying", **changes: Any
) -> Consent:
    now = now or timezone.now()
    deadline = (now + timedelta(seconds=seconds)).isoformat()
    facts = {"asks": asks, "deadline": deadline} | changes.pop("facts", {})
    message = play.message(MessageKind.CONSENT, card, 4_800, occurred_at=now, facts=facts, **changes)
    deliver(message=message, now=now)
    return Consent.objects.get(issuer_reference=message.reference)


def prove(client: Client, user: Any, *, ago: int = 0) -> None:
    """Note in the session that a second factor was used."""
    Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": "x"}})
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "mfa", type="totp", reauthenticated=True)
    request.session["account_authentication_methods"][-1]["at"] = time.time() - ago
    request.session.save()


def test_the_holder_is_asked_and_the_answer_goes_back(card: Card, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        type(adapter), "answer_consent",
        lambda self, *, reference, is_approved: told.append((reference, is_approved)), raising=True,
    )  # fmt: skip
    question = asked(card)
    assert [row.membership for row in Notification.objects.filter(event__verb="consent.asked", channel="in_app")] == [
        cast.carol
    ]
    answer(consent=question, is_approved=True, by=cast.carol)
    assert (tell_outcomes(), tell_outcomes()) == (1, 0)
    assert told == [(question.issuer_reference, True)]


def test_only_the_holder_answers_and_only_once(card: Card, cast: Cast) -> None:
    question = asked(card)
    for person in (cast.dave, cast.lena, cast.mallory):
        with pytest.raises(NotHolder):
            answer(consent=question, is_approved=True, by=person)
    answer(consent=question, is_approved=False, by=cast.carol)
    assert answer(consent=question, is_approved=False, by=cast.carol).status == "denied"
    with pytest.raises(AnsweredAlready):
        answer(consent=question, is_approved=True, by=cast.carol)
    assert not card.open_freezes().exists()


def test_silence_is_a_no_and_a_late_yes_changes_nothing(card: Card, cast: Cast) -> None:
    question = asked(card, seconds=60)
    late = question.deadline
    with pytest.raises(TooLate):
        answer(consent=question, is_approved=True, by=cast.carol, now=late)
    assert (end_unanswered(now=late), end_unanswered(now=late)) == (1, 0)
    with pytest.raises(TooLate):
        answer(consent=question, is_approved=True, by=cast.carol, now=late + timedelta(minutes=1))
    question.refresh_from_db()
    assert (question.status, question.is_approved) == ("expired", False)
    assert Event.objects.filter(verb="consent.answered_late").count() == 2


def test_not_me_freezes_the_card(card: Card, cast: Cast) -> None:
    answer(consent=asked(card, asks="was_you"), is_approved=False, by=cast.carol)
    assert [row.source for row in card.open_freezes()] == ["holder"]


def test_an_issuer_that_is_silent_is_told_again(card: Card, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: Any, **_: Any) -> None:
        raise IssuerUnavailable

    answer(consent=asked(card), is_approved=True, by=cast.carol)
    with monkeypatch.context() as patch:
        patch.setattr(type(adapter), "answer_consent", silent)
        assert tell_outcomes() == 0
    with monkeypatch.context() as patch:
        patch.setattr(type(adapter), "answer_consent", lambda self, **_: (_ for _ in ()).throw(Unsupported()))
        assert tell_outcomes() == 1


def test_the_same_question_twice_is_one(card: Card) -> None:
    first = asked(card, reference="net 1")
    assert asked(card, reference="net 1").pk == first.pk
    assert Consent.objects.count() == 1


@pytest.mark.parametrize(
    "deadline",
    ["", "soon", "2026-13-45T99:99:99+00:00", "1999-01-01T00:00:00+00:00", "2026-11-20T12:00:00", "9999-12-31T23:59:59+00:00"],
)  # fmt: skip
def test_a_senseless_deadline_is_five_minutes(card: Card, deadline: str) -> None:
    question = asked(card, facts={"deadline": deadline, "asks": "dinner?"})
    assert (question.deadline - question.asked_at, question.kind) == (timedelta(minutes=5), "paying")


@pytest.mark.parametrize(
    "fault",
    [{"status": "maybe"}, {"status": "approved"}, {"kind": "dinner"}, {"amount": -1}, {"deadline": datetime(2020, 1, 1, tzinfo=play.UTC)},
     {"answered_at": play.NOON}, {"currency": "kr"}],
)  # fmt: skip
def test_the_database_refuses_a_wrong_question(card: Card, fault: dict[str, Any]) -> None:
    asked(card)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.update(**fault)


def test_the_pages_of_a_question(card: Card, cast: Cast, sign_in: SignIn) -> None:
    question, carol, dave = asked(card), sign_in(cast.carol), sign_in(cast.dave)
    page = f"/c/{cast.company.slug}/cards/questions/{question.pk}/"
    assert "Answer" in carol.get(f"/c/{cast.company.slug}/").content.decode()
    assert "Are you paying this?" in carol.get(f"/c/{cast.company.slug}/cards/{card.pk}/").content.decode()
    assert "Yes, pay" in carol.get(page).content.decode()
    assert "Only Carol can answer" in dave.get(page).content.decode()
    assert dave.post(f"{page}answer/", {"answer": "yes"}).status_code == 403
    assert carol.post(f"{page}answer/", {"answer": "yes"}).status_code == 303
    assert "Answered yes" in carol.get(page, headers={"HX-Request": "true"}).content.decode()
    assert carol.post(f"{page}answer/", {"answer": "no"}).status_code == 409


def test_who_has_a_second_factor_proves_it_before_paying(card: Card, cast: Cast, sign_in: SignIn) -> None:
    question, carol = asked(card), sign_in(cast.carol)
    page = f"/c/{cast.company.slug}/cards/questions/{question.pk}/"
    prove(carol, cast.carol.user, ago=301)
    assert "/account/confirm/" in carol.post(f"{page}answer/", {"answer": "yes"})["Location"]
    prove(carol, cast.carol.user)
    assert carol.post(f"{page}answer/", {"answer": "yes"})["Location"] == page


# ---- what is shown to the holder alone


def details(cast: Cast, card: Card, what: str = "details") -> str:
    return f"/c/{cast.company.slug}/cards/{card.pk}/{what}/"


def test_a_number_needs_a_second_factor_of_the_last_minutes(card: Card, cast: Cast, sign_in: SignIn) -> None:
    carol, url = sign_in(cast.carol), details(cast, card)
    assert "Set up a second proof" in carol.get(url).content.decode()
    assert carol.post(url).status_code == 409
    prove(carol, cast.carol.user, ago=301)
    for answered in (carol.get(url), carol.post(url)):
        assert answered.status_code == 303 and answered["Location"].startswith("/account/confirm/")
    prove(carol, cast.carol.user)
    assert "Show for 60 seconds" in carol.get(url).content.decode()
    assert not Event.objects.filter(verb="card.number_shown").exists()
    shown = carol.post(url)
    text, number = shown.content.decode(), number_of(card.issuer_reference)
    assert shown["Refresh"].startswith("60;") and "no-store" in shown["Cache-Control"]
    assert 'sandbox="allow-forms"' in text and number.number not in text and number.groups not in text
    assert "frame-src 'self'" in shown["Content-Security-Policy"]
    assert Event.objects.filter(verb="card.number_shown", by=cast.carol).count() == 1


def test_nobody_else_sees_a_number(card: Card, cast: Cast, sign_in: SignIn) -> None:
    for person in (cast.dave, cast.lena, cast.alice):
        client = sign_in(person)
        prove(client, person.user)
        assert client.post(details(cast, card)).status_code == 403
    mallory = sign_in(cast.mallory)
    prove(mallory, cast.mallory.user)
    assert mallory.post(details(cast, card)).status_code == 404


def frame(client: Client, url: str) -> str:
    text = client.post(url).content.decode()
    return text.split('<iframe class="element-frame" src="')[1].split('"')[0]


def test_the_element_shows_it_for_a_minute_in_its_own_rules(
    card: Card, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol, stranger = sign_in(cast.carol), Client()
    prove(carol, cast.carol.user)
    source = frame(carol, details(cast, card))
    shown = stranger.get(source)
    assert number_of(card.issuer_reference).groups in shown.content.decode()
    rules = shown["Content-Security-Policy"]
    assert "default-src 'none'" in rules and "sandbox allow-forms" in rules and "script-src 'none'" in rules
    assert shown["X-Frame-Options"] == "SAMEORIGIN" and "no-store" in shown["Cache-Control"]
    later = timezone.now() + timedelta(seconds=62)
    monkeypatch.setattr("cards.views_element.timezone.now", lambda: later)
    over = stranger.get(source)
    assert over.status_code == 404 and "The minute is over" in over.content.decode()
    assert stranger.get("/element/simulator/made-up/").status_code == 404


def test_a_pin_is_set_in_the_element_and_kept_nowhere(cast: Cast, sign_in: SignIn) -> None:
    card, carol = play.plastic(cast.carol), sign_in(cast.carol)
    prove(carol, cast.carol.user)
    source = frame(carol, details(cast, card, "pin"))
    outside = Client(enforce_csrf_checks=True)
    for easy in ("1111", "1234", "9876", "12", "abcd", ""):
        assert "The PIN is set" not in outside.post(source, {"pin": easy}).content.decode()
    assert "The PIN is set" in outside.post(source, {"pin": "8305"}).content.decode()
    assert Plastic.objects.get().pin == "set"
    assert not any("8305" in str(event.changes) for event in Event.objects.all())


def test_a_closed_card_shows_nothing(card: Card, cast: Cast, sign_in: SignIn) -> None:
    carol = sign_in(cast.carol)
    prove(carol, cast.carol.user)
    play.end(card)
    assert carol.post(details(cast, card)).status_code == 409


def test_finance_finds_every_question_in_a_list(card: Card, cast: Cast, sign_in: Any) -> None:
    first, second = asked(card, reference="q1"), asked(card, reference="q2")
    assert first.pk != second.pk
    page = reverse("consents", kwargs={"company": cast.company.slug})
    client = sign_in(cast.alice)
    assert client.get(page).content.decode().count("data-row") == 2
    assert "No question matches" in client.get(page, {"q": "nobody sells this"}).content.decode()
    assert client.get(page, {"status": "denied"}).content.decode().count("data-row") == 0
    assert client.get(page, {"sort": "x", "cursor": "??"}).status_code == 200
    table = b"".join(client.get(f"{page}questions.csv").streaming_content).decode()
    assert table.count(first.merchant_name) == 2
    assert sign_in(cast.mallory).get(page).status_code == 404
