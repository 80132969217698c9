"""Book a final amount from the network: one Clearing, one Transfer. Never refused: the money has already moved."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Company
from cards.close import close
from cards.issuers.base import Message
from cards.models import Authorization, Card, CardKind, Clearing, ClearingKind, CloseReason
from cards.signals import clearing_recorded
from cards.watch_subscription import note_payment
from events.models import Actor
from events.record import record
from pleo.lib.money import Money
from wallet.models import AccountKind, LedgerAccount, TransferCode
from wallet.transfer import transfer

# Which reason each kind gives its transfer, and whether money leaves the card's account.
BOOKING: dict[str, tuple[TransferCode, bool]] = {
    ClearingKind.PURCHASE: (TransferCode.CARD_PURCHASE, True),
    ClearingKind.CASH: (TransferCode.CARD_CASH, True),
    ClearingKind.REFUND: (TransferCode.CARD_REFUND, False),
    ClearingKind.REFUND_REVERSAL: (TransferCode.CARD_REFUND_REVERSAL, True),
    ClearingKind.CORRECTION_DEBIT: (TransferCode.CORRECTION_DEBIT, True),
    ClearingKind.CORRECTION_CREDIT: (TransferCode.CORRECTION_CREDIT, False),
    ClearingKind.CHARGEBACK: (TransferCode.CHARGEBACK, False),
    ClearingKind.CHARGEBACK_REVERSAL: (TransferCode.CHARGEBACK_REVERSAL, True),
}


def clear(
    *, card: Card, authorization: Authorization | None, kind: str, amount: Money, message: Message, now: datetime
) -> Clearing:
    """Book a clearing in the caller's transaction, under the card's lock. Checks no limit, no freeze and no balance.

    The money leaves the account that was held on, even if the card pays from another one by now. The caller has made sure
    that the network's reference is new.
    """
    assert amount.amount > 0, "a clearing moves money"
    assert authorization is None or authorization.card_id == card.pk, (
        "a clearing belongs to the card of its authorization"
    )
    shop, merchant_amount = message.merchant, message.merchant_amount or amount
    original = _original(card, message)
    clearing = Clearing.objects.create(
        company=card.company,
        card=card,
        authorization=authorization,
        kind=kind,
        issuer=message.issuer,
        issuer_reference=message.reference,
        amount=amount.amount,
        currency=amount.currency,
        merchant_amount=merchant_amount.amount or amount.amount,
        merchant_currency=merchant_amount.currency if merchant_amount else amount.currency,
        fee_amount=message.fee.amount if message.fee else 0,
        rate=message.rate,
        original_reference=message.original_reference,
        original=original,
        merchant_name=shop.name or (authorization.merchant_name if authorization else ""),
        merchant_category_code=shop.category_code or (authorization.merchant_category_code if authorization else ""),
        merchant_country=shop.country or (authorization.merchant_country if authorization else ""),
        cleared_at=message.occurred_at,
    )
    # What speaks of this one may have come before it.
    Clearing.objects.filter(
        issuer=message.issuer, original_reference=message.reference, original=None, card=card
    ).exclude(pk=clearing.pk).update(original=clearing)
    code, leaves = BOOKING[kind]
    held = authorization.hold if authorization else None
    account = card.account if held is None or held.account_id == card.account_id else held.account
    settlement = _settlement(card.company)
    transfer(
        debit=account if leaves else settlement,
        credit=settlement if leaves else account,
        amount=amount,
        code=code,
        subject=clearing,
        booked_at=now,
        value_date=card.company.day_of(message.occurred_at),
        text=clearing.merchant_name,
    )
    record(
        company=card.company,
        verb=f"clearing.{kind}",
        subject=clearing,
        actor=Actor.ISSUER,
        changes={
            "amount": amount.amount,
            "currency": amount.currency,
            "card": str(card.pk),
            "authorization": str(authorization.pk) if authorization else None,
        },
        now=now,
    )
    _kind_news(card, clearing, leaves, now)
    clearing_recorded.send(sender=Clearing, clearing=clearing)
    return clearing


def _kind_news(card: Card, clearing: Clearing, leaves: bool, now: datetime) -> None:
    """Do what the kind of a card makes of a clearing: one that pays once has paid, a vendor's price is looked at."""
    if leaves and card.kind == CardKind.SINGLE_USE and card.is_open:
        close(card=card, reason=CloseReason.USED, by=None, now=now)
    if clearing.kind == ClearingKind.PURCHASE and card.kind == CardKind.VENDOR:
        note_payment(card=card, clearing=clearing)


def _original(card: Card, message: Message) -> Clearing | None:
    """Find what a clearing corrects, returns or charges again. It may be unknown yet, or for ever."""
    if not message.original_reference:
        return None
    found: Clearing | None = Clearing.objects.filter(
        issuer=message.issuer, issuer_reference=message.original_reference, card=card
    ).first()
    return found


def _settlement(company: Company) -> LedgerAccount:
    return LedgerAccount.objects.of_kind(company, AccountKind.CARD_SETTLEMENT)
