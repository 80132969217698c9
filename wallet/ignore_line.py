"""Say that an incoming line is no top-up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import BankLine, LineStatus
from wallet.return_top_up import ReasonMissing


@transaction.atomic
def ignore_line(*, line: BankLine, reason: str, by: Membership, now: datetime) -> BankLine:
    """Put a waiting line aside with a reason; it moves nothing and can be taken up again. Raises ReasonMissing, WrongState."""
    why = " ".join(reason.replace("\x00", "").split())[:160]
    if not why:
        raise ReasonMissing
    rows = BankLine.objects.for_company(by.company).filter(pk=line.pk, status=LineStatus.WAITING)
    if not rows.update(status=LineStatus.IGNORED, reason=why, decided_by=by, decided_at=now):
        raise WrongState
    line.refresh_from_db()
    record(
        company=by.company, verb="bank_line.ignored", subject=line.statement, by=by, now=now,
        changes={"amount": line.amount, "currency": line.currency, "reason": why},
    )  # fmt: skip
    return line
