"""Races at a card, each shown first with its lock taken away and then with it: the lock is what prevents it.

The lock is `lock_card`, one decision or message at a time per card, and the conditional update that takes money. `unlocked` reads
the card without locking it; a barrier makes both sides look before either acts, which a busy day would do by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cards import authorize as deciding
from cards import increment as growing
from cards import intake
from cards.authorize import authorize
from cards.check_limits import check_limits
from cards.expire import release
from cards.freeze import freeze
from cards.increment import increment
from cards.intake import deliver, take_in
from cards.issuers.base import Message
from cards.models import Card, Clearing, Freeze, IssuerMessage, MessageKind
from tests.cards import play
from tests.cards.play import NOON, kroner, wallet
from tests.concurrency.conftest import Together
from tests.conftest import Cast
from wallet.check_ledger import check_ledger

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def _deadline_off(settings: Any) -> None:
    settings.DECISION_SECONDS = None


def agree() -> None:
    assert (check_ledger(), check_limits()) == ([], [])


def unlocked(monkeypatch: pytest.MonkeyPatch, meet: Callable[[], None], *modules: Any) -> None:
    """Take the card's lock away: read the row plainly, then wait until the other side has read it too."""

    def plain(issuer: str, reference: str) -> Card | None:
        from django.db.models import Exists, OuterRef

        frozen = Exists(Freeze.objects.filter(card=OuterRef("pk"), ended_at=None))
        rows = Card.objects.select_related("company", "cardholder", "account").annotate(is_frozen=frozen)
        found: Card | None = rows.filter(issuer=issuer, issuer_reference=reference).first()
        meet()
        return found

    for module in modules:
        monkeypatch.setattr(module, "lock_card", plain)


def once_each(count: int) -> Callable[[], None]:
    """Return a meeting point at which each thread waits once; later calls pass."""
    gate, seen = threading.Barrier(count), threading.local()

    def meet() -> None:
        if not getattr(seen, "was_here", False):
            seen.was_here = True
            gate.wait(timeout=30)

    return meet


# ---- the same increment asked twice at once


def two_increments(together: Together, card: Card, amount: int) -> list[Any]:
    paid = play.buy(card, 1_000)
    asked = [
        play.request(card, amount, reference=paid.issuer_reference, is_increment=True),
        play.request(card, amount, reference=paid.issuer_reference, is_increment=True),
    ]

    def act(number: int) -> Any:
        try:
            return increment(request=asked[number], now=NOON).outcome
        except Exception as error:  # what breaks without the lock is part of what is shown
            return type(error).__name__

    return together(2, act)


def test_two_increments_without_the_lock_collide(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the same state of the purchase and both would write it: one is thrown out by the guard on the hold."""
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    unlocked(monkeypatch, once_each(2), growing)
    assert sorted(two_increments(together, card, 500)) != ["approved", "approved"]


def test_two_increments_with_the_lock_both_count(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    assert two_increments(together, card, 500) == ["approved", "approved"]
    assert wallet(cast.company).reserved == kroner(2_000)
    agree()


def test_increments_of_many_cards_cannot_spend_the_last_money_twice(cast: Cast, together: Together) -> None:
    """Different cards share no lock: what each took is looked at after the wallet's row was changed, and so locked."""
    play.fund(cast.company, 8 * 1_000 + 2_500)
    paid = [play.buy(play.new_card(cast.carol), 1_000) for _ in range(8)]
    asked = [play.request(each.card, 1_000, reference=each.issuer_reference, is_increment=True) for each in paid]
    outcomes = together(8, lambda number: increment(request=asked[number], now=NOON).outcome)
    assert sorted(outcomes) == ["approved"] * 2 + ["declined"] * 6
    assert wallet(cast.company).available == kroner(500)
    agree()


# ---- expiry against capture


def expire_and_clear(cast: Cast, together: Together) -> Any:
    play.fund(cast.company, 100_000)
    paid = play.buy(play.new_card(cast.carol), 1_000)
    told = play.message(
        MessageKind.CLEARING, paid.card, 900, authorization_reference=paid.issuer_reference, is_final=True
    )

    def act(number: int) -> str:
        try:
            if number:
                release(authorization=paid, now=NOON)
            else:
                deliver(message=told, now=NOON)
        except Exception as error:  # what breaks without the lock is part of what is shown
            return type(error).__name__
        return "done"

    return paid, together(2, act)


def test_expiry_against_capture_without_the_lock_loses_one(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch, once_each(2), intake)
    paid, results = expire_and_clear(cast, together)
    paid.refresh_from_db()
    lost = (paid.status, paid.cleared_total) != ("closed", 900) or check_ledger() or check_limits()
    assert "done" not in results or results.count("done") == 1 or lost


def test_rule_11_expiry_against_capture_has_one_ending(cast: Cast, together: Together) -> None:
    """Expiry racing a capture has one winner, and both orders end the same."""
    paid, results = expire_and_clear(cast, together)
    paid.refresh_from_db()
    assert results == ["done", "done"]
    assert (paid.status, paid.open_amount, paid.cleared_total) == ("closed", 0, 900)
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(99_100), kroner(0))
    agree()


