"""When somebody is told that a wallet runs low."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from pleo.lib.models import CompanyOwned, amount_field, currency_check, currency_field
from pleo.lib.money import Money
from wallet.models.ledger import LedgerAccount, WalletQuerySet


class LowBalance(CompanyOwned):
    """Tell finance when a wallet's available money falls below an amount: once for each time that it does.

    `is_below` remembers that they were told; it ends when the wallet is above again.
    """

    account = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="low_balance")
    threshold = amount_field()
    currency = currency_field()
    is_on = models.BooleanField(default=True)
    is_below = models.BooleanField(default=False, editable=False)
    crossed_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(threshold__gt=0), name="low_balance_threshold_positive"),
            currency_check("low_balance"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def below(self) -> Money:
        return Money(self.threshold, self.currency)
