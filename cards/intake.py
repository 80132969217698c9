"""Take in what issuers tell us: stored once before it is understood, and then in any order with the same result."""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cards import disputes, limits, told
from cards.clear import clear
from cards.consent import ask_holder
from cards.issuers import issuer_named
from cards.issuers.base import Issuer, Malformed, Message
from cards.issuers.reading import redact
from cards.message_rows import message_of, row_of
from cards.models import (
    Authorization,
    AuthorizationStatus,
    Card,
    Channel,
    Clearing,
    ClearingKind,
    DecidedBy,
    IssuerMessage,
    MessageKind,
    MessageStatus,
    Outcome,
    Pin,
)
from cards.settle import OWN, lock_card, settle
from cards.ship import note_pin
from cards.signals import authorization_changed, authorization_decided
from events.models import Actor
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.work import LeaseLost

logger = logging.getLogger(__name__)

# These make the authorization when they come before it or without it: they carry card, shop and amount.
FOUNDING = frozenset({MessageKind.AUTHORIZATION, MessageKind.ADVICE, MessageKind.SINGLE_MESSAGE, MessageKind.CLEARING})
# Money of its own: booked at once, whatever is known of the purchase, which is only a link.
ALONE: dict[str, ClearingKind] = {
    MessageKind.REFUND: ClearingKind.REFUND,
    MessageKind.REFUND_REVERSAL: ClearingKind.REFUND_REVERSAL,
    MessageKind.CHARGEBACK: ClearingKind.CHARGEBACK,
    MessageKind.SECOND_PRESENTMENT: ClearingKind.CHARGEBACK_REVERSAL,
    MessageKind.CORRECTION_DEBIT: ClearingKind.CORRECTION_DEBIT,
    MessageKind.CORRECTION_CREDIT: ClearingKind.CORRECTION_CREDIT,
}
# Kept, and nothing follows from them here.
SILENT = frozenset({MessageKind.UNKNOWN, MessageKind.BALANCE_INQUIRY})
VERBS = {
    MessageKind.AUTHORIZATION: "authorization.reported",
    MessageKind.INCREMENT: "authorization.incremented",
    MessageKind.ADVICE: "authorization.advised",
    MessageKind.REVERSAL: "authorization.reversed",
    MessageKind.EXPIRY: "authorization.expired",
}


class MessageRefused(DomainError):
    """The message contradicts what we know (card, company, currency): nothing is booked, and it stays for a person to see."""

    code = "message_refused"


class CardUnknown(MessageRefused):
    code = "card_unknown"


class CardMismatch(MessageRefused):
    """The authorization belongs to another card."""

    code = "card_mismatch"


class OtherCurrency(MessageRefused):
    """The billing currency is not the one of the card's account."""

    code = "currency"


def receive(*, issuer: Issuer, document: dict[str, Any], body: bytes, now: datetime) -> tuple[IssuerMessage, bool]:
    """Store a signed message as it came, redacted, before it is understood. Returns it and whether it is new.

    A message that cannot be read is stored too, as failed with the reason; only one without an id is refused (Malformed).
    """
    raw = redact(document)
    message_id = issuer.message_id(raw)
    kept = {
        "raw": raw,
        "raw_hmac": hmac.new(settings.TOKEN_KEY.encode(), body, hashlib.sha256).hexdigest(),
        "created_at": now,
    }
    try:
        row = row_of(issuer.parse_message(raw))
    except Malformed as error:
        row = IssuerMessage(
            issuer=issuer.name,
            message_id=message_id,
            kind=MessageKind.UNKNOWN,
            occurred_at=now,
            status=MessageStatus.FAILED,
        )
        row.last_error = {"code": error.code, "where": error.where}
    for name, value in kept.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        known = IssuerMessage.objects.filter(issuer=issuer.name, message_id=row.message_id).first()
        if known is None:
            raise
        if known.raw_hmac != row.raw_hmac:
            logger.warning("a message id came again with another body, the first stands: message=%s", known.pk)
        return known, False
    if row.status == MessageStatus.FAILED:
        assert row.last_error is not None, "what failed says why"
        _say_refused(row, row.last_error["code"], row.last_error["where"], now)
    return row, True


