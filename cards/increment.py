"""A till asks for more on top of what it holds: decided like a purchase, and a no leaves the reserve as it was.

The increment is first applied, then looked at, and undone if it is too much: by then the row locks of the counters and of the
wallet are ours, so that nobody else can have taken the same money or room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cards import authorize as deciding
from cards import controls, limits
from cards.controls import Check
from cards.issuers.base import Answer, AuthorizationRequest, Message
from cards.message_rows import row_of
from cards.models import (
    Authorization,
    AuthorizationStatus,
    Card,
    DecidedBy,
    IssuerMessage,
    Limit,
    MessageKind,
    MessageStatus,
    Outcome,
)
from cards.settle import TOO_LATE, lock_card, settle
from cards.signals import authorization_changed
from events.models import Actor
from events.notify import notify
from events.record import record
from wallet.models import LedgerAccount


@dataclass(frozen=True)
class _Answered:
    """What is kept of an answer besides the amount."""

    checks: list[Check]
    reason: str = ""
    decided_by: str = DecidedBy.US


class _Refused(Exception):
    """Undo the increment; the answer is no."""

    def __init__(self, card: Card, authorization: Authorization | None, answered: _Answered) -> None:
        super().__init__()
        self.card, self.authorization, self.answered = card, authorization, answered


def increment(
    *, request: AuthorizationRequest, now: datetime | None = None, started: float | None = None
) -> IssuerMessage:
    """Decide an increment and keep the decision as a message of ours; the network's report of it is the same increment.

    Repeats get the stored answer. `started` as in `authorize`. Raises CardUnknown, ReferenceReused, OperationalError.
    """
    assert request.is_increment and request.amount.amount >= 0, "an increment adds"
    now = now or timezone.now()
    try:
        try:
            with transaction.atomic():
                row = _decide(request, now, started)
        except _Refused as refused:
            with transaction.atomic():
                row = _refuse(request, refused, now)
    except IntegrityError:
        known: IssuerMessage | None = IssuerMessage.objects.filter(
            issuer=request.issuer, message_id=request.request_id
        ).first()
        if known is None:
            raise
        return known
    if row.outcome == Outcome.APPROVED and deciding.is_late(started) and row.authorization_id:
        return _fall_back(row, now)
    return row


def _decide(request: AuthorizationRequest, now: datetime, started: float | None) -> IssuerMessage:
    card = lock_card(request.issuer, request.card_reference)
    if card is None:
        raise deciding.CardUnknown(card=request.card_reference)
    known = IssuerMessage.objects.filter(issuer=request.issuer, message_id=request.request_id).first()
    if known is not None:
        return known
    authorization = (
        Authorization.objects.select_related("hold", "card")
        .filter(issuer=request.issuer, issuer_reference=request.reference)
        .first()
    )
    if authorization is None:
        raise _Refused(card, None, _Answered([controls.check("original_known", False)], "original_known"))
    if authorization.card_id != card.pk:
        raise deciding.ReferenceReused(authorization=request.reference)
    live = limits.live_limits(card, authorization.occurred_at)
    checks = _before(card, authorization, request, live)
    if not controls.all_passed(checks):
        raise _Refused(card, authorization, _Answered(checks, controls.first_failed(checks)))
    row = _keep(request, authorization, Outcome.APPROVED, _Answered(checks), now)
    used = authorization.open_amount + authorization.cleared_total
    changes = settle(card, authorization, now=now)
    grown = authorization.open_amount + authorization.cleared_total - used
    checks = checks + _after(card, authorization, request, live, grown)
    if not controls.all_passed(checks):
        raise _Refused(card, authorization, _Answered(checks, controls.first_failed(checks)))
    if deciding.is_late(started):
        raise _Refused(card, authorization, _Answered(checks, TOO_LATE, DecidedBy.FALLBACK))
    row.details["checks"] = checks
    row.save(update_fields=["details"])
    if changes:
        _tell(card, authorization, "authorization.incremented", changes, now)
        authorization_changed.send(sender=Authorization, authorization=authorization)
    return row


def _before(card: Card, authorization: Authorization, request: AuthorizationRequest, live: list[Limit]) -> list[Check]:
    """What can be said without counting: who asks, that there is something to add to, and the limit of each purchase.

    The card's rules about shops and times passed when the purchase was made, and are not asked again.
    """
    freezes = list(card.open_freezes()) if card.is_frozen else []  # type: ignore[attr-defined]
    standing = controls.standing(card, request, freezes)
    is_open = authorization.status == AuthorizationStatus.PENDING
    whole = replace(request, amount=authorization.reserved + authorization.cleared + request.amount)
    return [
        controls.check("original_open", is_open, status=authorization.status),
        *standing,
        *controls.single(live, whole),
    ]


def _after(
    card: Card, authorization: Authorization, request: AuthorizationRequest, live: list[Limit], grown: int
) -> list[Check]:
    """What the counters and the wallet say with the increment in them. One that adds nothing (an advice says more) passes."""
    if grown <= 0:
        return []
    before = {key: total - grown for key, total in limits.used(card, authorization.occurred_at).items()}
    at_first = replace(request, occurred_at=authorization.occurred_at, channel=authorization.channel)
    assert authorization.hold is not None, "what grew is held"
    available = LedgerAccount.objects.get(pk=authorization.hold.account_id).available.amount
    enough = controls.funds(request, available + grown, passed=available >= 0)
    return [*controls.windows(live, at_first, before), enough]


def _refuse(request: AuthorizationRequest, refused: _Refused, now: datetime) -> IssuerMessage:
    card = lock_card(request.issuer, request.card_reference)
    assert card is not None, "the card was there a moment ago"
    authorization = refused.authorization
    if authorization is not None:
        authorization = Authorization.objects.select_related("hold").get(pk=authorization.pk)
    row = _keep(request, authorization, Outcome.DECLINED, refused.answered, now)
    row.company = card.company
    row.status = MessageStatus.DONE if authorization else MessageStatus.WAITING
    row.save(update_fields=["company", "status"])
    changes = {"amount": request.amount.amount, "currency": request.amount.currency, "reason": refused.answered.reason}
    event = record(
        company=card.company,
        verb="authorization.increment_declined",
        subject=authorization or card,
        actor=Actor.ISSUER,
        changes=changes | {"card": str(card.pk)},
        now=now,
    )
    if authorization is not None:
        notify(event=event, memberships=[card.cardholder], channels=("in_app",))
    return row


def _keep(
    request: AuthorizationRequest,
    authorization: Authorization | None,
    outcome: str,
    answered: _Answered,
    now: datetime,
) -> IssuerMessage:
    row = row_of(
        Message(
            issuer=request.issuer,
            message_id=request.request_id,
            kind=MessageKind.INCREMENT,
            occurred_at=request.occurred_at,
            card_reference=request.card_reference,
            authorization_reference=request.reference,
            reference=request.request_id[:80],
            amount=request.amount,
            merchant=request.merchant,
            channel=request.channel,
            outcome=outcome,
            decided_by=answered.decided_by,
        )
    )
    row.details |= {"is_ours": True, "checks": answered.checks, "reason": answered.reason}
    row.status, row.created_at, row.authorization = MessageStatus.DONE, now, authorization
    row.company = authorization.company if authorization else None
    with transaction.atomic():
        row.save(force_insert=True)
    return row


def _fall_back(row: IssuerMessage, now: datetime) -> IssuerMessage:
    """Turn a yes that was committed too late into what the issuer answered for us: no."""
    with transaction.atomic():
        card = lock_card(row.issuer, row.card_reference)
        assert card is not None, "the card of an increment exists"
        authorization = Authorization.objects.select_related("hold").get(pk=row.authorization_id)
        row.outcome = Outcome.DECLINED
        row.details |= {"reason": TOO_LATE, "decided_by": DecidedBy.FALLBACK}
        row.save(update_fields=["outcome", "details"])
        if changes := settle(card, authorization, now=now):
            _tell(card, authorization, "authorization.reversed", changes, now)
            authorization_changed.send(sender=Authorization, authorization=authorization)
    return row


def _tell(card: Card, authorization: Authorization, verb: str, changes: dict[str, Any], now: datetime) -> None:
    record(
        company=card.company,
        verb=verb,
        subject=authorization,
        actor=Actor.ISSUER,
        changes=changes | {"card": str(card.pk), "currency": authorization.currency},
        now=now,
    )


def answer_for(row: IssuerMessage) -> Answer:
    """Return what to say to the issuer: the stored outcome, also when it asks again."""
    return Answer(
        reference=row.authorization_reference,
        is_approved=row.outcome == Outcome.APPROVED,
        reason=row.details.get("reason", ""),
        is_fallback=row.details.get("decided_by") == DecidedBy.FALLBACK,
    )
