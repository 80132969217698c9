"""A card's life pressed by many hands at the same moment: each thing happens once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cards.activate import TooManyTries, WrongDigits, activate
from cards.authorize import authorize
from cards.bulk_issue import keep_batch, make_cards, start_batch
from cards.cancel import cancel
from cards.consent import answer
from cards.issue import Wish
from cards.models import Card, CardBatch, Consent, Freeze, Leaving, Plastic
from cards.offboard import end_leaving, start_leaving
from cards.replace import replace
from events.models import Event
from pleo.lib.errors import DomainError
from tests.cards import play
from tests.cards.play import NOON
from tests.concurrency.conftest import Together
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def _deadline_off(settings: Any) -> None:
    settings.DECISION_SECONDS = None


def outcome(act: Any) -> str:
    """Run an act and return what came of it, in a word."""
    try:
        act()
    except DomainError as error:
        return error.code
    return "done"


def test_a_single_use_card_pays_once_at_eight_tills(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 100_000)
    card = play.new_card(cast.carol, wish=Wish(kind="single_use"))
    asked = [play.request(card, 1_000) for _ in range(8)]
    answers = together(8, lambda number: authorize(request=asked[number], now=NOON))
    assert Counter(row.decline_reason for row in answers) == {"": 1, "single_use": 7}


def test_twelve_wrong_tries_are_five(cast: Cast, together: Together) -> None:
    card = play.plastic(cast.carol, active=False)
    wrong = f"{(int(card.last_four) + 1) % 10_000:04}"
    said = Counter(together(12, lambda _: outcome(lambda: activate(card=card, last_four=wrong, by=cast.carol))))
    assert said == {WrongDigits.code: 4, TooManyTries.code: 8}
    assert Plastic.objects.get().tries == 5


def test_one_new_card_takes_its_place(cast: Cast, together: Together) -> None:
    card = play.plastic(cast.carol)
    said = Counter(together(6, lambda _: outcome(lambda: replace(card=card, by=cast.carol))))
    assert said["done"] == 1 and sum(said.values()) == 6
    assert Card.objects.filter(replaces=card).count() == 1


def test_a_card_closes_once(cast: Cast, together: Together) -> None:
    card = play.new_card(cast.carol)
    said = Counter(together(6, lambda _: outcome(lambda: cancel(card=card, by=cast.dave))))
    assert said == {"done": 1, "card_closed": 5}
    assert Event.objects.filter(verb="card.closed").count() == 1


def test_yes_and_no_at_the_same_moment_are_one_answer(cast: Cast, together: Together) -> None:
    now = timezone.now()
    consent = Consent.objects.create(
        company=cast.company, card=play.new_card(cast.carol), kind="paying", issuer="simulator", issuer_reference="ask 1",
        amount=100, currency="DKK", merchant_name="Figma", asked_at=now, deadline=now + timedelta(minutes=5),
    )  # fmt: skip
    rows = [Consent.objects.select_related("card__cardholder", "company").get(pk=consent.pk) for _ in range(6)]
    together(6, lambda n: outcome(lambda: answer(consent=rows[n], is_approved=n % 2 == 0, by=cast.carol)))
    assert Event.objects.filter(verb__in=["consent.approved", "consent.denied"]).count() == 1


def test_two_people_begin_and_end_one_leaving(cast: Cast, together: Together) -> None:
    play.new_card(cast.carol)
    by = (cast.dave, cast.alice)
    together(4, lambda n: outcome(lambda: start_leaving(person=cast.carol, by=by[n % 2])))
    leaving = Leaving.objects.get()
    assert Freeze.objects.count() == 1
    rows = [Leaving.objects.select_related("membership__company", "lead").get(pk=leaving.pk) for _ in range(4)]
    together(4, lambda n: outcome(lambda: end_leaving(leaving=rows[n], by=by[n % 2])))
    cast.carol.refresh_from_db()
    assert (cast.carol.status, Event.objects.filter(verb="person.left").count()) == ("left", 1)


def test_four_workers_make_each_line_once(cast: Cast, together: Together) -> None:
    text = "person,name\n" + "".join(f"carol@example.com,Card {number}\n" for number in range(12))
    batch = keep_batch(content=text.encode(), filename="a.csv", by=cast.dave)
    start_batch(batch=batch, by=cast.dave)
    together(4, lambda _: make_cards(batch_id=batch.pk))
    assert (Card.objects.count(), Event.objects.filter(verb="card_batch.done").count()) == (12, 1)


def test_the_same_file_at_the_same_moment_is_one_batch(cast: Cast, together: Together) -> None:
    text = b"person,name\ncarol@example.com,Travel\n"
    found = together(6, lambda _: keep_batch(content=text, filename="a.csv", by=cast.dave).pk)
    assert len(set(found)) == CardBatch.objects.count() == 1
    assert CardBatch.objects.get().rows.count() == 1