def _say_refused(row: IssuerMessage, code: str, where: str, now: datetime) -> None:
    """Leave a trace of a signed message that was not taken: in the company's log when the card is known, else in ours."""
    logger.warning("message refused: message=%s code=%s where=%s", row.pk, code, where)
    record(
        company=row.company,
        verb="message.refused",
        subject=row,
        actor=Actor.ISSUER,
        changes={"code": code, "where": where},
        now=now,
    )


def keep_refused(
    *, issuer: Issuer, document: dict[str, Any], body: bytes, code: str, where: str, now: datetime
) -> None:
    """Keep a signed request that could not be answered: redacted, as failed, with the reason. The same again is kept once."""
    raw = redact(document)
    digest = hmac.new(settings.TOKEN_KEY.encode(), body, hashlib.sha256).hexdigest()
    row, is_new = IssuerMessage.objects.get_or_create(
        issuer=issuer.name,
        message_id=f"{OWN}refused:{digest[:40]}",
        defaults={
            "kind": MessageKind.UNKNOWN,
            "occurred_at": now,
            "status": MessageStatus.FAILED,
            "last_error": {"code": code, "where": where},
            "raw": raw,
            "raw_hmac": digest,
        },
    )
    if is_new:
        _say_refused(row, code, where, now)


def take_in(*, message_id: Any, now: datetime | None = None) -> IssuerMessage | None:
    """Do what a stored message says, once. None when another worker has it or it is done. The task and the sweep call this."""
    now = now or timezone.now()
    row = IssuerMessage.claim(message_id, now=now)
    if row is None:
        return None
    try:
        with row.finishing():
            _handle(row, now)
    except DomainError as refused:
        row.give_up(refused.code, **refused.params)
        _say_refused(row, refused.code, "", now)
    except Malformed as error:
        row.give_up(error.code, where=error.where)
        _say_refused(row, error.code, error.where, now)
    except LeaseLost:
        return None
    return row


@transaction.atomic
def deliver(*, message: Message, now: datetime | None = None) -> IssuerMessage:
    """Store and do at once what did not come through a door: our own release of what expired, and history being imported.

    The same message id again changes nothing. Raises MessageRefused.
    """
    now = now or timezone.now()
    row = row_of(message)
    row.status, row.created_at = MessageStatus.DONE, now
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        known = IssuerMessage.objects.filter(issuer=message.issuer, message_id=message.message_id).first()
        if known is None:
            raise
        return known
    _handle(row, now)
    return row


def _handle(row: IssuerMessage, now: datetime) -> None:
    if row.kind == MessageKind.UNKNOWN and row.raw:
        _understand(row)
    if row.kind in SILENT:
        return
    if row.kind == MessageKind.DISPUTE:
        if not disputes.hear(row=row, now=now):
            _wait(row)
        return
    if row.kind == MessageKind.CONSENT:
        ask_holder(row=row, now=now)
        return
    if row.kind in told.KINDS:
        told.hear(row=row, now=now)
        return
    card = lock_card(row.issuer, row.card_reference or _card_reference(row))
    if card is None and not row.card_reference:
        _wait(row)
        return
    if card is None:
        raise CardUnknown(card=row.card_reference)
    if row.currency and row.currency != card.account.currency:
        raise OtherCurrency(asked=row.currency, wallet=card.account.currency)
    row.company = card.company
    # Only now, under the card's lock: a decision may have been committed a moment ago.
    authorization = _known_authorization(row)
    if authorization and authorization.card_id != card.pk:
        raise CardMismatch(authorization=row.authorization_reference)
    if row.kind in ALONE:
        _alone(row, card, authorization, now)
    elif row.kind == MessageKind.REFUND_AUTHORIZATION:
        _announce(row, card, authorization, now)
    elif row.kind in (MessageKind.CLEARING, MessageKind.SINGLE_MESSAGE) and not row.authorization_reference:
        _force_post(row, card, now)
    elif authorization is None and row.kind not in FOUNDING:
        _wait(row)
    else:
        _follow(row, card, authorization, now)
    if row.details.get("facts", {}).get("pin") == Pin.BLOCKED:
        note_pin(card=card, pin=Pin.BLOCKED, now=now)


