"""Writes what the plan says was bought: authorization, hold, the issuer's messages, clearing and transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cards import controls, lifecycle
from cards.clear import BOOKING
from cards.issuers.base import AuthorizationRequest
from cards.issuers.base import Merchant as Shop
from cards.lifecycle import Fact, State
from cards.limits import CARD, PERSON, Used, live_limits, window_start
from cards.models import (
    WINDOWS,
    Authorization,
    Card,
    Channel,
    Clearing,
    ClearingKind,
    DecidedBy,
    IssuerMessage,
    Limit,
    MessageKind,
    MessageStatus,
    OurAnswer,
    Outcome,
)
from events.models import Actor
from pleo.demo.found import Founded
from pleo.demo.plan import Purchase
from pleo.demo.rows import Rows
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.search import search_text
from wallet.models import Hold, Transfer


@dataclass
class Paid:
    """What a card purchase left in the cards app: its authorization, and its clearing once it settled."""

    authorization: Authorization | None = None
    clearing: Clearing | None = None


@cache
def _limits_of(card: Card) -> tuple[Limit, ...]:
    return tuple(live_limits(card))


def spend(rows: Rows, made: Founded, purchase: Purchase) -> Paid:
    """Add the rows of a card purchase that was approved, as far as it got by now."""
    assert purchase.card is not None, "a claim is not paid by card"
    card = made.cards[purchase.person.name, purchase.card.name]
    request = request_for(card, purchase.merchant.kind, purchase, at=purchase.at)
    message = _end(card, purchase, request)
    state = lifecycle.state(_facts(request, message))
    hold = rows.add(
        Hold(
            id=uuid7(),
            company=made.company,
            account=made.wallet,
            amount=state.open,
            currency=made.company.currency,
            created_at=purchase.at,
        )
    )
    authorization = rows.add(_authorization(rows, card, request, state, hold))
    rows.move(made.wallet, "debits_pending", state.open)
    rows.use(card, purchase.at, state.used)
    rows.tell(
        "authorization.approved", authorization, purchase.at, actor=Actor.ISSUER,
        amount=request.amount.amount, currency=request.amount.currency, card=str(card.pk), reason="",
    )  # fmt: skip
    paid = Paid(authorization)
    if message is None:
        return paid
    message.authorization = authorization
    rows.add(message)
    if message.kind == MessageKind.CLEARING:
        paid.clearing = _clear(rows, made, card, purchase, message, ClearingKind.PURCHASE)
    else:
        rows.tell(
            "authorization.reversed", authorization, message.occurred_at, actor=Actor.ISSUER, card=str(card.pk),
            currency=authorization.currency, open_amount=[purchase.asked, 0],
        )  # fmt: skip
    return paid


def give_back(rows: Rows, made: Founded, purchase: Purchase, before: Paid) -> Paid:
    """Add the rows of a refund; `before` is what the purchase left."""
    assert purchase.card is not None and before.authorization is not None, "a refund follows a card purchase"
    card = made.cards[purchase.person.name, purchase.card.name]
    request = request_for(card, purchase.merchant.kind, purchase, at=purchase.at)
    message = _message(MessageKind.REFUND, card, purchase, request, at=purchase.at, amount=purchase.billed)
    message.authorization = before.authorization
    message.authorization_reference = before.authorization.issuer_reference
    rows.add(message)
    return Paid(None, _clear(rows, made, card, purchase, message, ClearingKind.REFUND))


def request_for(card: Card, kind: str, purchase: Purchase, *, at: datetime) -> AuthorizationRequest:
    """Return the request that the till sent."""
    shop, currency = purchase.merchant, card.company.currency
    return AuthorizationRequest(
        issuer=card.issuer,
        request_id=f"request_{uuid7().hex}",
        reference=f"auth_{uuid7().hex}",
        card_reference=card.issuer_reference,
        amount=Money(purchase.asked, currency),
        merchant_amount=Money(purchase.price if currency != shop.currency else purchase.asked, shop.currency),
        merchant=Shop(shop.name, "", shop.about.mcc, shop.city, shop.country),
        channel=Channel.ONLINE
        if shop.about.online
        else Channel.CHIP
        if kind in ("hotel", "fuel")
        else Channel.CONTACTLESS,
        occurred_at=at,
    )


def _end(card: Card, purchase: Purchase, request: AuthorizationRequest) -> IssuerMessage | None:
    """Return the message that ended the authorization: a clearing, a release, or none yet."""
    if purchase.cleared_at:
        return _message(MessageKind.CLEARING, card, purchase, request, at=purchase.cleared_at, amount=purchase.billed)
    if purchase.released_at:
        return _message(MessageKind.REVERSAL, card, purchase, request, at=purchase.released_at, amount=purchase.asked)
    return None


def _message(
    kind: str, card: Card, purchase: Purchase, request: AuthorizationRequest, *, at: datetime, amount: int
) -> IssuerMessage:
    name = f"message_{uuid7().hex}"
    details = {
        "channel": request.channel,
        "merchant": vars(request.merchant),
        "merchant_amount": purchase.total,
        "merchant_currency": purchase.merchant.currency,
    }
    if purchase.rate != 1:
        details["rate"] = str(purchase.rate)
    return IssuerMessage(
        id=uuid7(), company=card.company, issuer=card.issuer, message_id=name, kind=kind, card_reference=card.issuer_reference,
        authorization_reference=request.reference, reference=name, amount=amount, currency=card.company.currency,
        is_final=kind == MessageKind.CLEARING, details=details, occurred_at=at, created_at=at, status=MessageStatus.DONE, attempts=1,
    )  # fmt: skip


def _facts(request: AuthorizationRequest, message: IssuerMessage | None) -> list[Fact]:
    ours = Fact(
        MessageKind.AUTHORIZATION, request.amount.amount, (request.occurred_at, -1, ""), outcome=Outcome.APPROVED,
        decided_by=DecidedBy.US, is_ours=True,
    )  # fmt: skip
    if message is None:
        return [ours]
    order = (message.occurred_at, 0, message.message_id)
    return [ours, Fact(message.kind, message.amount or 0, order, is_final=message.is_final)]


def _authorization(rows: Rows, card: Card, request: AuthorizationRequest, state: State, hold: Hold) -> Authorization:
    live, at = _limits_of(card), request.occurred_at
    checks = [
        *controls.standing(card, request, []),
        *controls.single(live, request),
        *controls.windows(live, request, _used(rows, card, at)),
        controls.check("funds", True),
    ]
    assert controls.all_passed(checks), "the plan keeps to the limits it draws"
    return Authorization(
        id=uuid7(), company=card.company, card=card, hold=hold, issuer=card.issuer, issuer_reference=request.reference,
        amount=request.amount.amount, currency=request.amount.currency, merchant_amount=request.merchant_amount.amount,
        merchant_currency=request.merchant_amount.currency, merchant_name=request.merchant.name,
        merchant_category_code=request.merchant.category_code, merchant_city=request.merchant.city,
        merchant_country=request.merchant.country, channel=request.channel, checks=checks, our_answer=OurAnswer.APPROVED,
        decision_ms=11 + request.amount.amount % 17, outcome=state.outcome, decided_by=state.decided_by,
        authorized_total=state.authorized, reversed_total=state.reversed, cleared_total=state.cleared, open_amount=state.open,
        status=state.status, occurred_at=at, expires_at=at + Authorization.LIFETIME,
        search_text=search_text(request.merchant.name, request.merchant.city, card.last_four), created_at=at,
    )  # fmt: skip


def _used(rows: Rows, card: Card, at: datetime) -> Used:
    """Return what the windows of a moment held before it, from the totals kept so far."""
    day = card.company.day_of(at)
    found: Used = {}
    for owner, pk in ((CARD, card.pk), (PERSON, card.cardholder_id)):
        for interval in WINDOWS:
            row = rows.used.get((owner, pk, interval.value, window_start(interval, day)))
            if row:
                found[owner, interval.value] = row.used
    return found


def _clear(rows: Rows, made: Founded, card: Card, purchase: Purchase, message: IssuerMessage, kind: str) -> Clearing:
    """Add the clearing and its transfer."""
    assert message.amount, "a clearing moves money"
    code, leaves = BOOKING[kind]
    at, company = message.occurred_at, made.company
    clearing: Clearing = rows.add(
        Clearing(
            id=uuid7(), company=company, card=card, authorization=message.authorization, kind=kind, issuer=card.issuer,
            issuer_reference=message.reference, amount=message.amount, currency=company.currency,
            merchant_amount=purchase.total, merchant_currency=purchase.merchant.currency,
            rate=purchase.rate if purchase.rate != 1 else None, merchant_name=purchase.merchant.name,
            merchant_category_code=purchase.merchant.about.mcc, merchant_country=purchase.merchant.country, cleared_at=at,
            created_at=at,
        )
    )  # fmt: skip
    debit, credit = (made.wallet, made.settlement) if leaves else (made.settlement, made.wallet)
    rows.add(
        Transfer(
            id=uuid7(), company=company, debit_account=debit, credit_account=credit, amount=message.amount,
            currency=company.currency, code=code, subject_type=clearing._meta.label_lower, subject_id=clearing.pk,
            text=clearing.merchant_name, booked_at=at + timedelta(seconds=2), value_date=company.day_of(at), created_at=at,
        )
    )  # fmt: skip
    rows.move(debit, "debits_posted", message.amount)
    rows.move(credit, "credits_posted", message.amount)
    rows.tell(
        f"clearing.{kind}", clearing, at, actor=Actor.ISSUER, amount=message.amount, currency=company.currency, card=str(card.pk),
        authorization=str(message.authorization_id) if message.authorization_id else None,
    )  # fmt: skip
    return clearing
