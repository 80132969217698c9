"""Rule 13: any order and any repetition of what was said ends in the same state, and the books agree after each word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from cards import lifecycle
from cards.check_limits import check_limits
from cards.expire import release
from cards.increment import increment
from cards.intake import deliver, reunite
from cards.issuers.base import Message
from cards.lifecycle import Fact
from cards.models import Authorization, Card, Clearing, IssuerMessage, LimitUse, MessageKind
from cards.settle import OWN
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
)
# Money of its own, with or without a purchase; what it corrects is the message before it, known or not.
ALONE = (
    MessageKind.REFUND,
    MessageKind.REFUND_AUTHORIZATION,
    MessageKind.REFUND_REVERSAL,
    MessageKind.CHARGEBACK,
    MessageKind.SECOND_PRESENTMENT,
    MessageKind.CORRECTION_DEBIT,
    MessageKind.CORRECTION_CREDIT,
)
# "cash" is an authorization that is asked for and taken at once.
REFERENCES = ("first", "second", "cash", "")
DECIDED = (MessageKind.AUTHORIZATION, MessageKind.INCREMENT, MessageKind.ADVICE, MessageKind.SINGLE_MESSAGE)

OURS = "our own expiry"

spoken = st.lists(
    st.tuples(
        st.sampled_from((*KINDS, *KINDS, *ALONE, MessageKind.SINGLE_MESSAGE)),
        st.sampled_from(REFERENCES),
        st.integers(0, 5_000),
        st.integers(0, 60 * 24 * 3),
        st.booleans(),
        st.sampled_from(["", "approved", "declined"]),
    ),
    min_size=1,
    max_size=6,
)


def messages_of(card: Card, words: list[tuple[Any, ...]]) -> list[Message]:
    """Turn drawn words into messages. What speaks of an authorization names one; only money may come without.

    One single message per authorization is money; the network tells of it once.
    """
    told: list[Message] = []
    for number, (kind, reference, amount, minutes, flag, outcome) in enumerate(words):
        if kind == MessageKind.SINGLE_MESSAGE:
            reference = "cash"
            if any(each.kind == kind for each in told):
                kind = MessageKind.REVERSAL
        if not reference and kind != MessageKind.CLEARING and kind not in ALONE:
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
                outcome=outcome if kind in DECIDED else "",
                original_reference=f"network {number - 1}" if kind in ALONE and flag else "",
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
    totals += ("returned_total",)
    account = LedgerAccount.objects.wallet_of(company)
    # What came back of money taken at once is the sum of differences: one step in one order, several in another.
    back, again = (
        sum(Clearing.objects.filter(issuer_reference__startswith=OWN, kind=kind).values_list("amount", flat=True))
        for kind in ("correction_credit", "correction_debit")
    )
    return {
        "returned": back - again,
        "authorizations": sorted(Authorization.objects.values_list(*fields, *totals)),
        "wallet": (account.debits_posted - again, account.credits_posted - again, account.debits_pending),
        "clearings": Counter(
            Clearing.objects.exclude(issuer_reference__startswith=OWN).values_list(
                "issuer_reference", "kind", "amount", "authorization__issuer_reference", "original__issuer_reference"
            )
        ),
        "uses": Counter(
            LimitUse.objects.exclude(used=0).values_list("card_id", "membership_id", "interval", "window_start", "used")
        ),
        "messages": Counter(
            (OURS if message_id.startswith(OWN) else message_id, *rest)
            for message_id, *rest in IssuerMessage.objects.values_list(
                "message_id", "status", "authorization__issuer_reference"
            )
        ),
    }


def decide(card: Card) -> None:
    """What is ours to decide: a purchase, cash, and two increments at different times."""
    play.buy(card, 3_000, reference="first", occurred_at=NOON)
    cash = {"channel": "cash", "takes_at_once": True, "request_id": "cash"}
    play.buy(card, 2_000, reference="cash", occurred_at=NOON, **cash)
    for number, minutes in enumerate((0, 60 * 24)):
        asked = play.request(card, 700, reference="first", is_increment=True, request_id=f"more {number}")
        increment(request=replace(asked, occurred_at=NOON + timedelta(minutes=minutes)), now=NOON)


def play_out(cast: Cast, told: list[Any], *, look: bool = False) -> dict[str, Any]:
    """Hear it in this order. `OURS` is our own end of the first purchase, if we know of it by then."""
    for message in told:
        if message == OURS:
            release(authorization=Authorization.objects.get(issuer_reference="first"), now=NOON)
        else:
            deliver(message=message, now=NOON)
        identities(cast.company)
        if look:
            assert check_ledger() == []
    reunite()
    identities(cast.company)
    if look:
        assert check_limits() == []
    return ending(cast.company)


def any_order(cast: Cast, card: Card, words: list[tuple[Any, ...]], decided: bool, data: st.DataObject) -> None:
    told: list[Any] = [*messages_of(card, words), *([OURS] if decided and data.draw(st.booleans()) else [])]
    if decided and data.draw(st.booleans()):
        # What we decided at the door is reported by the network as the same increment.
        outcome = data.draw(st.sampled_from(["approved", "declined"]))
        told.append(
            play.message(
                MessageKind.INCREMENT, card, 700, authorization_reference="first", reference="more 1", outcome=outcome
            )
        )
    shuffled = data.draw(st.permutations(told))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(told), max_size=2))
    with undone():
        if decided:
            decide(card)
        with undone():
            straight = play_out(cast, told, look=True)
        assert play_out(cast, repeated) == straight


@settings(max_examples=200)
@given(words=spoken, decided=st.booleans(), data=st.data())
def test_rule_13_any_order_and_any_repetition_end_the_same(
    cast: Cast, card: Card, words: list[tuple[Any, ...]], decided: bool, data: st.DataObject
) -> None:
    """Any permutation of a set of decided messages, with repetitions, ends in the same state."""
    any_order(cast, card, words, decided, data)


@pytest.mark.long
@given(words=spoken, decided=st.booleans(), data=st.data())
def test_rule_13_five_thousand_sets(
    cast: Cast, card: Card, words: list[tuple[Any, ...]], decided: bool, data: st.DataObject
) -> None:
    """The same with as many examples as the profile of long runs says: 5,000."""
    any_order(cast, card, words, decided, data)


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
            endings.append(play_out(cast, list(order)))
    assert all(each == endings[0] for each in endings)
    (paid,) = endings[0]["authorizations"]
    assert paid[7:11] == (5_200, 200, 1_000, 4_000)


facts = st.lists(
    st.builds(
        Fact,
        kind=st.sampled_from([*KINDS, MessageKind.SINGLE_MESSAGE]),
        amount=st.integers(0, 10_000),
        order=st.tuples(
            st.integers(0, 50).map(lambda m: NOON + timedelta(minutes=m)), st.integers(0, 2), st.uuids().map(str)
        ),
        is_final=st.booleans(),
        outcome=st.sampled_from(["", "approved", "declined"]),
        is_ours=st.booleans(),
        reference=st.sampled_from(["", "one", "two"]),
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
    at_once = [fact.amount for fact in said if fact.kind == MessageKind.SINGLE_MESSAGE and fact.is_approved]
    settled = [fact.amount for fact in said if fact.kind == MessageKind.CLEARING]
    assert 0 <= state.returned <= sum(at_once)
    assert state.cleared == sum(settled) + sum(at_once) - state.returned