def _understand(row: IssuerMessage) -> None:
    """Read a stored message again: the product may have learned its type since it came. Raises Malformed."""
    again = row_of(issuer_named(row.issuer).parse_message(row.raw))
    if again.kind == MessageKind.UNKNOWN:
        return
    names = (
        "kind",
        "card_reference",
        "authorization_reference",
        "reference",
        "amount",
        "currency",
        "is_final",
        "outcome",
        "details",
        "occurred_at",
        "sequence",
    )
    for name in names:
        setattr(row, name, getattr(again, name))
    row.save(update_fields=names)


def _card_reference(row: IssuerMessage) -> str:
    """Find the card of a message that names only an authorization, or the money that it is about."""
    known: QuerySet[Any] = Authorization.objects.filter(issuer=row.issuer, issuer_reference=row.authorization_reference)
    if original := row.details.get("original_reference", ""):
        known = Clearing.objects.filter(issuer=row.issuer, issuer_reference=original)
    return known.values_list("card__issuer_reference", flat=True).first() or ""


def _known_authorization(row: IssuerMessage) -> Authorization | None:
    if not row.authorization_reference:
        return None
    found: Authorization | None = (
        Authorization.objects.select_related("hold", "card")
        .filter(issuer=row.issuer, issuer_reference=row.authorization_reference)
        .first()
    )
    return found


def _wait(row: IssuerMessage) -> None:
    """Keep a message about an authorization that we do not know yet. It is taken in when its original appears."""
    row.status = MessageStatus.WAITING
    row.save(update_fields=["status", "company"])


def _follow(row: IssuerMessage, card: Card, authorization: Authorization | None, now: datetime) -> None:
    """Attach a message to its authorization, made here if the message is the first to speak of it, and settle anew."""
    is_new = authorization is None
    if authorization is None:
        authorization = _found(row, card)
    is_money = _is_money(row)
    if is_money and _is_repeated(row):
        return
    row.authorization = authorization
    row.save(update_fields=["authorization", "company"])
    if is_new:
        _adopt(authorization)
    # Counters and hold before the transfer: locks are taken in the order that `docs/ledger.md` lists.
    changes = settle(card, authorization, now=now)
    if is_money:
        _book(row, card, authorization, now)
    verb = VERBS.get(MessageKind(row.kind))
    if verb and changes:
        record(
            company=card.company,
            verb=verb,
            subject=authorization,
            actor=Actor.SYSTEM if row.message_id.startswith(OWN) else Actor.ISSUER,
            changes=changes | {"card": str(card.pk), "currency": authorization.currency},
            now=now,
        )
    if is_new:
        authorization_decided.send(sender=Authorization, authorization=authorization)
    elif changes:
        authorization_changed.send(sender=Authorization, authorization=authorization)


def _is_money(row: IssuerMessage) -> bool:
    if row.kind == MessageKind.SINGLE_MESSAGE and row.outcome == Outcome.DECLINED:
        return False
    return row.kind in (MessageKind.CLEARING, MessageKind.SINGLE_MESSAGE) and bool(row.amount)


def _book(row: IssuerMessage, card: Card, authorization: Authorization | None, now: datetime) -> None:
    """Book what a message took or gave back."""
    kind = ClearingKind.CASH if row.details.get("channel") == Channel.CASH else ClearingKind.PURCHASE
    message = message_of(row)
    assert message.amount is not None, "money has an amount"
    booked = clear(
        card=card,
        authorization=authorization,
        kind=ALONE.get(row.kind, kind),
        amount=message.amount,
        message=message,
        now=now,
    )
    disputes.follow_money(clearing=booked, message=row, now=now)


def _found(row: IssuerMessage, card: Card) -> Authorization:
    """Make an authorization that we were never asked about. `settle` fills it from its messages."""
    created: Authorization = Authorization.objects.create(
        company=card.company,
        card=card,
        issuer=row.issuer,
        issuer_reference=row.authorization_reference,
        amount=row.amount or 0,
        currency=card.account.currency,
        merchant_amount=row.amount or 0,
        merchant_currency=card.account.currency,
        channel=Channel.OTHER,
        outcome=Outcome.APPROVED,
        decided_by=DecidedBy.ISSUER,
        status=AuthorizationStatus.CLOSED,
        occurred_at=row.occurred_at,
    )
    return created


def _is_repeated(row: IssuerMessage) -> bool:
    """Say whether the network's reference was booked before under another message id; such a message changes nothing."""
    if not Clearing.objects.filter(issuer=row.issuer, issuer_reference=row.reference).exists():
        return False
    row.last_error = {"code": "repeated", "reference": row.reference}
    row.save(update_fields=["last_error", "company"])
    return True


