"""Below which amount finance is told that a wallet runs low."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.money import Money
from wallet.models import LedgerAccount, LowBalance
from wallet.transfer import AmountNotPositive, OtherCurrency


@transaction.atomic
def set_low_balance(*, account: LedgerAccount, below: Money | None, by: Membership, now: datetime) -> LowBalance | None:
    """Set below which amount finance is told, or switch it off. Raises AmountNotPositive, OtherCurrency.

    A new amount is a new line to cross: a wallet that is below it already is told of once.
    """
    assert account.company_id == by.company_id, "a wallet of the company"
    if below is None:
        on: LowBalance | None = LowBalance.objects.filter(account=account, is_on=True).first()
        if on and LowBalance.objects.filter(pk=on.pk, is_on=True).update(is_on=False, is_below=False):
            record(company=by.company, verb="low_balance.off", subject=on, by=by, now=now)
        return None
    if below.amount <= 0:
        raise AmountNotPositive
    if below.currency != account.currency:
        raise OtherCurrency(wallet=account.currency, asked=below.currency)
    values = {"threshold": below.amount, "currency": below.currency, "is_on": True, "is_below": False}
    row, _ = LowBalance.objects.update_or_create(
        account=account, defaults=values, create_defaults={**values, "company": by.company}
    )
    changes = {"amount": below.amount, "currency": below.currency}
    record(company=by.company, verb="low_balance.set", subject=row, by=by, changes=changes, now=now)
    return row
