"""Rule 13: any order and any repetition of what was said ends in the same state, and the books agree after each word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from cards import lifecycle
from cards.check_limits import check_limits
from cards.intake import deliver, reunite
from cards.issuers.base import Message
from cards.lifecycle import Fact
from cards.models import Authorization, Card, Clearing, IssuerMessage, LimitUse, MessageKind
from tests.cards import play
from tests.cards.play import NOON
from tests.conftest import Cast
from wallet.check_ledger import check_ledger
from wallet.models import Hold, LedgerAccount

KINDS = (
    MessageKind.AUTHORIZATION,
    MessageKind.INCREMENT,
    MessageKind.ADVICE,
    MessageKind.REVERSAL,
    MessageKind.EXPIRY,
    MessageKind.CLEARING,
    MessageKind.REFUND,
)
REFERENCES = ("first", "second", "")

spoken = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(REFERENCES),
        st.integers(0, 5_000),
        st.integers(0, 60 * 24 * 3),
        st.booleans(),
        st.sampled_from(["", "approved", "declined"]),
    ),
    min_size=1,
    max_size=8,
)


def messages_of(card: Card, words: list[tuple[Any, ...]]) -> list[Message]:
    """Turn drawn words into messages. What speaks of an authorization names one; only money may come without."""
    told = []
    for number, (kind, reference, amount, minutes, flag, outcome) in enumerate(words):
        if not reference and kind not in (MessageKind.CLEARING, MessageKind.REFUND):
            reference = "first"
        whole = kind == MessageKind.EXPIRY or (kind == MessageKind.REVERSAL and flag)
        base = play.message(kind, card, None if whole else amount)
        told.append(
            replace(
                base,
                message_id=f"message {number}",
                reference=f"network {number}",
                authorization_reference=reference,
                occurred_at=NOON + timedelta(minutes=minutes),
                sequence=number % 3,
                is_final=flag and kind == MessageKind.CLEARING,
                outcome=outcome
                if kind in (MessageKind.AUTHORIZATION, MessageKind.INCREMENT, MessageKind.ADVICE)
                else "",
            )
        )
    return told


@contextmanager
def undone() -> Iterator[None]:
    """Run an example and leave no trace of it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def identities(company: Any) -> None:
    """Rule 33, in short: what is available is the balance less open holds, and holds are what authorizations have open."""
    account = LedgerAccount.objects.wallet_of(company)
    held = sum(Hold.objects.filter(account=account).values_list("amount", flat=True))
    still_open = sum(Authorization.objects.filter(company=company).values_list("open_amount", flat=True))
    assert account.debits_pending == held == still_open
    assert account.available.amount == account.balance.amount - held


def ending(company: Any) -> dict[str, Any]:
    """Everything that must not depend on the order."""
    fields = ("issuer_reference", "outcome", "decided_by", "decline_reason", "status", "amount", "occurred_at")
    totals = ("authorized_total", "reversed_total", "cleared_total", "open_amount", "merchant_name", "expires_at")
    account = LedgerAccount.objects.wallet_of(company)
    return {
        "authorizations": sorted(Authorization.objects.values_list(*fields, *totals)),
        "wallet": (account.debits_posted, account.credits_posted, account.debits_pending),
        "clearings": Counter(
            Clearing.objects.values_list("issuer_reference", "kind", "amount", "authorization__issuer_reference")
        ),
        "uses": Counter(
            LimitUse.objects.exclude(used=0).values_list("card_id", "membership_id", "interval", "window_start", "used")
        ),
        "messages": Counter(
            IssuerMessage.objects.values_list("message_id", "status", "authorization__issuer_reference")
        ),
    }


def play_out(cast: Cast, card: Card, told: list[Message], *, decided: bool, look: bool = False) -> dict[str, Any]:
    if decided:
        play.buy(card, 3_000, reference="first", occurred_at=NOON)
    for message in told:
        deliver(message=message, now=NOON)
        identities(cast.company)
        if look:
            assert (check_ledger(), check_limits()) == ([], [])
    reunite()
    identities(cast.company)
    return ending(cast.company)


@settings(max_examples=40)
@given(words=spoken, decided=st.booleans(), data=st.data())
def test_rule_13_any_order_and_any_repetition_end_the_same(
    cast: Cast, card: Card, words: list[tuple[Any, ...]], decided: bool, data: st.DataObject
) -> None:
    told = messages_of(card, words)
    shuffled = data.draw(st.permutations(told))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(told), max_size=3))
    with undone():
        straight = play_out(cast, card, told, decided=decided, look=True)
    with undone():
        assert play_out(cast, card, repeated, decided=decided) == straight


def test_rule_13_every_order_of_a_hotel_stay(cast: Cast, card: Card) -> None:
    """A report, an advice, two increments of which one is refused, a part settled, the end: 120 orders of five."""
    words: list[tuple[Any, ...]] = [
        (MessageKind.AUTHORIZATION, "first", 4_000, 0, False, "approved"),
        (MessageKind.ADVICE, "first", 4_500, 10, False, ""),
        (MessageKind.INCREMENT, "first", 700, 20, False, "approved"),
        (MessageKind.REVERSAL, "first", 200, 30, False, ""),
        (MessageKind.CLEARING, "first", 1_000, 40, False, ""),
    ]
    told, endings = messages_of(card, words), []
    for order in list(permutations(told))[::5]:
        with undone():
            endings.append(play_out(cast, card, list(order), decided=False))
    assert all(each == endings[0] for each in endings)
    (paid,) = endings[0]["authorizations"]
    assert paid[7:11] == (5_200, 200, 1_000, 4_000)


facts = st.lists(
    st.builds(
        Fact,
        kind=st.sampled_from([kind for kind in KINDS if kind != MessageKind.REFUND]),
        amount=st.integers(0, 10_000),
        order=st.tuples(
            st.integers(0, 50).map(lambda m: NOON + timedelta(minutes=m)), st.integers(0, 2), st.uuids().map(str)
        ),
        is_final=st.booleans(),
        outcome=st.sampled_from(["", "approved", "declined"]),
    ),
    max_size=12,
)


@settings(max_examples=300)
@given(said=facts, data=st.data())
def test_the_state_is_a_function_of_the_set(said: list[Fact], data: st.DataObject) -> None:
    state = lifecycle.state(said)
    assert lifecycle.state(data.draw(st.permutations(said))) == state
    assert 0 <= state.open <= state.authorized
    assert 0 <= state.reversed <= state.authorized
    assert state.open == 0 or state.status == "pending"
    assert state.outcome == "approved" or state.open == state.authorized == 0
    assert state.cleared == sum(fact.amount for fact in said if fact.kind == MessageKind.CLEARING)
