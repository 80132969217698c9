"""Bring a sub-wallet back that was put away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import AccountKind, LedgerAccount


@transaction.atomic
def restore_sub_wallet(*, account: LedgerAccount, by: Membership, now: datetime) -> LedgerAccount:
    """Open a sub-wallet again, with the name and the reference it had. Raises WrongState when it is open."""
    assert account.kind == AccountKind.SUB_WALLET and account.company_id == by.company_id, "a sub-wallet of the company"
    if not LedgerAccount.objects.filter(pk=account.pk, archived_at__isnull=False).update(archived_at=None):
        raise WrongState
    account.refresh_from_db()
    record(company=by.company, verb="sub_wallet.restored", subject=account, by=by, now=now)
    return account
