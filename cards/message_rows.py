"""A message as columns of its row, and back: what decides stands in columns, what only describes in `details`."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from cards.issuers.base import Merchant, Message
from cards.models import Channel, IssuerMessage, MessageKind
from pleo.lib.money import Money


def row_of(message: Message) -> IssuerMessage:
    """Write a message into columns; what only describes goes to `details`."""
    details: dict[str, Any] = {"channel": message.channel, "merchant": asdict(message.merchant)}
    if message.merchant_amount is not None:
        details |= {
            "merchant_amount": message.merchant_amount.amount,
            "merchant_currency": message.merchant_amount.currency,
        }
    if message.decided_by:
        details["decided_by"] = message.decided_by
    if message.rate is not None:
        details["rate"] = str(message.rate)
    if message.expires_at is not None:
        details["expires_at"] = message.expires_at.isoformat()
    if message.original_reference:
        details["original_reference"] = message.original_reference
    if message.fee is not None:
        details["fee"] = message.fee.amount
    if message.facts:
        details["facts"] = dict(message.facts)
    return IssuerMessage(
        issuer=message.issuer,
        message_id=message.message_id,
        kind=message.kind,
        card_reference=message.card_reference,
        authorization_reference=message.authorization_reference,
        reference=reference_of(message),
        amount=message.amount.amount if message.amount is not None else None,
        currency=message.amount.currency if message.amount is not None else "",
        is_final=message.is_final,
        outcome=message.outcome,
        details=details,
        occurred_at=message.occurred_at,
        sequence=message.sequence,
    )


def message_of(row: IssuerMessage) -> Message:
    """Read a message back from its columns."""
    details = row.details
    has_merchant = "merchant_amount" in details
    return Message(
        issuer=row.issuer,
        message_id=row.message_id,
        kind=row.kind,
        occurred_at=row.occurred_at,
        card_reference=row.card_reference,
        authorization_reference=row.authorization_reference,
        reference=row.reference,
        amount=Money(row.amount, row.currency) if row.amount is not None else None,
        merchant_amount=Money(details["merchant_amount"], details["merchant_currency"]) if has_merchant else None,
        merchant=Merchant(**details.get("merchant", {})),
        channel=details.get("channel", Channel.OTHER),
        rate=Decimal(details["rate"]) if "rate" in details else None,
        original_reference=details.get("original_reference", ""),
        fee=Money(details["fee"], row.currency) if "fee" in details else None,
        facts=details.get("facts", {}),
    )


def reference_of(message: Message) -> str:
    """Return what a message is known by besides its id: the network's reference of money, or the dispute it speaks of.

    What is asked for and taken at once is known by its authorization: our own yes and the network's report of it are one.
    """
    if message.kind == MessageKind.SINGLE_MESSAGE:
        return message.authorization_reference or message.reference
    if message.kind == MessageKind.DISPUTE:
        return str(message.facts.get("dispute", ""))
    return message.reference
