"""Random lives of payments, as an issuer's network would tell them. Everything follows from a seed and from our answers.

A life begins with what a till asks at the door. What the network says afterwards is a set of messages that may be delivered late,
twice and in any order. The tally says what the life must have done to the wallet, independently of how we book it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cards.issuers.simulator import AT_ONCE, INCREMENT, INQUIRY, REQUEST, compose, merchant_fields
from cards.models import Channel, MessageKind, Outcome
from cards.simulate import SHOPS

Document = dict[str, Any]
# Ask at the door, get the answer.
Ask = Callable[[Document], dict[str, Any]]


@dataclass
class Tally:
    """What a life did, in minor units: `taken` left the wallet, `given` came back."""

    approved: int = 0
    declined: int = 0
    taken: int = 0
    given: int = 0
    said: list[Document] = field(default_factory=list)
    booked: int = 0

    def say(self, document: Document, *, takes: int = 0, gives: int = 0) -> None:
        """Keep a message to be delivered, and what it does to the wallet."""
        self.said.append(document)
        self.taken += takes
        self.given += gives
        self.booked += bool(takes or gives)


class Life:
    """One life on one card. `name` makes its ids; the same name tells the same life."""

    def __init__(self, *, name: str, card: str, currency: str, now: datetime) -> None:
        self.name, self.card, self.currency, self.now = name, card, currency, now
        self.draw = Random(name)
        self.tally = Tally()
        self._ids: Iterator[int] = iter(range(1_000))

    def play(self, ask: Ask) -> Tally:
        """Ask what a till asks, and return what the network will say."""
        story = self.draw.choices(STORIES, weights=[weight for _, weight in WEIGHTS])[0]
        story(self, ask)
        return self.tally

    @property
    def reference(self) -> str:
        return f"auth_{self.name}"

    def amount(self) -> int:
        """Small sums are common, large ones rare."""
        return int(self.draw.choice((900, 4_000, 15_000, 60_000)) * self.draw.uniform(0.2, 1.8)) + 1

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self.name}_{next(self._ids)}"

    def _later(self, minutes: int) -> datetime:
        return self.now + timedelta(minutes=minutes)

    def request(self, ask: Ask, amount: int, *, kind: str = REQUEST, **fields: Any) -> bool:
        """Ask at the door. Returns whether the answer was yes."""
        shop = SHOPS["cash" if kind == AT_ONCE else self.draw.choice(("cafe", "fuel", "hotel", "subscription"))]
        asked = {
            "id": self.reference,
            "card": self.card,
            "amount": amount,
            "currency": self.currency,
            "merchant": merchant_fields(shop.merchant),
            "channel": Channel.CASH.value if kind == AT_ONCE else shop.channel,
        }
        answer = ask(compose(kind, message_id=self._id("req"), now=self.now, authorization=asked | fields))
        if kind != INQUIRY:
            self.tally.approved += bool(answer["approved"])
            self.tally.declined += not answer["approved"]
        return bool(answer["approved"])

    def tell(
        self, kind: MessageKind, minutes: int, amount: int | None = None, *, alone: bool = False, **fields: Any
    ) -> str:
        """Put a message among those to deliver. Returns its reference."""
        reference = self._id("ref")
        takes = amount or 0 if kind in TAKES else 0
        gives = amount or 0 if kind in GIVES else 0
        document = compose(
            kind,
            message_id=self._id("msg"),
            now=self._later(minutes),
            sequence=minutes,
            card=self.card,
            authorization=None if alone else self.reference,
            amount=amount,
            currency=None if amount is None else self.currency,
            reference=reference,
            **fields,
        )
        self.tally.say(document, takes=takes, gives=gives)
        return reference


TAKES = frozenset(
    {
        MessageKind.CLEARING,
        MessageKind.REFUND_REVERSAL,
        MessageKind.SECOND_PRESENTMENT,
        MessageKind.CORRECTION_DEBIT,
    }
)
GIVES = frozenset({MessageKind.REFUND, MessageKind.CHARGEBACK, MessageKind.CORRECTION_CREDIT})


def _settled(life: Life, ask: Ask) -> None:
    """Bought and settled, at once, in parts, with a tip, or after it was reported and let expire."""
    amount = life.amount()
    approved = life.request(ask, amount)
    life.tell(MessageKind.AUTHORIZATION, 1, amount, outcome=(Outcome.APPROVED if approved else Outcome.DECLINED).value)
    if not approved:
        return
    parts = life.draw.randint(1, 3)
    for part in range(parts):
        tip = life.draw.choice((0, 0, amount // 6))
        life.tell(MessageKind.CLEARING, 60 + part, max(1, amount // parts) + tip, final=part == parts - 1)
    if life.draw.random() < 0.2:
        life.tell(MessageKind.EXPIRY, 30)


def _grown(life: Life, ask: Ask) -> None:
    """A hotel: grows at the door, is advised, released in part, settled in the end, refunded perhaps."""
    amount = life.amount()
    if not life.request(ask, amount):
        return
    for _ in range(life.draw.randint(1, 2)):
        life.request(ask, amount // 4 + 1, kind=INCREMENT)
    if life.draw.random() < 0.5:
        life.tell(MessageKind.ADVICE, life.draw.randint(5, 40), amount + life.draw.randint(0, amount))
    if life.draw.random() < 0.5:
        life.tell(MessageKind.INCREMENT, life.draw.randint(5, 40), 500, outcome=Outcome.APPROVED.value)
    if life.draw.random() < 0.3:
        life.tell(MessageKind.REVERSAL, 50, amount // 3 + 1)
    taken = life.tell(MessageKind.CLEARING, 90, amount + amount // 5 + 1, final=True)
    if life.draw.random() < 0.3:
        life.tell(MessageKind.REFUND_AUTHORIZATION, 95, amount)
        back = life.tell(MessageKind.REFUND, 100, amount, original=taken)
        if life.draw.random() < 0.5:
            life.tell(MessageKind.REFUND_REVERSAL, 110, amount, original=back)


def _released(life: Life, ask: Ask) -> None:
    """Bought and not taken: released in parts, more than there is, or all at once."""
    amount = life.amount()
    life.request(ask, amount)
    if life.draw.random() < 0.5:
        life.tell(MessageKind.REVERSAL, 10, amount // 2 + 1)
        life.tell(MessageKind.REVERSAL, 11, amount)
    else:
        life.tell(MessageKind.REVERSAL, 10)


def _cash(life: Life, ask: Ask) -> None:
    """Cash, which sometimes does not come out of the machine."""
    amount = life.amount() + 200
    if not life.request(ask, amount, kind=AT_ONCE, fee=200):
        return
    life.tally.taken += amount
    life.tally.booked += 1
    if life.draw.random() < 0.25:
        life.tell(MessageKind.REVERSAL, 1)
        life.tally.given += amount
        life.tally.booked += 1


def _forced(life: Life, ask: Ask) -> None:
    """Taken without asking; sometimes contested, returned, and charged again."""
    amount = life.amount()
    taken = life.tell(
        MessageKind.CLEARING, 5, amount, alone=True, final=True, merchant=merchant_fields(SHOPS["fuel"].merchant)
    )
    if life.draw.random() < 0.4:
        back = life.tell(MessageKind.CHARGEBACK, 500, amount, alone=True, original=taken)
        if life.draw.random() < 0.5:
            life.tell(MessageKind.SECOND_PRESENTMENT, 900, amount, alone=True, original=back)


def _alone(life: Life, ask: Ask) -> None:
    """What has no purchase: a refund from nowhere, a correction, a kind that nobody knows, a look at the balance."""
    kind = life.draw.choice((MessageKind.REFUND, MessageKind.CORRECTION_DEBIT, MessageKind.CORRECTION_CREDIT))
    life.tell(kind, 5, life.amount() // 4 + 1, alone=True)
    life.tally.say(
        {
            "id": life._id("msg"),
            "type": "weather.report",
            "created_at": life.now.isoformat(),
            "card": life.card,
        }
    )
    life.request(ask, 0, kind=INQUIRY)


def _checked(life: Life, ask: Ask) -> None:
    """A shop checks that the card exists, for nothing."""
    life.request(ask, 0)


def _stood_in(life: Life, ask: Ask) -> None:
    """The network approved without us, and settles."""
    amount = life.amount()
    shop = merchant_fields(SHOPS["cafe"].merchant)
    life.tell(
        MessageKind.AUTHORIZATION, 1, amount, outcome=Outcome.APPROVED.value, decided_by="stand_in", merchant=shop
    )
    life.tell(MessageKind.CLEARING, 60, amount, final=True, merchant=shop)


WEIGHTS: tuple[tuple[Callable[[Life, Ask], None], int], ...] = (
    (_settled, 40),
    (_grown, 15),
    (_released, 10),
    (_cash, 10),
    (_forced, 8),
    (_alone, 7),
    (_checked, 5),
    (_stood_in, 5),
)
STORIES = [story for story, _ in WEIGHTS]
