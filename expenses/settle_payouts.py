"""Hear what the bank says of what wallets paid, and mark it."""

from __future__ import annotations

import logging
from datetime import datetime

from expenses.mark_payout import mark_payout
from expenses.models import Payout, PayoutStatus, RunMethod, RunStatus
from pleo.lib.errors import DomainError
from wallet.bank_orders import PAID, WAITS, answer

logger = logging.getLogger(__name__)


def settle_due(*, now: datetime, limit: int = 500) -> int:
    """Ask the bank about what is on its way and mark what it answered; returns how many. Safe to run by many at once."""
    rows = Payout.objects.filter(
        status=PayoutStatus.SENT, run__method=RunMethod.WALLET, run__status=RunStatus.RELEASED
    ).select_related("run", "account", "company")
    done = 0
    for payout in rows.order_by("id")[:limit]:
        account = payout.account.masked if payout.account else ""
        assert payout.run.released_at is not None, "what is on its way was released"
        said = answer(issuer=payout.company.issuer, account=account, ordered_at=payout.run.released_at, now=now)
        if said == WAITS:
            continue
        outcome = PayoutStatus.PAID if said == PAID else PayoutStatus.FAILED
        try:
            done += mark_payout(payout=payout, outcome=outcome, now=now, code="" if said == PAID else "AC04")
        except DomainError as error:
            logger.info("payout not marked: payout=%s code=%s", payout.pk, error.code)
    return done
