"""End the trial of a rule: switch it on, or drop it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from cards.limits import set_limit
from cards.models import Control, Limit
from cards.set_control import set_control
from pleo.lib.errors import WrongState
from pleo.lib.money import Money


@transaction.atomic
def switch_on(*, rule: Control | Limit, by: Membership, now: datetime | None = None) -> Control | Limit | None:
    """Put a rule on trial in force, in place of the one that stands. Raises WrongState when its trial is over already."""
    now = now or timezone.now()
    _drop(rule, by, now)
    if isinstance(rule, Control):
        return set_control(
            **_owner(rule), kind=rule.kind, mode=rule.mode, values=rule.values, note=rule.note, by=by, now=now
        )
    amount = Money(rule.amount, rule.currency)
    return set_limit(**_owner(rule), interval=rule.interval, amount=amount, hard=rule.hard, by=by, now=now)


@transaction.atomic
def drop_trial(*, rule: Control | Limit, by: Membership, now: datetime | None = None) -> None:
    """End a trial and change nothing else. Raises WrongState when it is over already."""
    _drop(rule, by, now or timezone.now())


def _drop(rule: Control | Limit, by: Membership, now: datetime) -> None:
    assert rule.shadow, "only a rule on trial is dropped"
    if not type(rule).objects.filter(pk=rule.pk, ended_at=None).exists():
        raise WrongState
    if isinstance(rule, Control):
        set_control(**_owner(rule), kind=rule.kind, values=None, shadow=True, by=by, now=now)
    else:
        set_limit(**_owner(rule), interval=rule.interval, amount=None, shadow=True, by=by, now=now)


def _owner(rule: Control | Limit) -> dict[str, Any]:
    if isinstance(rule, Limit) and rule.membership_id:
        return {"person": rule.membership}
    return {"card": rule.card} if rule.card_id else {"template": rule.template}
