"""What people ask for: a higher limit, a new card, that one declined purchase may pass. Somebody else answers, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from cards.allow_once import NotAllowable, allow_once, may_be_allowed
from cards.issue import issue
from cards.limits import check_amount, raise_limit, set_limit
from cards.models import Authorization, Card, CardRequest, CardState, Interval, RequestKind, RequestStatus
from events.notify import notify
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money
from pleo.lib.search import search_text

LONGEST = timedelta(days=366)


class NotYourCard(DomainError):
    """Only the holder asks for something for a card."""

    code = "not_your_card"

    def message(self) -> str:
        return gettext("Only the cardholder can ask for this.")


class AlreadyAsked(WrongState):
    """The same wish waits for an answer."""

    code = "already_asked"

    def message(self) -> str:
        return gettext("You have asked for this already. Take that back first, or wait for the answer.")


class EndWrong(DomainError):
    """A raise ends in the future, and within a year."""

    code = "end_wrong"
    field = "ends_on"

    def message(self) -> str:
        return gettext("Choose a day after today, within a year.")


class OwnRequest(DomainError):
    """Nobody grants a wish of their own."""

    code = "own_request"

    def message(self) -> str:
        return gettext("Somebody else has to answer what you asked for.")


class AlreadyDecided(WrongState):
    """Somebody answered it, or it was taken back."""

    code = "already_decided"

    def message(self) -> str:
        return gettext("This was answered a moment ago, or taken back.")


def ask_raise(
    *,
    card: Card,
    by: Membership,
    interval: str,
    amount: Money,
    ends_at: datetime | None,
    reason: str,
    now: datetime | None = None,
) -> CardRequest:
    """Ask for a higher limit, for a while or for good. Raises NotYourCard, AlreadyAsked, EndWrong, LimitNegative, LimitCurrency,
    and WrongState for a card that is closed."""
    now = now or timezone.now()
    _must_hold(card, by)
    assert interval in Interval.values, f"{interval} is not an interval"
    check_amount(card, amount)
    if ends_at is not None and not now < ends_at <= now + LONGEST:
        raise EndWrong
    values = {
        "card": card,
        "interval": interval,
        "amount": amount.amount,
        "currency": amount.currency,
        "ends_at": ends_at,
    }
    return _ask(RequestKind.RAISE, by, reason, now, **values)


def ask_card(*, by: Membership, name: str, amount: Money, reason: str, now: datetime | None = None) -> CardRequest:
    """Ask for a new virtual card with a monthly limit. Raises AlreadyAsked, LimitCurrency, and WrongState without a name."""
    check_amount(by, amount)
    if not name.strip():
        raise WrongState
    values = {"name": name.strip()[:60], "amount": amount.amount, "currency": amount.currency}
    return _ask(RequestKind.NEW_CARD, by, reason, now or timezone.now(), **values)


def ask_once(*, refused: Authorization, by: Membership, reason: str = "", now: datetime | None = None) -> CardRequest:
    """Ask that one declined purchase may pass. Raises NotYourCard, NotAllowable, AlreadyAsked."""
    _must_hold(refused.card, by)
    if not may_be_allowed(refused):
        raise NotAllowable
    values = {"card": refused.card, "authorization": refused, "amount": refused.amount, "currency": refused.currency}
    return _ask(RequestKind.ALLOW_ONCE, by, reason, now or timezone.now(), **values)


def _must_hold(card: Card, by: Membership) -> None:
    if card.cardholder_id != by.pk:
        raise NotYourCard
    if card.state == CardState.CLOSED:
        raise WrongState


@transaction.atomic
def _ask(kind: RequestKind, by: Membership, reason: str, now: datetime, **values: Any) -> CardRequest:
    card: Card | None = values.get("card")
    shop = values["authorization"].merchant_name if "authorization" in values else ""
    reason = reason.replace("\x00", "").strip()[:300]
    try:
        with transaction.atomic():
            made: CardRequest = CardRequest.objects.create(
                company=by.company,
                kind=kind,
                asked_by=by,
                reason=reason,
                asked_at=now,
                search_text=search_text(by.name, reason, values.get("name", ""), str(card or ""), shop),
                **values,
            )
    except IntegrityError:
        raise AlreadyAsked from None
    event = _record("card_request.made", made, by, now)
    able = Membership.objects.for_company(by.company).active().filter(role__in=CAPABILITIES["cards.limits"])
    notify(event=event, memberships=able)
    return made


def _record(verb: str, wish: CardRequest, by: Membership, now: datetime) -> Any:
    changes = {
        "wish": wish.kind,
        "amount": wish.amount,
        "currency": wish.currency,
        "reason": wish.reason,
        "comment": wish.comment,
    }
    label = wish.authorization.merchant_name if wish.authorization else str(wish)
    return record(company=wish.company, verb=verb, subject=wish, by=by, changes=changes, label=label, now=now)


def _close(wish: CardRequest, status: RequestStatus, by: Membership, comment: str, now: datetime) -> None:
    """Answer a wish once: the condition stands in the statement, so that of two who answer at once one is first."""
    comment = comment.replace("\x00", "").strip()[:300]
    open_still = CardRequest.objects.filter(pk=wish.pk, status=RequestStatus.OPEN)
    if not open_still.update(status=status, decided_by=by, decided_at=now, comment=comment):
        raise AlreadyDecided
    wish.refresh_from_db()


@transaction.atomic
def withdraw_request(*, wish: CardRequest, by: Membership, now: datetime | None = None) -> CardRequest:
    """Take one's own wish back. Raises NotYourCard, AlreadyDecided."""
    now = now or timezone.now()
    if wish.asked_by_id != by.pk:
        raise NotYourCard
    _close(wish, RequestStatus.WITHDRAWN, by, "", now)
    _record("card_request.withdrawn", wish, by, now)
    return wish


