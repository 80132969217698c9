"""One act on many cards: whole lists, a job that may be killed, what became of each, and undoing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cards import run_bulk as running
from cards.card_policies import follow_policy, make_policy
from cards.freeze import NotYours, freeze, thaw
from cards.limits import set_limit
from cards.models import Card, CardBulk, CardBulkRow, CardTemplate, Control, Freeze, Limit
from cards.run_bulk import LOT, run_bulk
from cards.set_control import set_control
from cards.start_bulk import NothingTicked, TooMany, start_bulk, undo_bulk
from cards.tasks import sweep_bulk_cards
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards import play
from tests.conftest import Cast

SignIn = Callable[[Any], Client]


def kr(amount: int) -> Money:
    return Money(amount * 100, "DKK")


@pytest.fixture
def policy(cast: Cast) -> CardTemplate:
    """5.000 kr. each month, and no casinos."""
    made = make_policy(company=cast.company, name="Travel", by=cast.dave)
    set_limit(template=made, interval="month", amount=kr(5000), by=cast.dave)
    set_control(template=made, kind="country", mode="block", values=["SE"], by=cast.dave)
    return made


def many(cast: Cast, count: int) -> list[Card]:
    return [play.new_card(cast.carol) for _ in range(count)]


def ask(cast: Cast, act: str, template: CardTemplate | None = None) -> CardBulk:
    return start_bulk(by=cast.dave, cards=Card.objects.visible_to(cast.dave), act=act, template=template)


def test_every_card_answers_for_itself(cast: Cast, policy: CardTemplate) -> None:
    cards = many(cast, LOT + 3)
    bulk = ask(cast, "follow", policy)
    play.end(cards[0])
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.status, bulk.total, bulk.done, bulk.skipped) == ("done", LOT + 3, LOT + 2, 1)
    assert Card.objects.filter(template=policy).count() == LOT + 2
    assert CardBulkRow.objects.get(state="skipped").error == {"code": "card_closed"}


def test_killed_between_two_lots_it_goes_on_and_does_nothing_twice(cast: Cast, policy: CardTemplate) -> None:
    many(cast, LOT * 2 + 1)
    bulk = ask(cast, "follow", policy)
    lots = iter([True, False])
    whole = running._lot

    def die(one: CardBulk) -> bool:
        if not next(lots):
            raise KeyboardInterrupt
        return whole(one)

    with patch.object(running, "_lot", die), pytest.raises(KeyboardInterrupt):
        run_bulk(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.status, bulk.done) == ("running", LOT)
    CardBulk.objects.update(
        lease_until=timezone.now() - timedelta(seconds=1), created_at=timezone.now() - timedelta(hours=1)
    )
    with patch("cards.tasks.enqueue", lambda task, **ids: task(**ids)):
        sweep_bulk_cards()
    bulk.refresh_from_db()
    assert (bulk.status, bulk.done, bulk.skipped) == ("done", LOT * 2 + 1, 0)
    assert Card.objects.filter(template=policy).count() == LOT * 2 + 1


def test_a_slow_worker_writes_nothing_for_its_successor(cast: Cast, policy: CardTemplate) -> None:
    many(cast, 2)
    bulk = ask(cast, "follow", policy)
    first = CardBulk.claim(bulk.pk, now=timezone.now())
    assert first is not None
    CardBulk.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run_bulk(bulk.pk)
    with pytest.raises(running.LeaseLost):
        running._lot(first)
    bulk.refresh_from_db()
    assert (bulk.done, bulk.status) == (2, "done")


def test_undoing_puts_back_the_policy_and_the_rules_that_ended(cast: Cast, policy: CardTemplate) -> None:
    other = make_policy(company=cast.company, name="Office", by=cast.dave)
    plain, own, followed, same = many(cast, 4)
    set_limit(card=own, interval="month", amount=kr(700), by=cast.alice)
    set_limit(card=own, interval="day", amount=kr(70), by=cast.alice)
    set_control(card=own, kind="country", mode="allow", values=["DK"], by=cast.alice)
    follow_policy(card=followed, template=other, by=cast.dave)
    follow_policy(card=same, template=policy, by=cast.dave)
    bulk = ask(cast, "follow", policy)
    run_bulk(bulk.pk)
    assert not Limit.objects.standing().filter(card=own, interval="month").exists()
    bulk.refresh_from_db()
    undoing = undo_bulk(bulk=bulk, by=cast.alice)
    assert undoing.total == 3, "what followed it already is left as it was"
    run_bulk(undoing.pk)
    follows = dict(Card.objects.values_list("pk", "template__name"))
    assert follows == {plain.pk: None, own.pk: None, followed.pk: "Office", same.pk: "Travel"}
    assert Limit.objects.standing().get(card=own, interval="month").cap == kr(700)
    assert Limit.objects.standing().get(card=own, interval="day").cap == kr(70)
    assert Control.objects.get(card=own, ended_at=None).values == ["DK"]
    with pytest.raises(WrongState):
        undo_bulk(bulk=bulk, by=cast.alice)


def test_what_was_changed_since_is_not_undone(cast: Cast, policy: CardTemplate) -> None:
    other = make_policy(company=cast.company, name="Office", by=cast.dave)
    moved, limited, fine = many(cast, 3)
    set_limit(card=limited, interval="month", amount=kr(700), by=cast.alice)
    bulk = ask(cast, "follow", policy)
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    follow_policy(card=moved, template=other, by=cast.dave)
    set_limit(card=limited, interval="month", amount=kr(900), by=cast.alice)
    undoing = undo_bulk(bulk=bulk, by=cast.dave)
    run_bulk(undoing.pk)
    undoing.refresh_from_db()
    assert (undoing.done, undoing.skipped) == (1, 2)
    assert Card.objects.get(pk=fine.pk).template is None
    assert Limit.objects.standing().get(card=limited).cap == kr(900)


def test_freezing_many_and_undoing_leaves_alone_what_rested_before(cast: Cast) -> None:
    before, after = many(cast, 2)
    freeze(card=before, by=cast.dave)
    bulk = ask(cast, "freeze")
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    assert bulk.done == 2 and Freeze.objects.filter(ended_at=None).count() == 2
    run_bulk(undo_bulk(bulk=bulk, by=cast.dave).pk)
    assert before.open_freezes().exists() and not after.open_freezes().exists()


def test_undoing_a_freeze_ends_that_freeze_alone(cast: Cast) -> None:
    """The holder's own, and one that somebody set later, stand for reasons of their own."""
    theirs, later = many(cast, 2)
    own = freeze(card=theirs, by=cast.carol, reason="I cannot find it")
    bulk = ask(cast, "freeze")
    run_bulk(bulk.pk)
    thaw(card=later, by=cast.dave)
    again = freeze(card=later, by=cast.dave, reason="Stolen?")
    bulk.refresh_from_db()
    run_bulk(undo_bulk(bulk=bulk, by=cast.dave).pk)
    assert set(Freeze.objects.filter(ended_at=None)) == {own, again}


