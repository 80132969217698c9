"""The bank refused a collection before any money came."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import RuleStatus, TopUp, TopUpRule, TopUpSource, TopUpStatus


@transaction.atomic
def refuse_debit(*, top_up: TopUp, reason: str, now: datetime) -> TopUp:
    """Note that the bank refused a collection before any money came; its rule rests. Raises WrongState."""
    rows = TopUp.objects.filter(pk=top_up.pk, status=TopUpStatus.PENDING, source=TopUpSource.DIRECT_DEBIT)
    if not rows.update(status=TopUpStatus.FAILED, ended_at=now, reason=reason[:160]):
        raise WrongState
    top_up.refresh_from_db()
    on = TopUpRule.objects.filter(top_ups=top_up, status=RuleStatus.ON)
    on.update(status=RuleStatus.PAUSED, pause_code="refused")
    event = record(
        company=top_up.company, verb="top_up.refused", subject=top_up, actor=Actor.SYSTEM, now=now,
        changes={"amount": top_up.amount, "currency": top_up.currency, "reason": reason},
    )  # fmt: skip
    if is_news(event):
        able = CAPABILITIES["wallet.top_up"]
        notify(event=event, memberships=Membership.objects.for_company(top_up.company).filter(role__in=able))
    return top_up