@transaction.atomic
def refuse_request(*, wish: CardRequest, by: Membership, comment: str = "", now: datetime | None = None) -> CardRequest:
    """Say no, with a word about why. Raises OwnRequest, AlreadyDecided."""
    now = now or timezone.now()
    if wish.asked_by_id == by.pk:
        raise OwnRequest
    _close(wish, RequestStatus.REFUSED, by, comment, now)
    notify(event=_record("card_request.refused", wish, by, now), memberships=[wish.asked_by])
    return wish


def grant_request(*, wish: CardRequest, by: Membership, comment: str = "", now: datetime | None = None) -> CardRequest:
    """Say yes and do it: raise the limit, make the card, or allow the purchase, in one transaction with the answer.

    Raises OwnRequest, AlreadyDecided, and what the deed raises (then nothing is answered).
    """
    now = now or timezone.now()
    if wish.asked_by_id == by.pk:
        raise OwnRequest
    with transaction.atomic():
        _close(wish, RequestStatus.GRANTED, by, comment, now)
        _fulfil(wish, by, now)
        notify(event=_record("card_request.granted", wish, by, now), memberships=[wish.asked_by])
    return wish


def _fulfil(wish: CardRequest, by: Membership, now: datetime) -> None:
    match wish.kind:
        case RequestKind.RAISE if wish.ends_at:
            raise_limit(
                card=wish.card, interval=wish.interval, amount=wish.wanted, ends_at=wish.ends_at, by=by, now=now
            )
        case RequestKind.RAISE:
            set_limit(card=wish.card, interval=wish.interval, amount=wish.wanted, by=by, now=now)
        case RequestKind.ALLOW_ONCE:
            assert wish.authorization is not None, "a constraint says so"
            allow_once(refused=wish.authorization, by=by, now=now)
        case RequestKind.NEW_CARD:
            made = issue(
                cardholder=wish.asked_by, name=wish.name, by=by, limit_month=wish.wanted, card_id=wish.pk, now=now
            )
            CardRequest.objects.filter(pk=wish.pk).update(made=made)
