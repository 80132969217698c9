"""What goes wrong with cards of the demo: purchases that are contested, and a question to a holder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookkeeping.sources import book_movement
from cards.disputes import file, open_dispute
from cards.intake import deliver
from cards.issuers.base import Message
from cards.models import (
    Card,
    CardState,
    Clearing,
    ClearingKind,
    Consent,
    ConsentKind,
    ConsentStatus,
    Dispute,
    MessageKind,
)
from events.models import Actor
from events.notify import notify
from events.record import record
from expenses.models import Expense, Lane
from expenses.record_clearing import record as record_clearing
from pleo.demo.found import Founded

OLD = timedelta(days=75)
QUESTION_DAYS = 7
# In minor units: nobody contests a coffee.
LEAST = 3_000


@dataclass(frozen=True)
class Case:
    """A contested purchase: why, how long ago it was contested, and what was said since, each so many days after that."""

    reason: str
    explanation: str
    days: int
    said: tuple[tuple[int, str], ...] = ()


CASES = (
    Case("not_received", "Promised for the same day, and the shop answers no mail.", 2),
    Case("duplicate", "Charged twice for one order; the second receipt is the same.", 6, ((3, "provisional_credit"),)),
    Case("not_as_described", "Half of it came broken. Pictures are with the order.", 9,
         ((2, "provisional_credit"), (4, "chargeback"), (7, "second_presentment"))),
    Case("fraud", "Nobody of us was there.", 11, ((2, "provisional_credit"), (5, "chargeback"), (9, "won"))),
    Case("cancelled", "Cancelled by mail the day before.", 10, ((2, "provisional_credit"), (8, "lost"))),
)  # fmt: skip


def contest(made: Founded, now: datetime) -> None:
    """Contest a purchase for each way in which it can stand, with the verbs of the page and the messages of the issuer."""
    waiting = _purchases(made, now)
    # Those that were contested first have the fewest purchases before them.
    for case in sorted(CASES, key=lambda each: -each.days):
        settled = [row for row in waiting if row.cleared_at < now - timedelta(days=case.days, hours=12)]
        if settled:
            waiting.remove(settled[0])
            _play(case, settled[0], now)


def _purchases(made: Founded, now: datetime) -> list[Clearing]:
    """Return settled purchases that no month's end has closed over, one of each shop first, the latest of each."""
    still = Expense.objects.for_company(made.company).filter(books_lane__in=[Lane.NONE, Lane.UNEXPORTED])
    rows = Clearing.objects.for_company(made.company).filter(
        kind=ClearingKind.PURCHASE,
        cleared_at__gt=now - OLD,
        authorization__in=still.values("authorization"),
        amount__gte=LEAST,
    )
    ordered = rows.select_related("card__cardholder", "company").order_by("-cleared_at", "merchant_name", "amount")
    of_shop: dict[str, Clearing] = {}
    again = []
    for row in ordered:
        if of_shop.setdefault(row.merchant_name, row) is not row:
            again.append(row)
    return [*of_shop.values(), *again]


def _play(case: Case, clearing: Clearing, now: datetime) -> None:
    at = now - timedelta(days=case.days)
    dispute = open_dispute(
        clearing=clearing, by=clearing.card.cardholder, reason=case.reason, explanation=case.explanation, now=at
    )
    Dispute.objects.filter(pk=dispute.pk).update(created_at=at)
    filed = file(dispute_id=dispute.pk, now=at + timedelta(minutes=1))
    assert filed is not None, "nobody else files it"
    for days, word in case.said:
        _say(filed, word, at + timedelta(days=days))


def _say(dispute: Dispute, word: str, at: datetime) -> None:
    """Let the issuer say how a dispute stands, or money move for it."""
    clearing = dispute.clearing
    name = f"{dispute.issuer_reference}:{word}"
    common: dict[str, Any] = {
        "issuer": dispute.issuer,
        "message_id": name,
        "occurred_at": at,
        "card_reference": clearing.card.issuer_reference,
    }
    moves: dict[str, tuple[MessageKind, Callable[[], str]]] = {
        "chargeback": (MessageKind.CHARGEBACK, lambda: clearing.issuer_reference),
        "second_presentment": (MessageKind.SECOND_PRESENTMENT, lambda: f"{dispute.issuer_reference}:chargeback"),
    }
    if word in moves:
        kind, original = moves[word]
        message = Message(kind=kind, reference=name, amount=dispute.money, original_reference=original(), **common)
    else:
        amount = dispute.money if word == "provisional_credit" else None
        facts = {"dispute": dispute.issuer_reference, "state": word}
        message = Message(
            kind=MessageKind.DISPUTE, reference=dispute.issuer_reference, amount=amount, facts=facts, **common
        )
    deliver(message=message, now=at)
    for booked in Clearing.objects.filter(issuer=dispute.issuer, issuer_reference=name):
        book_movement(movement=record_clearing(clearing=booked, now=at))


def question(made: Founded, now: datetime) -> None:
    """Put a question to a holder that waits for an answer. An issuer waits minutes; a demo is looked at for days."""
    card = next((one for one in _cards(made) if one.cardholder.user_id), None)
    if card is None:
        return
    asked_at = now - timedelta(minutes=10)
    asked = Consent.objects.create(
        company=made.company, card=card, kind=ConsentKind.WAS_YOU, issuer=card.issuer, issuer_reference=f"demo {card.pk}",
        amount=189_900, currency=made.company.currency, merchant_name="GAMES-TOPUP.NET", merchant_country="CY", asked_at=asked_at,
        deadline=now + timedelta(days=QUESTION_DAYS), status=ConsentStatus.OPEN, created_at=asked_at,
    )  # fmt: skip
    event = record(
        company=made.company, verb="consent.asked", subject=asked, actor=Actor.ISSUER, now=asked_at,
        changes={"amount": asked.amount, "currency": asked.currency, "card": str(card.pk)},
    )  # fmt: skip
    notify(event=event, memberships=[card.cardholder], channels=("in_app",))


def _cards(made: Founded) -> list[Card]:
    """Return the employees' cards in use, by name, so that the same demo has the same."""
    rows = Card.objects.for_company(made.company).filter(state=CardState.ACTIVE, cardholder__role="employee")
    found = rows.with_frozen().filter(is_frozen=False).select_related("cardholder", "company", "account", "head")
    return list(found.order_by("cardholder__name", "name", "id"))
