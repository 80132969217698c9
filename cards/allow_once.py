"""Let one refused purchase through after all: at its merchant, up to its amount, once, within a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards.controls import Check, refusals
from cards.models import Allowance, Authorization, Card, Outcome
from cards.rules import Facts, is_merchant
from events.record import record
from pleo.lib.errors import DomainError, WrongState

LASTS = timedelta(hours=24)
# A freeze, an empty wallet or a person who left are no rules: nobody lifts them for one purchase.
LIFTED = ("control_", "limit_")


class NotAllowable(DomainError):
    """What refused the purchase is no rule of the card or its holder, or it was not refused."""

    code = "not_allowable"

    def message(self) -> str:
        return gettext("This was not declined by a rule that can be lifted for one purchase.")


class Own(DomainError):
    """Nobody lifts a rule for a purchase of their own."""

    code = "own_purchase"

    def message(self) -> str:
        return gettext("Somebody else has to allow a purchase of your own.")


def may_be_allowed(authorization: Authorization) -> bool:
    """Say whether rules alone stood in the way of a declined purchase."""
    failed = refusals(authorization.checks)
    return bool(
        authorization.outcome == Outcome.DECLINED
        and authorization.amount
        and failed
        and all(each["code"].startswith(LIFTED) for each in failed)
    )


@transaction.atomic
def allow_once(
    *, refused: Authorization, by: Membership, lasts: timedelta = LASTS, now: datetime | None = None
) -> Allowance:
    """Let the purchase through when it is tried again. Asked twice, it returns the exception that stands.

    It lifts the rules that refused this purchase and no others. Raises NotAllowable, Own.
    """
    now = now or timezone.now()
    if not may_be_allowed(refused):
        raise NotAllowable
    if refused.card.cardholder_id == by.pk:
        raise Own
    owner = refused.card.limit_owner
    Card.objects.select_for_update(no_key=True).get(pk=owner.pk)
    # One that ran out unused makes room for another.
    _open(refused).filter(expires_at__lte=now).update(withdrawn_at=now)
    try:
        with transaction.atomic():
            made: Allowance = Allowance.objects.create(
                company=refused.company,
                card=owner,
                refused=refused,
                codes=sorted({each["code"] for each in refusals(refused.checks)}),
                merchant_name=refused.merchant_name,
                merchant_id=refused.merchant_id,
                amount=refused.amount,
                currency=refused.currency,
                granted_by=by,
                expires_at=now + lasts,
            )
    except IntegrityError:
        standing: Allowance = _open(refused).get()
        return standing
    record(
        company=refused.company,
        verb="allowance.granted",
        subject=refused,
        by=by,
        changes={
            "amount": made.amount,
            "currency": made.currency,
            "card": str(refused.card_id),
            "until": made.expires_at.isoformat(),
        },
        now=now,
    )
    return made


def _open(refused: Authorization) -> Any:
    return Allowance.objects.filter(refused=refused, used_at=None, withdrawn_at=None)


def find_allowance(card: Card, facts: Facts, currency: str, checks: Sequence[Check]) -> Allowance | None:
    """Return an open exception that lifts everything that refuses this purchase, or None."""
    codes = {each["code"] for each in refusals(checks)}
    found = Allowance.objects.filter(
        card=card.head_id or card.pk,
        used_at=None,
        withdrawn_at=None,
        expires_at__gt=facts.at,
        amount__gte=facts.amount,
        currency=currency,
    ).order_by("expires_at")
    return next((row for row in found if codes <= set(row.codes) and is_merchant(_shop(row), facts)), None)


def _shop(row: Allowance) -> dict[str, str]:
    return {"name": row.merchant_name, "id": row.merchant_id}


def lift(checks: Sequence[Check], allowance: Allowance) -> list[Check]:
    """Return the checks with those passed that an exception lifts, and the exception written beside them."""
    refused = {id(each) for each in refusals(checks)}
    return [
        {**each, "passed": True, "params": each["params"] | {"allowed_once": str(allowance.pk)}}
        if id(each) in refused
        else each
        for each in checks
    ]


class AllowanceGone(WrongState):
    """Another purchase was faster."""

    code = "allowance_gone"


def use_allowance(*, allowance: Allowance, authorization: Authorization, now: datetime) -> None:
    """Spend an exception on a purchase, in its transaction. The condition stands in the statement: only one can.

    Raises AllowanceGone.
    """
    open_still = Allowance.objects.filter(pk=allowance.pk, used_at=None, withdrawn_at=None)
    if not open_still.update(used_at=now, used_by=authorization):
        raise AllowanceGone


@transaction.atomic
def withdraw_allowance(*, allowance: Allowance, by: Membership, now: datetime | None = None) -> bool:
    """Take an exception back. One that is used, over or taken back already changes nothing and returns False."""
    now = now or timezone.now()
    gone = Allowance.objects.filter(pk=allowance.pk, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    if not gone:
        return False
    changes = {"amount": allowance.amount, "currency": allowance.currency, "card": str(allowance.card_id)}
    record(
        company=allowance.company,
        verb="allowance.withdrawn",
        subject=allowance.refused,
        by=by,
        changes=changes,
        now=now,
    )
    return True
