"""A bank line was matched to the wrong wallet, or was no top-up at all: take the booking back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import AccountKind, LedgerAccount, TopUp, TopUpStatus, Transfer, TransferCode
from wallet.transfer import transfer


@transaction.atomic
def undo_top_up(*, top_up: TopUp, by: Membership, now: datetime) -> TopUp:
    """Correct a top-up that should not have been booked, by a transfer the other way that names the first. Raises WrongState.

    The wallet may fall below zero by it: what was spent of money that was never its own is owed.
    """
    rows = TopUp.objects.for_company(by.company).filter(pk=top_up.pk, status=TopUpStatus.RECEIVED)
    if not rows.update(status=TopUpStatus.UNDONE, ended_at=now):
        raise WrongState
    top_up.refresh_from_db()
    transfer(
        debit=top_up.account,
        credit=LedgerAccount.objects.of_kind(by.company, AccountKind.BANK_IN_TRANSIT),
        amount=top_up.money,
        code=TransferCode.TOP_UP_UNDONE,
        subject=top_up,
        booked_at=now,
        value_date=by.company.day_of(now),
        text=top_up.payer,
        reverses=Transfer.objects.get(code=TransferCode.TOP_UP, subject_id=top_up.pk),
    )
    changes = {"amount": top_up.amount, "currency": top_up.currency}
    record(company=by.company, verb="top_up.undone", subject=top_up, by=by, changes=changes, now=now)
    return top_up
