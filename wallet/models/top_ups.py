"""Money on its way between the company's bank and the wallet."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pleo.lib.models import CompanyOwned, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money
from wallet.models.ledger import LedgerAccount, WalletQuerySet


class TopUpStatus(models.TextChoices):
    RECEIVED = "received", _("Arrived")
    RETURNED = "returned", _("Returned")


class TopUp(CompanyOwned):
    """Money that arrived from the company's bank. One bank line makes one top-up, however often it is reported."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="top_ups")
    bank_line = models.CharField(max_length=80)
    amount = amount_field()
    currency = currency_field()
    payer = models.CharField(max_length=140, blank=True)
    value_date = models.DateField()
    status = models.CharField(max_length=10, choices=TopUpStatus.choices, default=TopUpStatus.RECEIVED)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "bank_line"], name="top_up_bank_line_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="top_up_amount_positive"),
            choices_check("top_up", "status", TopUpStatus),
            currency_check("top_up"),
        ]

    def __str__(self) -> str:
        return self.bank_line

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
