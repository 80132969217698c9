"""Money that goes back to the company's bank, after two people said so."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money
from wallet.models.ledger import LedgerAccount, WalletQuerySet


class WithdrawalStatus(models.TextChoices):
    ASKED = "asked", _("Waits for a second person")
    SENT = "sent", _("Sent")
    DECLINED = "declined", _("Not okay")
    CANCELLED = "cancelled", _("Taken back")


class Withdrawal(CompanyOwned):
    """One payment from a wallet to a bank account. Nothing moves until somebody other than who asked has said okay.

    `is_alone` records that no other person could have: then a fresh proof of who it is stands in for the second person.
    """

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="withdrawals")
    amount = amount_field()
    currency = currency_field()
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34)
    key = models.UUIDField(editable=False)
    status = models.CharField(max_length=10, choices=WithdrawalStatus.choices, default=WithdrawalStatus.ASKED)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=160, blank=True)
    is_alone = models.BooleanField(default=False, editable=False)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "key"], name="withdrawal_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="withdrawal_amount_positive"),
            models.CheckConstraint(
                condition=Q(iban__regex=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$"), name="withdrawal_iban"
            ),
            models.CheckConstraint(
                condition=Q(status=WithdrawalStatus.ASKED, decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status=WithdrawalStatus.ASKED) & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="withdrawal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status=WithdrawalStatus.SENT) | Q(is_alone=True) | ~Q(decided_by=F("by")),
                name="withdrawal_four_eyes",
            ),
            choices_check("withdrawal", "status", WithdrawalStatus),
            currency_check("withdrawal"),
        ]

    def __str__(self) -> str:
        return f"{self.holder} •• {self.iban[-4:]}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
