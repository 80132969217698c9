"""Take in what an issuer tells about something else than money: a card, a person, funds on their way.

Ours is the truth about a card. What an issuer does of its own accord still counts: a card that it puts to rest rests here as
well, one that it closes is closed, and only its own word wakes up what it put to rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Company
from cards.close import close
from cards.issuers.base import Reason
from cards.models import (
    Card,
    CardState,
    CloseReason,
    Freeze,
    FreezeSource,
    IssuerCopy,
    IssuerHolder,
    IssuerMessage,
    IssuerStatus,
    MessageKind,
    Pin,
    Shipping,
)
from cards.ship import note_pin, note_shipping
from events.models import Actor
from events.notify import notify
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.models import LedgerAccount, TopUp
from wallet.top_up import receive_top_up
from wallet.transfer import OtherCurrency

KINDS = frozenset({MessageKind.CARD, MessageKind.HOLDER, MessageKind.TOP_UP})


class TopUpOfNobody(DomainError):
    """Money came to the issuer's account and nothing says whose it is: a person must book it."""

    code = "top_up_of_nobody"


class TopUpTakenBack(DomainError):
    """Money that was booked here went back to the bank: a person must correct it."""

    code = "top_up_taken_back"


def hear(*, row: IssuerMessage, now: datetime) -> None:
    """Do what a message says, in the caller's transaction. Raises TopUpOfNobody, TopUpTakenBack, and what booking raises."""
    assert row.kind in KINDS, f"{row.kind} is heard elsewhere"
    if row.kind == MessageKind.CARD:
        _card(row, now)
    elif row.kind == MessageKind.HOLDER:
        _holder(row, now)
    else:
        _top_up(row, now)


def _facts(row: IssuerMessage) -> dict[str, Any]:
    facts: dict[str, Any] = row.details.get("facts", {})
    return facts


def _card(row: IssuerMessage, now: datetime) -> None:
    """Follow the issuer's copy of a card. News older than what we know of it, and of cards that are not ours, changes nothing."""
    known = Card.objects.select_for_update(no_key=True, of=("self",)).select_related("company", "cardholder")
    card = known.filter(issuer=row.issuer, issuer_reference=row.card_reference).first()
    if card is None:
        return
    row.company = card.company
    row.save(update_fields=["company"])
    facts, copy = _facts(row), _copy(card)
    if facts.get("shipping") in Shipping.values:
        note_shipping(card=card, shipping=facts["shipping"], at=row.occurred_at, tracking=facts.get("tracking", ""))
    if facts.get("pin") in (Pin.SET, Pin.BLOCKED):
        note_pin(card=card, pin=facts["pin"], now=now)
    if copy.told_at is not None and copy.told_at > row.occurred_at:
        return
    copy.told, copy.told_at = facts, row.occurred_at
    copy.save(update_fields=["told", "told_at"])
    _follow_status(card, facts, now)


def _copy(card: Card) -> IssuerCopy:
    copy: IssuerCopy = IssuerCopy.objects.get_or_create(card=card, defaults={"company": card.company})[0]
    return copy


def _follow_status(card: Card, facts: dict[str, Any], now: datetime) -> None:
    status = facts.get("status", "")
    if status not in IssuerStatus.values or not card.is_open:
        return
    if status == IssuerStatus.CLOSED:
        reason = facts.get("reason", "")
        close(
            card=card,
            reason=reason if reason in (Reason.LOST, Reason.STOLEN) else CloseReason.CANCELLED,
            by=None,
            now=now,
        )
    elif status == IssuerStatus.FROZEN and card.state == CardState.ACTIVE and not facts.get("ours"):
        _freeze(card, now)
    elif status == IssuerStatus.ACTIVE:
        _thaw(card, now)
    # What the issuer says it is, is what it was last told: a difference to what we want is put right by the sweep.
    Card.objects.filter(pk=card.pk).exclude(issuer_status=status).update(issuer_status=status)


def _freeze(card: Card, now: datetime) -> None:
    try:
        with transaction.atomic():
            Freeze.objects.create(company=card.company, card=card, source=FreezeSource.ISSUER, created_at=now)
    except IntegrityError:
        return
    event = record(
        company=card.company,
        verb="card.frozen",
        subject=card,
        actor=Actor.ISSUER,
        changes={"source": FreezeSource.ISSUER, "reason": ""},
        now=now,
    )
    notify(event=event, memberships=[card.cardholder])


def _thaw(card: Card, now: datetime) -> None:
    ended = card.freezes.filter(source=FreezeSource.ISSUER, ended_at=None).update(ended_at=now)
    if ended:
        changes = {"sources": [FreezeSource.ISSUER]}
        record(company=card.company, verb="card.thawed", subject=card, actor=Actor.ISSUER, changes=changes, now=now)


def _holder(row: IssuerMessage, now: datetime) -> None:
    """Keep whether the issuer lets a person spend, and tell finance once when it does not."""
    found = IssuerHolder.objects.select_related("company", "membership")
    holder = found.filter(issuer=row.issuer, reference=row.reference).first()
    if holder is None:
        return
    row.company = holder.company
    row.save(update_fields=["company"])
    if holder.told_at is not None and holder.told_at > row.occurred_at:
        return
    before, holder.told, holder.told_at = holder.told, _facts(row), row.occurred_at
    holder.save(update_fields=["told", "told_at"])
    blocked = holder.told.get("blocked", "")
    if blocked and blocked != before.get("blocked", ""):
        record(
            company=holder.company,
            verb="holder.blocked",
            subject=holder.membership,
            actor=Actor.ISSUER,
            changes={"why": blocked, "needs": holder.told.get("needs", "")},
            now=now,
        )


def _top_up(row: IssuerMessage, now: datetime) -> None:
    """Book money that has come to the issuer's account, once. What is still on its way, or will not come, is only kept."""
    state, company = _facts(row).get("state", ""), _whose(row)
    if company is not None:
        row.company = company
        row.save(update_fields=["company"])
    if state in ("reversed", "canceled", "failed"):
        if company is not None and TopUp.objects.for_company(company).filter(bank_line=_line(row)).exists():
            raise TopUpTakenBack(reference=row.reference)
        return
    if state != "succeeded":
        return
    if company is None:
        raise TopUpOfNobody(reference=row.reference)
    account = LedgerAccount.objects.wallet_of(company)
    assert row.amount is not None, "a top-up has an amount"
    if row.currency != account.currency:
        raise OtherCurrency(wallet=account.currency, asked=row.currency)
    receive_top_up(
        account=account,
        bank_line=_line(row),
        amount=Money(row.amount, row.currency),
        value_date=company.day_of(row.occurred_at),
        payer=row.issuer.title(),
        now=now,
    )


def _line(row: IssuerMessage) -> str:
    return f"{row.issuer} {row.reference}"


def _whose(row: IssuerMessage) -> Company | None:
    """Find whose money it is: the company that asked for it, else the only one of that issuer."""
    name = _facts(row).get("company", "")
    companies = Company.objects.filter(issuer=row.issuer)
    if name:
        return companies.filter(pk=name).first() if _is_id(name) else None
    several = list(companies[:2])
    return several[0] if len(several) == 1 else None


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