def test_undoing_a_thaw_gives_each_freeze_back_to_whom_it_was(cast: Cast) -> None:
    theirs, ours, gone = many(cast, 3)
    freeze(card=theirs, by=cast.carol, reason="I cannot find it")
    freeze(card=ours, by=cast.dave, reason="Look at this")
    freeze(card=gone, by=cast.dave)
    bulk = ask(cast, "thaw")
    run_bulk(bulk.pk)
    play.end(gone)
    bulk.refresh_from_db()
    undo = undo_bulk(bulk=bulk, by=cast.dave)
    run_bulk(undo.pk)
    undo.refresh_from_db()
    assert (undo.done, undo.skipped) == (2, 1)
    standing = Freeze.objects.filter(ended_at=None).values_list("card", "source", "by", "reason")
    assert set(standing) == {
        (theirs.pk, "holder", cast.carol.pk, "I cannot find it"),
        (ours.pk, "admin", cast.dave.pk, "Look at this"),
    }
    thaw(card=theirs, by=cast.carol)
    assert not theirs.open_freezes().exists()


def test_closing_many_cannot_be_undone(cast: Cast, sign_in: SignIn) -> None:
    many(cast, 2)
    bulk = ask(cast, "close")
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    with pytest.raises(WrongState):
        undo_bulk(bulk=bulk, by=cast.dave)
    shown = sign_in(cast.dave).get(f"/c/{cast.company.slug}/cards/bulk/{bulk.pk}/").content.decode()
    assert "This cannot be undone." in shown and "/undo/" not in shown


