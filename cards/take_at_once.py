"""Cash machines ask and take in one message: a yes is the payment, and nothing stays reserved."""

from __future__ import annotations

from datetime import datetime

from cards.clear import clear
from cards.issuers.base import AuthorizationRequest, Message
from cards.message_rows import message_of, row_of
from cards.models import (
    Authorization,
    Card,
    Channel,
    ClearingKind,
    DecidedBy,
    MessageKind,
    MessageStatus,
    Outcome,
)
from cards.settle import settle
from pleo.lib.money import Money


def take_at_once(*, card: Card, authorization: Authorization, request: AuthorizationRequest, now: datetime) -> None:
    """Book a yes as money taken, in the transaction of the decision.

    Our yes is kept as a message of the set. When the network says afterwards that the money was not handed out, the set says
    so too, and what was taken comes back (`settle.py`).
    """
    amount = Money(authorization.open_amount, authorization.currency)
    row = row_of(
        Message(
            issuer=request.issuer,
            message_id=request.request_id,
            kind=MessageKind.SINGLE_MESSAGE,
            occurred_at=request.occurred_at,
            card_reference=request.card_reference,
            authorization_reference=request.reference,
            amount=amount,
            merchant_amount=request.merchant_amount if authorization.granted_amount is None else None,
            merchant=request.merchant,
            channel=request.channel,
            outcome=Outcome.APPROVED,
            decided_by=DecidedBy.US,
            fee=request.fee,
        )
    )
    row.details["is_ours"] = True
    row.status, row.created_at, row.company, row.authorization = MessageStatus.DONE, now, card.company, authorization
    row.save(force_insert=True)
    settle(card, authorization, now=now)
    kind = ClearingKind.CASH if request.channel == Channel.CASH else ClearingKind.PURCHASE
    clear(card=card, authorization=authorization, kind=kind, amount=amount, message=message_of(row), now=now)