# ---- freeze against authorization


def test_a_freeze_without_the_lock_slips_past_a_decision(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till has read "not frozen", then the freeze is committed, then the till says yes: a purchase after the freeze."""
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    read, frozen = threading.Event(), threading.Event()

    def meet() -> None:
        read.set()
        frozen.wait(timeout=30)

    unlocked(monkeypatch, meet, deciding)

    def act(number: int) -> Any:
        if number == 0:
            return authorize(request=play.request(card, 1_000), now=NOON).outcome
        read.wait(timeout=30)
        freeze(card=card, by=cast.dave)
        frozen.set()
        return "frozen"

    assert together(2, act) == ["approved", "frozen"]


def test_a_freeze_waits_for_a_decision_that_has_begun(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the lock, a freeze that answers has no decision still reading the time before it."""
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    began, order = threading.Event(), []
    live = deciding.limits.live_limits

    def slowly(*args: Any, **options: Any) -> Any:
        began.set()
        threading.Event().wait(0.4)
        return live(*args, **options)

    monkeypatch.setattr(deciding.limits, "live_limits", slowly)

    def act(number: int) -> None:
        if number == 0:
            authorize(request=play.request(card, 1_000), now=NOON)
            order.append("decided")
        else:
            began.wait(timeout=30)
            freeze(card=card, by=cast.dave)
            order.append("frozen")

    together(2, act)
    assert order == ["decided", "frozen"]
    assert authorize(request=play.request(card, 1_000), now=NOON).decline_reason == "not_frozen"
    agree()


# ---- two workers on one message


def stored(message: Message) -> IssuerMessage:
    from cards.message_rows import row_of

    row = row_of(message)
    row.created_at = timezone.now()
    row.save(force_insert=True)
    return row


def test_two_workers_without_the_claim_both_book(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both take the message and both try to book it: what stops the second is the last line, the unique reference."""
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    row = stored(play.message(MessageKind.CLEARING, card, 700))
    tried: list[str] = []

    @contextmanager
    def unfenced(self: IssuerMessage) -> Iterator[None]:
        with transaction.atomic():
            self.status = "done"
            yield

    def book(row: IssuerMessage) -> bool:
        tried.append(str(row.pk))
        return False

    monkeypatch.setattr(IssuerMessage, "claim", classmethod(lambda cls, pk, now: cls.objects.get(pk=pk)))
    monkeypatch.setattr(IssuerMessage, "finishing", unfenced)
    monkeypatch.setattr(intake, "_is_repeated", book)

    def act(number: int) -> str:
        try:
            take_in(message_id=row.pk, now=timezone.now())
        except IntegrityError:
            return "stopped by the constraint"
        return "booked"

    assert sorted(together(2, act)) == ["booked", "stopped by the constraint"]
    assert tried == [str(row.pk)] * 2
    assert wallet(cast.company).balance == kroner(9_300)


def test_two_workers_on_one_message_book_it_once(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    row = stored(play.message(MessageKind.CLEARING, card, 700))
    done = together(8, lambda number: take_in(message_id=row.pk, now=timezone.now()))
    assert sum(each is not None for each in done) == 1
    assert (wallet(cast.company).balance, Clearing.objects.count()) == (kroner(9_300), 1)
    agree()


def test_one_reference_under_eight_message_ids_is_booked_once(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    rows = [stored(play.message(MessageKind.CLEARING, card, 700, reference="network 1")) for _ in range(8)]
    together(8, lambda number: take_in(message_id=rows[number].pk, now=timezone.now()))
    assert (wallet(cast.company).balance, Clearing.objects.count()) == (kroner(9_300), 1)
    assert set(IssuerMessage.objects.values_list("status", flat=True)) == {"done"}
    agree()


def test_cash_and_its_reversal_at_once_end_the_same(cast: Cast, together: Together) -> None:
    play.fund(cast.company, 10_000)
    card = play.new_card(cast.carol)
    paid = [play.buy(card, 1_000, channel="cash", takes_at_once=True) for _ in range(4)]
    told = [play.message(MessageKind.REVERSAL, card, authorization_reference=each.issuer_reference) for each in paid]
    told += [
        play.message(
            MessageKind.AUTHORIZATION, card, 1_000, authorization_reference=each.issuer_reference, outcome="declined"
        )
        for each in paid
    ]
    together(len(told), lambda number: deliver(message=told[number], now=NOON))
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(10_000), kroner(0))
    assert play.used_by(card, "month") == 0
    agree()
