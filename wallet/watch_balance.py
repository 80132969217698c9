"""Tell finance once when a wallet falls below what they set."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from wallet.models import LowBalance


def watch_balances(*, now: datetime) -> int:
    """Look at every wallet that is watched; returns how many crossings were told. Safe to run by many at once."""
    rows = LowBalance.objects.filter(is_on=True, account__archived_at=None).select_related("account", "company")
    return sum(_look(row, now) for row in rows.iterator(chunk_size=200))


def _look(row: LowBalance, now: datetime) -> bool:
    is_below = row.account.available < row.below
    if is_below == row.is_below:
        return False
    mine = LowBalance.objects.filter(pk=row.pk, is_on=True, threshold=row.threshold, is_below=not is_below)
    if not is_below:
        mine.update(is_below=False)
        return False
    with transaction.atomic():
        # Only one of several workers changes the row, and only that one tells.
        if not mine.update(is_below=True, crossed_at=now):
            return False
        left = row.account.available
        event = record(
            company=row.company, verb="low_balance.crossed", subject=row, actor=Actor.SYSTEM, now=now,
            changes={"amount": left.amount, "currency": left.currency},
        )  # fmt: skip
        if is_news(event):
            able = CAPABILITIES["wallet.top_up"]
            notify(event=event, memberships=Membership.objects.for_company(row.company).filter(role__in=able))
    return True
