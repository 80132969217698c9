"""The bank took a top-up back: a recall, a direct debit that was disputed, a transfer sent by mistake."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from wallet.models import (
    AccountKind,
    LedgerAccount,
    RuleStatus,
    TopUp,
    TopUpRule,
    TopUpStatus,
    Transfer,
    TransferCode,
)
from wallet.transfer import transfer


class ReasonMissing(DomainError):
    """Somebody will ask later why."""

    code = "reason_missing"
    field = "reason"

    def message(self) -> str:
        return gettext("Say why, in a few words.")


@transaction.atomic
def return_top_up(*, top_up: TopUp, reason: str, by: Membership | None = None, now: datetime) -> TopUp:
    """Take the money of a top-up out of the wallet again, in full. Never refused for lack of money: the bank has it back.

    A rule whose collection came back rests until somebody looks at it. `by` is nobody when the bank's own message said so.
    Raises ReasonMissing; WrongState when it never arrived or was returned before.
    """
    why = " ".join(reason.replace("\x00", "").split())[:160]
    if not why:
        raise ReasonMissing
    rows = TopUp.objects.filter(pk=top_up.pk, status=TopUpStatus.RECEIVED)
    if not rows.update(status=TopUpStatus.RETURNED, ended_at=now, reason=why):
        raise WrongState
    top_up.refresh_from_db()
    company = top_up.company
    transfer(
        debit=top_up.account,
        credit=LedgerAccount.objects.of_kind(company, AccountKind.BANK_IN_TRANSIT),
        amount=top_up.money,
        code=TransferCode.TOP_UP_RETURN,
        subject=top_up,
        booked_at=now,
        value_date=company.day_of(now),
        text=top_up.payer or why,
        reverses=Transfer.objects.get(code=TransferCode.TOP_UP, subject_id=top_up.pk),
    )
    if top_up.rule_id:
        on = TopUpRule.objects.filter(pk=top_up.rule_id, status=RuleStatus.ON)
        on.update(status=RuleStatus.PAUSED, pause_code="returned")
    event = record(
        company=company,
        verb="top_up.returned",
        subject=top_up,
        by=by,
        actor=None if by else Actor.SYSTEM,
        changes={"amount": top_up.amount, "currency": top_up.currency, "reason": why},
        now=now,
    )
    if is_news(event):
        able = CAPABILITIES["wallet.top_up"]
        notify(event=event, memberships=Membership.objects.for_company(company).filter(role__in=able))
    return top_up
