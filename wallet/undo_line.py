"""Take back what was decided about a line of a bank statement."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import BankLine, LineStatus
from wallet.undo_top_up import undo_top_up


@transaction.atomic
def undo_line(*, line: BankLine, by: Membership, now: datetime) -> BankLine:
    """Let a matched or ignored line wait again; the money of a matched one leaves the wallet by a transfer of its own.

    Raises WrongState when it was not decided, or when its top-up was returned to the bank meanwhile.
    """
    rows = BankLine.objects.for_company(by.company).filter(
        pk=line.pk, status__in=(LineStatus.MATCHED, LineStatus.IGNORED)
    )
    locked = rows.select_for_update(no_key=True).first()
    if locked is None:
        raise WrongState
    top_up = locked.top_up
    freed = {
        "status": LineStatus.WAITING,
        "top_up": None,
        "how": "",
        "reason": "",
        "decided_by": None,
        "decided_at": None,
    }
    if not rows.update(**freed):
        raise WrongState
    if top_up:
        undo_top_up(top_up=top_up, by=by, now=now)
    line.refresh_from_db()
    record(
        company=by.company, verb="bank_line.undone", subject=line.statement, by=by, now=now,
        changes={"amount": line.amount, "currency": line.currency},
    )  # fmt: skip
    return line
