"""Money on its way from the company's bank to the wallet: transfers that somebody sent, and those that we collect."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money
from wallet.models.ledger import LedgerAccount, WalletQuerySet


class TopUpStatus(models.TextChoices):
    PENDING = "pending", _("On its way")
    RECEIVED = "received", _("Arrived")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("Not sent after all")
    FAILED = "failed", _("Refused by the bank")
    UNDONE = "undone", _("Taken back")


class TopUpSource(models.TextChoices):
    BANK = "bank", _("Bank transfer")
    DIRECT_DEBIT = "direct_debit", _("Direct debit")


class Mandate(CompanyOwned):
    """The company's word that we may collect money from its bank account. A revoked one is kept and collects nothing."""

    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34)
    reference = models.CharField(max_length=35, unique=True)
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "iban"], condition=Q(revoked_at=None), name="mandate_live_once"),
            models.CheckConstraint(condition=Q(iban__regex=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$"), name="mandate_iban"),
        ]

    def __str__(self) -> str:
        return f"{self.holder} •• {self.iban[-4:]}"


class CapInterval(models.TextChoices):
    DAY = "day", _("a day")
    MONTH = "month", _("a month")


class RuleStatus(models.TextChoices):
    ON = "on", _("On")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class TopUpRule(CompanyOwned):
    """Below `threshold`, collect `amount`, at most `cap_amount` in an interval of the company's calendar.

    `pause_code` says why it rests ("returned", "mandate_revoked"), and is empty when a person paused it.
    """

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="rules")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="rules")
    threshold = amount_field()
    amount = amount_field()
    cap_amount = amount_field()
    cap_interval = models.CharField(max_length=5, choices=CapInterval.choices, default=CapInterval.MONTH)
    currency = currency_field()
    status = models.CharField(max_length=6, choices=RuleStatus.choices, default=RuleStatus.ON)
    pause_code = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["account"], condition=~Q(status=RuleStatus.ENDED), name="top_up_rule_once_per_wallet"
            ),
            models.CheckConstraint(
                condition=Q(threshold__gt=0, amount__gt=0, cap_amount__gte=F("amount")), name="top_up_rule_amounts"
            ),
            choices_check("top_up_rule", "status", RuleStatus),
            choices_check("top_up_rule", "cap_interval", CapInterval),
            currency_check("top_up_rule"),
        ]

    def __str__(self) -> str:
        return str(self.account)

    @property
    def below(self) -> Money:
        return Money(self.threshold, self.currency)

    @property
    def money(self) -> Money:
        """What one collection fetches."""
        return Money(self.amount, self.currency)

    @property
    def cap(self) -> Money:
        return Money(self.cap_amount, self.currency)


class TopUp(CompanyOwned):
    """Money from the company's bank. One bank line makes one top-up, however often it is reported.

    One that is `pending` was announced by a person or ordered by a rule, and moved nothing yet. `key` tells a second
    announcement from a second press; `ended_at` is when it was returned, cancelled, refused or taken back.
    """

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="top_ups")
    source = models.CharField(max_length=12, choices=TopUpSource.choices, default=TopUpSource.BANK)
    bank_line = models.CharField(max_length=80, blank=True)
    amount = amount_field()
    currency = currency_field()
    payer = models.CharField(max_length=140, blank=True)
    value_date = models.DateField()
    status = models.CharField(max_length=10, choices=TopUpStatus.choices, default=TopUpStatus.RECEIVED)
    key = models.UUIDField(null=True, editable=False)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.PROTECT, related_name="top_ups")
    rule = models.ForeignKey(TopUpRule, null=True, on_delete=models.PROTECT, related_name="top_ups")
    ended_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=160, blank=True)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "bank_line"],
                condition=~Q(bank_line="") & ~Q(status=TopUpStatus.UNDONE),
                name="top_up_line_once",
            ),
            models.UniqueConstraint(fields=["company", "key"], condition=Q(key__isnull=False), name="top_up_key_once"),
            models.UniqueConstraint(
                fields=["rule"], condition=Q(rule__isnull=False, status=TopUpStatus.PENDING), name="top_up_rule_waits"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[TopUpStatus.PENDING, TopUpStatus.CANCELLED, TopUpStatus.FAILED])
                | ~Q(bank_line=""),
                name="top_up_arrived_by_line",
            ),
            models.CheckConstraint(
                condition=Q(source=TopUpSource.DIRECT_DEBIT, mandate__isnull=False)
                | Q(source=TopUpSource.BANK, mandate__isnull=True, rule__isnull=True),
                name="top_up_debit_has_mandate",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[TopUpStatus.PENDING, TopUpStatus.RECEIVED], ended_at__isnull=True)
                | (~Q(status__in=[TopUpStatus.PENDING, TopUpStatus.RECEIVED]) & Q(ended_at__isnull=False)),
                name="top_up_ended_says_when",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="top_up_amount_positive"),
            choices_check("top_up", "status", TopUpStatus),
            choices_check("top_up", "source", TopUpSource),
            currency_check("top_up"),
        ]

    def __str__(self) -> str:
        return self.payer or self.bank_line or str(self.account)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