def _force_post(row: IssuerMessage, card: Card, now: datetime) -> None:
    """Money taken without asking. It counts in the window of its own time."""
    if not _is_money(row) or _is_repeated(row):
        row.save(update_fields=["company"])
        return
    assert row.amount is not None, "money has an amount"
    row.save(update_fields=["company"])
    limits.count(card, row.occurred_at, row.amount, is_cash=row.details.get("channel") == Channel.CASH)
    _book(row, card, None, now)


def _alone(row: IssuerMessage, card: Card, authorization: Authorization | None, now: datetime) -> None:
    """Money that comes back, is taken back or is corrected. The issuer's link is a guess and may be absent.

    A refund gives no limit room back, and what follows from it takes none.
    """
    if not row.amount or _is_repeated(row):
        return
    row.authorization = authorization
    row.save(update_fields=["authorization", "company"])
    _book(row, card, authorization, now)


def _announce(row: IssuerMessage, card: Card, authorization: Authorization | None, now: datetime) -> None:
    """A shop will pay back. That is not money yet: it is kept and told, and nothing is available before it comes."""
    row.authorization = authorization
    row.save(update_fields=["authorization", "company"])
    record(
        company=card.company,
        verb="refund.announced",
        subject=authorization or card,
        label=row.details.get("merchant", {}).get("name", "") if authorization is None else "",
        actor=Actor.ISSUER,
        changes={"amount": row.amount or 0, "currency": row.currency, "card": str(card.pk)},
        now=now,
    )


# Taken in without their authorization, which may come later.
LINKED = (*ALONE, MessageKind.REFUND_AUTHORIZATION)


def _orphans() -> QuerySet[IssuerMessage]:
    """Messages that name an authorization and were taken in without it."""
    return IssuerMessage.objects.filter(
        Q(status=MessageStatus.WAITING) | Q(status=MessageStatus.DONE, kind__in=LINKED),
        authorization=None,
        last_error__isnull=True,
    ).exclude(authorization_reference="")


def _adopt(authorization: Authorization) -> int:
    """Give an authorization the messages that came before it. They must speak of its card and its currency."""
    waiting = _orphans().filter(
        Q(card_reference="") | Q(card_reference=authorization.card.issuer_reference),
        Q(currency="") | Q(currency=authorization.currency),
        issuer=authorization.issuer,
        authorization_reference=authorization.issuer_reference,
    )
    rows = list(waiting)
    for row in rows:
        row.authorization, row.status, row.company_id = authorization, MessageStatus.DONE, authorization.company_id
        row.save(update_fields=["authorization", "status", "company"])
        if row.kind in ALONE:
            Clearing.objects.filter(issuer=row.issuer, issuer_reference=row.reference).update(
                authorization=authorization
            )
    return len(rows)


def reunite(*, limit: int = 200) -> int:
    """Take in the messages that waited for an authorization which has since been decided. Returns how many.

    A decision does not look for them, since a till waits for it; the sweep does.
    """
    found = 0
    original = Authorization.objects.filter(
        issuer=OuterRef("issuer"), issuer_reference=OuterRef("authorization_reference")
    )
    for row in _orphans().filter(Exists(original)).order_by("created_at")[:limit]:
        with transaction.atomic():
            authorization = _known_authorization(row)
            assert authorization is not None, "authorizations are never deleted"
            card = lock_card(row.issuer, authorization.card.issuer_reference)
            assert card is not None, "the card of an authorization exists"
            authorization = _known_authorization(row)
            assert authorization is not None, "authorizations are never deleted"
            found += _reunited(card, authorization, row)
    return found


def _reunited(card: Card, authorization: Authorization, row: IssuerMessage) -> int:
    adopted = _adopt(authorization)
    if not adopted:
        # A refund is booked already and only stays without its link; anything else has done nothing.
        row.status = row.status if row.kind in LINKED else MessageStatus.FAILED
        row.last_error = {"code": CardMismatch.code}
        row.save(update_fields=["status", "last_error"])
        return 0
    changes = settle(card, authorization)
    if changes:
        authorization_changed.send(sender=Authorization, authorization=authorization)
    return adopted
