"""Bring an authorization, its hold and the limits' counters to what the set of its messages says. Under the card's lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cards import controls, lifecycle, limits
from cards.clear import clear
from cards.issuers.base import Merchant, Message
from cards.lifecycle import Fact, State
from cards.models import (
    Authorization,
    Card,
    Channel,
    ClearingKind,
    DecidedBy,
    Freeze,
    IssuerMessage,
    MessageKind,
    OurAnswer,
    Outcome,
)
from pleo.lib.money import Money
from pleo.lib.search import search_text
from wallet.hold import open_hold, set_hold

TOO_LATE, ELSEWHERE = "too_late", "declined_elsewhere"
# Who describes a purchase best when we were never asked: the report of it, else what speaks of the whole, else the rest.
DESCRIBES = (
    MessageKind.AUTHORIZATION,
    MessageKind.ADVICE,
    MessageKind.SINGLE_MESSAGE,
    MessageKind.CLEARING,
    MessageKind.INCREMENT,
    MessageKind.REVERSAL,
    MessageKind.EXPIRY,
)


def lock_card(issuer: str, reference: str) -> Card | None:
    """Lock a card by the issuer's reference: one decision or message at a time per card. None when it is not ours.

    `no_key`, so that rows that only refer to the card can still be inserted meanwhile. SQLite has one writer anyway.
    """
    frozen = Exists(Freeze.objects.filter(card=OuterRef("pk"), ended_at=None))
    found: Card | None = (
        Card.objects.select_for_update(no_key=True, of=("self",))
        .select_related("company", "cardholder", "account", "head")
        .annotate(is_frozen=frozen)
        .filter(issuer=issuer, issuer_reference=reference)
        .order_by()
        .first()
        if reference
        else None
    )
    return found


def facts_of(authorization: Authorization, messages: list[IssuerMessage]) -> list[Fact]:
    """Return the set that decides the state: our own decision, if we were asked, and every message attached."""
    facts = [
        Fact(
            kind=row.kind,
            amount=row.amount or 0,
            order=(row.occurred_at, row.sequence, row.message_id),
            is_final=row.is_final or (row.kind == MessageKind.REVERSAL and row.amount is None),
            outcome=row.outcome,
            decided_by=row.details.get("decided_by", ""),
            is_ours=row.details.get("is_ours", False),
            reference=row.reference,
        )
        for row in messages
        if row.kind in DESCRIBES
    ]
    if authorization.our_answer:
        ours = Fact(
            kind=MessageKind.AUTHORIZATION,
            amount=authorization.amount if authorization.granted_amount is None else authorization.granted_amount,
            order=(authorization.occurred_at, -1, ""),
            outcome=Outcome.APPROVED if authorization.our_answer == OurAnswer.APPROVED else Outcome.DECLINED,
            decided_by=DecidedBy.FALLBACK if authorization.our_answer == OurAnswer.LATE else DecidedBy.US,
            is_ours=True,
        )
        facts.append(ours)
    return facts


# Our own messages are told from the issuer's by how their id begins.
OWN = "pleo:"


def settle(card: Card, authorization: Authorization, *, now: datetime | None = None) -> dict[str, Any]:
    """Recompute the state and write what changed. Returns the changes as `[before, after]`, empty when nothing did.

    The hold is set unconditionally: what was decided elsewhere, or has settled, is not ours to refuse. Money that was taken
    at once and must not have been is given back, by the difference to what was given back before.
    """
    messages = list(authorization.messages.all())
    state = lifecycle.state(facts_of(authorization, messages))
    before = {name: getattr(authorization, name) for name in STATE}
    used_before = _usage(authorization, authorization.open_amount + authorization.cleared_total)
    _describe(authorization, messages, card)
    _apply(authorization, state)
    used_after = _usage(authorization, state.used)
    if used_before != used_after:
        limits.move_use(card, before=used_before, after=used_after)
    if authorization.hold is not None:
        set_hold(hold=authorization.hold, amount=authorization.reserved)
    elif state.open:
        authorization.hold = open_hold(account=card.account, amount=authorization.reserved)
    described = () if authorization.our_answer else DESCRIPTION
    authorization.save(update_fields=[*STATE, *described, "hold"])
    if state.returned != before["returned_total"]:
        _give_back(card, authorization, state.returned - before["returned_total"], now or timezone.now())
    return {
        name: [before[name], getattr(authorization, name)]
        for name in STATE
        if before[name] != getattr(authorization, name)
    }


def _usage(authorization: Authorization, amount: int) -> limits.Usage:
    return limits.Usage(amount, authorization.occurred_at, is_cash=authorization.channel == Channel.CASH)


def _give_back(card: Card, authorization: Authorization, amount: int, now: datetime) -> None:
    """Book the difference: more to give back, or, when the network changed its mind, less."""
    number = authorization.clearings.filter(issuer_reference__startswith=f"{OWN}returned:").count() + 1
    reference = f"{OWN}returned:{authorization.pk}:{number}"
    money = Money(abs(amount), authorization.currency)
    message = Message(
        issuer=authorization.issuer,
        message_id=reference,
        kind=MessageKind.CORRECTION_CREDIT if amount > 0 else MessageKind.CORRECTION_DEBIT,
        occurred_at=now,
        reference=reference,
        amount=money,
        merchant=Merchant(name=authorization.merchant_name),
    )
    kind = ClearingKind.CORRECTION_CREDIT if amount > 0 else ClearingKind.CORRECTION_DEBIT
    clear(card=card, authorization=authorization, kind=kind, amount=money, message=message, now=now)


STATE = (
    "outcome",
    "decided_by",
    "decline_reason",
    "authorized_total",
    "reversed_total",
    "cleared_total",
    "returned_total",
    "open_amount",
    "status",
)
DESCRIPTION = (
    "amount",
    "currency",
    "merchant_amount",
    "merchant_currency",
    "merchant_name",
    "merchant_id",
    "merchant_category_code",
    "merchant_city",
    "merchant_country",
    "channel",
    "occurred_at",
    "expires_at",
    "search_text",
)


def _apply(authorization: Authorization, state: State) -> None:
    authorization.outcome, authorization.decided_by = state.outcome, state.decided_by
    authorization.authorized_total, authorization.reversed_total = state.authorized, state.reversed
    authorization.cleared_total, authorization.open_amount = state.cleared, state.open
    authorization.returned_total = state.returned
    authorization.status = state.status
    authorization.decline_reason = _reason(authorization)


def _reason(authorization: Authorization) -> str:
    if authorization.outcome == Outcome.APPROVED:
        return ""
    if authorization.our_answer == OurAnswer.DECLINED:
        return controls.first_failed(authorization.checks)
    return TOO_LATE if authorization.decided_by == DecidedBy.FALLBACK else ELSEWHERE


def _describe(authorization: Authorization, messages: list[IssuerMessage], card: Card) -> None:
    """Write what was bought where, when we were never asked: from the message that knows best, not from the first to come."""
    known = [row for row in messages if row.kind in DESCRIBES]
    if authorization.our_answer or not known:
        return
    source = min(
        known, key=lambda row: (DESCRIBES.index(MessageKind(row.kind)), row.occurred_at, row.sequence, row.message_id)
    )
    details, shop = source.details, source.details.get("merchant", {})
    authorization.amount, authorization.currency = source.amount or 0, card.account.currency
    authorization.merchant_amount = details.get("merchant_amount", authorization.amount)
    authorization.merchant_currency = details.get("merchant_currency", authorization.currency)
    authorization.merchant_name, authorization.merchant_id = shop.get("name", ""), shop.get("id", "")
    authorization.merchant_category_code = shop.get("category_code", "")
    authorization.merchant_city, authorization.merchant_country = shop.get("city", ""), shop.get("country", "")
    authorization.channel = details.get("channel", "other")
    authorization.occurred_at = source.occurred_at
    until = details.get("expires_at")
    authorization.expires_at = datetime.fromisoformat(until) if until else source.occurred_at + Authorization.LIFETIME
    authorization.search_text = search_text(authorization.merchant_name, authorization.merchant_city, card.last_four)
