"""Why a card said no, whose rule it was, and what to do: for the holder and for finance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from accounts.models import CompanyStatus, MembershipStatus
from cards.controls import preview
from cards.explain import LINES, explain, explain_all, explain_checks
from cards.freeze import freeze
from cards.limits import set_limit
from cards.lock_cards import lock_cards
from cards.models import Card, ControlKind, Interval, MessageKind
from pleo.lib import format
from tests.cards import play
from tests.cards.play import NOON, buy, kroner, tell
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def _in_english_as_danes_write_numbers() -> Iterator[None]:
    with translation.override("en"), format.region("DK"):
        yield


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_over_the_limit_of_a_purchase(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(40_000), by=cast.dave, now=NOON - timedelta(days=90))
    refused = buy(card, 64_000)
    mine, theirs = explain(refused, cast.carol), explain(refused, cast.alice)
    assert plain(mine.sentence) == "The purchase was 240,00 kr. over your limit of 400,00 kr. for each purchase."
    assert plain(theirs.sentence) == "The purchase was 240,00 kr. over the limit of 400,00 kr. for each purchase."
    assert mine.rule == theirs.rule == "Limit set by Dave on 22 Aug."
    assert mine.ask == "Ask Dave to raise it."
    assert [each.label for each in mine.remedies] == ["Ask to allow it once", "Ask for a higher limit"]
    once, until, remedy = theirs.remedies
    assert (once.label, plain(until.label), once.is_post, until.is_post) == (
        "Allow this once", "Raise to 640,00 kr. until Sunday", True, True,
    )  # fmt: skip
    assert (remedy.label, remedy.is_post, theirs.ask) == ("Change the limit", False, "")
    assert remedy.url == f"/c/{cast.company.slug}/cards/{card.pk}/limits/"
    assert "Wallet has enough" in mine.passed


def test_over_the_limit_of_a_month(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(10_000), by=None, now=NOON)
    buy(card, 5_875)
    said = explain(buy(card, 5_000), cast.carol)
    assert plain(said.sentence) == "The limit of 100,00 kr. for November 2026 had 41,25 kr. left."
    assert (said.rule, said.ask) == ("Limit set on 20 Nov.", "Ask Alice to raise it.")


def test_the_sentence_stays_true_after_the_limit_changed(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    refused = buy(card, 10_001)
    before = explain(refused, cast.carol).sentence
    set_limit(card=card, interval="month", amount=kroner(90_000), by=cast.dave)
    assert explain(refused, cast.carol).sentence == before


def test_a_limit_over_all_cards_says_so(card: Card, cast: Cast) -> None:
    set_limit(person=cast.carol, interval="day", amount=kroner(1_000), by=cast.dave, now=NOON)
    said = explain(buy(card, 1_001), cast.alice)
    assert said.rule == "Limit over all cards together, set by Dave on 20 Nov."
    assert plain(said.sentence) == "The limit of 10,00 kr. for the day had 10,00 kr. left."
    assert said.remedies[-1].url == f"/c/{cast.company.slug}/people/{cast.carol.pk}/limits/"


def test_an_empty_wallet_is_not_the_holders_fault(card: Card, cast: Cast) -> None:
    refused = buy(card, 100_100)
    mine, theirs = explain(refused, cast.carol), explain(refused, cast.dave)
    assert mine.sentence == "The company wallet had too little. It was not your card."
    assert (mine.ask, mine.remedies) == ("Ask Alice to top it up.", [])
    assert plain(theirs.sentence) == "The wallet lacked 1,00 kr. for this."
    assert [remedy.label for remedy in theirs.remedies] == ["Top up the wallet"]


def test_a_frozen_card_says_who_froze_it(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.dave, reason="Lost on the train", now=NOON)
    refused = buy(card, 100)
    mine, daves = explain(refused, cast.carol), explain(refused, cast.dave)
    assert (mine.sentence, mine.rule) == ("Your card was frozen.", "Frozen by Dave on 20 Nov. “Lost on the train”")
    assert (mine.ask, mine.remedies) == ("Ask Dave to thaw it.", [])
    assert daves.rule == "You froze it on 20 Nov. “Lost on the train”"
    assert [(remedy.label, remedy.is_post) for remedy in daves.remedies] == [("Thaw the card", True)]


def test_who_froze_the_own_card_can_thaw_it(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.carol, now=NOON)
    said = explain(buy(card, 100), cast.carol)
    assert said.rule == "You froze it on 20 Nov."
    assert [remedy.url for remedy in said.remedies] == [f"/c/{cast.company.slug}/cards/{card.pk}/thaw/"]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("company", "The company is closed."),
        ("closed", "The card is closed for good."),
        ("issuing", "The card was still being made."),
        ("left", "Carol has left the company."),
        ("invited", "Carol has not accepted the invitation yet."),
        ("currency", "It was billed in EUR, and this card pays in DKK."),
    ],
)
def test_other_reasons(card: Card, cast: Cast, what: str, sentence: str) -> None:
    match what:
        case "company":
            cast.company.status = CompanyStatus.CLOSED
            cast.company.save()
        case "closed":
            play.end(card)
        case "issuing":
            Card.objects.filter(pk=card.pk).update(state=what)
        case "left" | "invited":
            cast.carol.status = MembershipStatus(what)
            cast.carol.save()
    said = explain(buy(card, 100, currency="EUR" if what == "currency" else "DKK"), cast.dave)
    assert said.sentence == sentence


def test_several_reasons_are_all_said(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.dave, now=NOON)
    set_limit(card=card, interval="purchase", amount=kroner(0), by=cast.dave)
    said = explain(buy(card, 100), cast.alice)
    assert said.sentence == "The card was frozen."
    assert [plain(each) for each in said.also] == [
        "The purchase was 1,00 kr. over the limit of 0,00 kr. for each purchase."
    ]


def test_what_others_decided(card: Card, cast: Cast) -> None:
    late = buy(card, 100)
    tell(MessageKind.AUTHORIZATION, late, 100, outcome="declined", decided_by="fallback")
    assert explain(late, cast.carol).sentence.startswith("Our answer came too late")
    elsewhere = buy(card, 100)
    tell(MessageKind.AUTHORIZATION, elsewhere, 100, outcome="declined", decided_by="issuer")
    assert explain(elsewhere, cast.carol).sentence.startswith("The card network declined it")


def test_a_page_of_declines_reads_the_names_once(card: Card, cast: Cast, django_assert_num_queries: object) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(10), by=cast.dave)
    refused = [buy(card, 100 + number) for number in range(5)]
    with django_assert_num_queries(3):
        assert len(explain_all(refused, cast.alice)) == 5


def test_a_preview_is_explained_and_leaves_no_trace(card: Card, cast: Cast) -> None:
    asked = play.request(card, 100)
    assert explain_checks(card, preview(card, asked), cast.dave, now=NOON) is None
    set_limit(card=card, interval="month", amount=kroner(50), by=cast.dave)
    said = explain_checks(card, preview(card, asked), cast.dave, now=NOON)
    assert said is not None
    assert said.sentence.startswith("The limit of 0,50")
    assert play.used_by(card, "month") == 0


def test_every_check_has_a_line() -> None:
    codes = {"company_active", "card_active", "not_frozen", "cardholder_active", "currency", "funds"}
    codes |= {"original_known", "original_open", "in_person", "card_period", "single_use"} | {
        f"control_{kind}" for kind in ControlKind.values
    }
    assert set(LINES) == codes | {f"limit_{interval}" for interval in Interval.values}


def test_a_card_that_rests_for_receipts_says_what_to_do(card: Card, cast: Cast) -> None:
    with transaction.atomic():
        assert lock_cards(person=cast.carol, spare_vendor_cards=True, now=NOON) == 1
    refused = buy(card, 5_000)
    mine, theirs = explain(refused, cast.carol), explain(refused, cast.dave)
    assert "because receipts are missing" in mine.rule and "because receipts are missing" in theirs.rule
    assert [each.label for each in mine.remedies] == ["Add the receipts"] and mine.ask == ""
    assert not theirs.remedies
