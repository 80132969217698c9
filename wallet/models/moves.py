"""Money that a person moved between the company's wallets."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, amount_field, currency_check, currency_field
from pleo.lib.money import Money
from wallet.models.ledger import LedgerAccount, WalletQuerySet


class WalletMove(CompanyOwned):
    """One move between two wallets of a company: what its Transfer is for. `key` tells a second press from a second move."""

    source = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    amount = amount_field()
    currency = currency_field()
    note = models.CharField(max_length=120, blank=True)
    key = models.UUIDField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "key"], name="wallet_move_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="wallet_move_amount_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="wallet_move_two_wallets"),
            currency_check("wallet_move"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
