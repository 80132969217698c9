"""Answer a till: yes and the money is reserved, or no and why, in one transaction and within the issuer's patience."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from cards import controls, limits
from cards.allow_once import AllowanceGone, find_allowance, lift, use_allowance
from cards.controls import Check
from cards.issuers.base import Answer, AuthorizationRequest
from cards.models import (
    Allowance,
    Authorization,
    AuthorizationStatus,
    Card,
    Channel,
    DecidedBy,
    IssuerMessage,
    MessageKind,
    MessageStatus,
    OurAnswer,
    Outcome,
)
from cards.partial import smaller
from cards.rules import Facts, facts_of_request
from cards.set_control import lock_to_first
from cards.settle import TOO_LATE, lock_card, settle
from cards.signals import authorization_decided
from cards.take_at_once import take_at_once
from cards.till import Opened, Till, till
from events.models import Actor
from events.notify import is_news, notify
from events.record import event_of, record
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text
from wallet.hold import InsufficientFunds
from wallet.models import Hold, LedgerAccount

logger = logging.getLogger(__name__)
clock: Callable[[], float] = time.monotonic


class CardUnknown(DomainError):
    """The issuer asks about a card that is none of ours: declined, and nothing to keep it on."""

    code = "card_unknown"


class ReferenceReused(DomainError):
    """The issuer gave the reference of an authorization of another card."""

    code = "reference_reused"
    status = 409


class _Refused(Exception):
    """Undo what was counted and held; the answer is no."""

    def __init__(self, card: Card, checks: list[Check]) -> None:
        super().__init__()
        self.card, self.checks = card, checks


class _Late(Exception):
    """The decision came after the deadline: whatever it was, the issuer has already said no for us."""

    def __init__(self, card: Card, checks: list[Check]) -> None:
        super().__init__()
        self.card, self.checks = card, checks


def authorize(
    *, request: AuthorizationRequest, now: datetime | None = None, started: float | None = None
) -> Authorization:
    """Decide a request, store the decision with every check, and reserve the money of a yes. Repeats get the stored answer.

    `started` is `clock()` when the request arrived; with it, an answer later than DECISION_SECONDS is the fallback, a
    decline, and is stored as that. Declines are answers, not errors. Raises CardUnknown, ReferenceReused, and OperationalError when the
    database's own time limits end it first (then nothing is stored and the issuer's report will tell).
    """
    assert not request.is_balance_inquiry, "a balance inquiry is not an authorization"
    assert request.amount.amount >= 0, "amounts carry no sign"
    now = now or timezone.now()
    try:
        try:
            authorization = _decided(request, now, started)
        except _Refused as refused:
            with transaction.atomic():
                authorization = _answer(request, refused.card, refused.checks, None, started)
                _write(till(), authorization, None, now)
        except _Late as late:
            with transaction.atomic():
                authorization = _answer(request, late.card, late.checks, None, started, answer=OurAnswer.LATE)
                _write(till(), authorization, None, now)
    except IntegrityError:
        stored = (
            Authorization.objects.select_related("card")
            .filter(issuer=request.issuer, issuer_reference=request.reference)
            .first()
        )
        if stored is None:
            raise
        if stored.card.issuer_reference != request.card_reference:
            raise ReferenceReused(authorization=request.reference) from None
        return stored
    if authorization.our_answer == OurAnswer.APPROVED and is_late(started):
        # The commit itself was slow. The money is released in the same way as for any outcome that is not ours.
        return _fall_back(authorization, started)
    return authorization


def is_late(started: float | None) -> bool:
    return (
        started is not None and settings.DECISION_SECONDS is not None and clock() - started > settings.DECISION_SECONDS
    )


def _decided(request: AuthorizationRequest, now: datetime, started: float | None) -> Authorization:
    """Decide, and where that is a no about money and the till can take less, decide about less."""
    try:
        with transaction.atomic():
            return _decide(request, now, started)
    except _Refused as refused:
        part = smaller(request, refused.card, refused.checks)
        if part is None:
            raise
    with transaction.atomic():
        return _decide(part, now, started, asked=request)


def _decide(
    request: AuthorizationRequest, now: datetime, started: float | None, asked: AuthorizationRequest | None = None
) -> Authorization:
    way = till()
    opened = way.open(request.issuer, request.card_reference, request.occurred_at)
    if opened is None:
        raise CardUnknown(card=request.card_reference)
    card, live, rules = opened.card, opened.live, opened.rules
    freezes = list(card.open_freezes()) if card.is_frozen else []  # type: ignore[attr-defined]
    standing = controls.standing(card, request, freezes)
    if not controls.all_passed(standing):
        raise _Refused(card, standing + controls.rest(card, request, live, rules))
    facts = facts_of_request(request, card.company.zone)
    ruled = controls.ruled(rules, facts)
    allowance = None
    if request.amount:
        try:
            ruled, allowance = _fit(way, opened, request, facts, ruled)
        except _Refused as refused:
            raise _Refused(card, standing + refused.checks) from None
    elif not controls.all_passed(ruled):
        raise _Refused(card, standing + ruled)
    checks = standing + ruled
    if is_late(started):
        raise _Late(card, checks)
    hold = _hold(card, request)
    authorization = _answer(request, card, checks, hold, started, asked=asked)
    try:
        _write(way, authorization, hold, now)
    except InsufficientFunds:
        said = controls.funds(request, _available(card), passed=False)
        raise _Refused(card, [*checks[:-1], said]) from None
    if request.takes_at_once and hold:
        take_at_once(card=card, authorization=authorization, request=request, now=now)
    if allowance:
        try:
            use_allowance(allowance=allowance, authorization=authorization, now=now)
        except AllowanceGone:
            raise _Refused(card, standing + controls.rest(card, request, live, rules)) from None
    if request.amount:
        lock_to_first(rules, card, facts, now)
    return authorization


def _fit(
    way: Till, opened: Opened, request: AuthorizationRequest, facts: Facts, ruled: list[Check]
) -> tuple[list[Check], Allowance | None]:
    """Count first, look afterwards: the counters' own row locks decide who was first. Raises _Refused to undo it.

    An exception that somebody granted lifts the rules it names, and them alone. The wallet is asked last, when the rows are
    written: the last of the checks says that it has enough.
    """
    card, live, currency, allowance = opened.card, opened.live, request.amount.currency, None
    checks = ruled + controls.single(live, request)
    if not controls.all_passed(checks) and find_allowance(card, facts, currency, checks) is None:
        raise _Refused(card, checks + controls.read(card, request, live))
    is_cash = request.channel == Channel.CASH
    counted = way.count(card, request.occurred_at, request.amount.amount, is_cash=is_cash)
    before = {key: total - request.amount.amount for key, total in counted.items()}
    checks += controls.windows(live, request, before)
    if not controls.all_passed(checks):
        allowance = find_allowance(card, facts, currency, checks)
        if allowance is None:
            raise _Refused(card, [*checks, controls.funds(request, _available(card))])
        checks = lift(checks, allowance)
    return [*checks, controls.check("funds", True)], allowance


def _hold(card: Card, request: AuthorizationRequest) -> Hold | None:
    """Make the hold of a yes, not yet taken. A verification of the number for nothing holds nothing."""
    if not request.amount:
        return None
    money = request.amount
    return Hold(company_id=card.company_id, account=card.account, amount=money.amount, currency=money.currency)


def _available(card: Card) -> int:
    return LedgerAccount.objects.get(pk=card.account_id).available.amount


def _answer(
    request: AuthorizationRequest,
    card: Card,
    checks: list[Check],
    hold: Hold | None,
    started: float | None,
    answer: str = "",
    asked: AuthorizationRequest | None = None,
) -> Authorization:
    answer = answer or (OurAnswer.APPROVED if controls.all_passed(checks) else OurAnswer.DECLINED)
    is_yes = answer == OurAnswer.APPROVED
    held = hold.amount if hold else 0
    return Authorization(
        company=card.company,
        card=card,
        hold=hold,
        issuer=request.issuer,
        issuer_reference=request.reference,
        amount=(asked or request).amount.amount,
        granted_amount=request.amount.amount if asked else None,
        currency=request.amount.currency,
        merchant_amount=request.merchant_amount.amount,
        merchant_currency=request.merchant_amount.currency,
        merchant_name=request.merchant.name,
        merchant_id=request.merchant.id,
        merchant_category_code=request.merchant.category_code,
        merchant_city=request.merchant.city,
        merchant_country=request.merchant.country,
        channel=request.channel,
        checks=checks,
        our_answer=answer,
        decision_ms=_milliseconds(started),
        outcome=Outcome.APPROVED if is_yes else Outcome.DECLINED,
        decided_by=DecidedBy.FALLBACK if answer == OurAnswer.LATE else DecidedBy.US,
        decline_reason="" if is_yes else TOO_LATE if answer == OurAnswer.LATE else controls.first_failed(checks),
        authorized_total=held,
        open_amount=held,
        status=_first_status(is_yes, held),
        occurred_at=request.occurred_at,
        expires_at=(request.expires_at or request.occurred_at + Authorization.LIFETIME) if held else None,
        search_text=search_text(request.merchant.name, request.merchant.city, card.last_four),
    )


def _write(way: Till, authorization: Authorization, hold: Hold | None, now: datetime) -> None:
    """Write an answer with what it holds and its event, and tell whom it concerns. Raises InsufficientFunds."""
    card, is_yes = authorization.card, authorization.outcome == Outcome.APPROVED
    event = event_of(
        company=card.company,
        verb="authorization.approved" if is_yes else "authorization.declined",
        subject=authorization,
        actor=Actor.ISSUER,
        changes={
            "amount": authorization.amount if authorization.granted_amount is None else authorization.granted_amount,
            "currency": authorization.currency,
            "card": str(card.pk),
            "reason": authorization.decline_reason,
        },
        now=now,
    )
    way.write(authorization, event, hold)
    if not is_yes and authorization.amount and is_news(event):
        notify(event=event, memberships=[card.cardholder])
    for each in controls.crossed(authorization.checks) if is_yes else []:
        _tell_of_crossing(card, authorization, each, now)
    authorization_decided.send(sender=Authorization, authorization=authorization)


def _tell_of_crossing(card: Card, authorization: Authorization, crossed: Check, now: datetime) -> None:
    """A soft limit let a purchase through: the holder and whoever set the limit hear of it."""
    params = crossed["params"]
    changes = {
        "interval": crossed["code"].removeprefix("limit_"),
        "amount": params["over"],
        "currency": params["currency"],
        "merchant": authorization.merchant_name,
    }
    event = record(
        company=card.company, verb="limit.crossed", subject=card, actor=Actor.ISSUER, changes=changes, now=now
    )
    if is_news(event):
        setter = Membership.objects.filter(pk=params["set_by"]) if params["set_by"] else Membership.objects.none()
        notify(event=event, memberships=[card.cardholder, *setter])


def _milliseconds(started: float | None) -> int | None:
    return None if started is None else max(0, round((clock() - started) * 1000))


def _first_status(is_yes: bool, held: int) -> str:
    if not is_yes:
        return AuthorizationStatus.DECLINED
    return AuthorizationStatus.PENDING if held else AuthorizationStatus.CLOSED


def _fall_back(authorization: Authorization, started: float | None) -> Authorization:
    """Turn a yes that was committed too late into what the issuer answered for us: no."""
    with transaction.atomic():
        card = lock_card(authorization.issuer, authorization.card.issuer_reference)
        assert card is not None, "the card of an authorization exists"
        fresh = Authorization.objects.select_related("hold").get(pk=authorization.pk)
        fresh.our_answer, fresh.decline_reason = OurAnswer.LATE, TOO_LATE
        fresh.decision_ms = _milliseconds(started)
        fresh.save(update_fields=["our_answer", "decline_reason", "decision_ms"])
        logger.warning("a yes came too late and counts as a no: authorization=%s", fresh.pk)
        settle(card, fresh)
    return fresh


def answer_for(authorization: Authorization) -> Answer:
    """Return what to say to the issuer: the stored outcome, also when it asks again."""
    return Answer(
        reference=authorization.issuer_reference,
        is_approved=authorization.outcome == Outcome.APPROVED,
        reason=authorization.decline_reason,
        is_fallback=authorization.decided_by == DecidedBy.FALLBACK,
        amount=authorization.granted,
    )


def answer_inquiry(*, request: AuthorizationRequest, now: datetime) -> Answer:
    """Answer how much the card could spend. No hold, no authorization, no expense; only the inquiry itself is kept.

    Raises CardUnknown.
    """
    card = (
        Card.objects.select_related("company", "cardholder", "account")
        .filter(issuer=request.issuer, issuer_reference=request.card_reference)
        .first()
    )
    if card is None:
        raise CardUnknown(card=request.card_reference)
    IssuerMessage.objects.get_or_create(
        issuer=request.issuer,
        message_id=request.request_id,
        defaults={
            "company": card.company,
            "kind": MessageKind.BALANCE_INQUIRY,
            "card_reference": request.card_reference,
            "occurred_at": request.occurred_at,
            "status": MessageStatus.DONE,
        },
    )
    passed = controls.all_passed(controls.standing(card, request, list(card.open_freezes())))
    return Answer(
        reference=request.reference, is_approved=passed, balance=limits.spendable(card, now) if passed else None
    )