def test_who_may_ask(cast: Cast, policy: CardTemplate) -> None:
    many(cast, 1)
    mine = Card.objects.visible_to(cast.carol)
    with pytest.raises(NotYours):
        start_bulk(by=cast.carol, cards=mine, act="follow", template=policy)
    with pytest.raises(WrongState):
        start_bulk(by=cast.dave, cards=mine, act="follow")
    with pytest.raises(WrongState):
        start_bulk(by=cast.mallory, cards=Card.objects.all(), act="follow", template=policy)
    with pytest.raises(NothingTicked):
        start_bulk(by=cast.mallory, cards=Card.objects.visible_to(cast.mallory), act="freeze")
    with patch("cards.start_bulk.MAX_ROWS", 0), pytest.raises(TooMany):
        start_bulk(by=cast.dave, cards=mine, act="freeze")


def test_the_whole_list_is_chosen_as_it_is_narrowed(cast: Cast, sign_in: SignIn, policy: CardTemplate) -> None:
    many(cast, 60)
    other = play.new_card(cast.lena)
    home, dave = f"/c/{cast.company.slug}/cards/", sign_in(cast.dave)
    shown = dave.get(f"{home}?q=carol").content.decode()
    assert "All 60 that match" in shown and 'action="' + home + "bulk/?q=carol" in shown
    asked = dave.post(f"{home}bulk/?q=carol", {"act": "close", "every": "1", "card": [other.pk]}).content.decode()
    assert "Close these 60 cards for good?" in asked and "And 10 more" in asked
    which = dave.post(f"{home}bulk/?q=carol", {"act": "follow", "every": "1"}).content.decode()
    apply = f"/c/{cast.company.slug}/policies/{policy.pk}/cards/?q=carol"
    assert f'formaction="{apply}"' in which
    preview = dave.post(apply, {"every": "1"}).content.decode()
    assert "Change 60 cards" in preview and 'name="every"' in preview
    answer = dave.post(apply, {"every": "1", "do": "apply"})
    bulk = CardBulk.objects.get()
    assert answer["Location"].endswith(f"/cards/bulk/{bulk.pk}/") and bulk.total == 60
    assert 'data-tick="1"' in dave.get(answer["Location"]).content.decode()
    run_bulk(bulk.pk)
    done = dave.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "60 cards follow Travel now." in done and "data-tick" not in done
    lines = b"".join(dave.get(answer["Location"] + "cards.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert lines.count("\r\n") == 61
    other.refresh_from_db()
    assert other.template is None
    assert dave.post(f"{answer['Location']}undo/").status_code == 303
    run_bulk(CardBulk.objects.get(act="undo").pk)
    assert not Card.objects.filter(template=policy).exists()
    assert "Undone" in dave.get(answer["Location"]).content.decode()
    assert sign_in(cast.carol).get(answer["Location"]).status_code == 404


def test_few_are_done_at_once_and_can_be_undone_from_the_toast(
    cast: Cast, sign_in: SignIn, policy: CardTemplate
) -> None:
    (card,) = many(cast, 1)
    address = f"/c/{cast.company.slug}/policies/{policy.pk}/cards/"
    told = sign_in(cast.dave).post(address, {"do": "apply", "card": [card.pk]}, follow=True).content.decode()
    bulk = CardBulk.objects.get()
    assert "1 card follows Travel now." in told and f"/cards/bulk/{bulk.pk}/undo/" in told


@pytest.mark.parametrize("data", [{}, {"card": ["x"]}, {"do": "apply"}, {"do": "apply", "card": ["'; --"]}])
def test_choosing_nothing_is_said(cast: Cast, sign_in: SignIn, policy: CardTemplate, data: dict[str, Any]) -> None:
    many(cast, 1)
    answer = sign_in(cast.dave).post(f"/c/{cast.company.slug}/policies/{policy.pk}/cards/", data)
    assert answer.status_code == 422 and "Tick at least one card." in answer.content.decode()


def test_the_database_holds_the_rules_of_a_job(cast: Cast, policy: CardTemplate) -> None:
    many(cast, 1)
    bulk = ask(cast, "follow", policy)
    for wrong in ({"done": 2}, {"template": None}, {"act": "freeze"}, {"act": "undo"}, {"status": "lost"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CardBulk.objects.filter(pk=bulk.pk).update(**wrong)
    row = CardBulkRow.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        CardBulkRow.objects.create(bulk=bulk, card=row.card)
