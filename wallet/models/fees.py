"""What the company pays for the service, month by month."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from pleo.lib.models import CompanyOwned, amount_field, currency_check, currency_field
from pleo.lib.money import Money
from wallet.models.ledger import WalletQuerySet


class FeePlan(CompanyOwned):
    """What is charged each month, from one month to another (inclusive; open without an end). Kept by whoever runs the product."""

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=80)
    amount = amount_field(help_text="minor units of the company's currency, each month")
    currency = currency_field()
    first_month = models.DateField(help_text="the first day of a month")
    last_month = models.DateField(null=True, blank=True, help_text="the first day of the last month, if it ends")
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="fee_plan_amount_positive"),
            models.CheckConstraint(
                condition=Q(first_month__day=1) & (Q(last_month=None) | Q(last_month__day=1)), name="fee_plan_months"
            ),
            models.CheckConstraint(
                condition=Q(last_month=None) | Q(last_month__gte=F("first_month")), name="fee_plan_ends_after_start"
            ),
            currency_check("fee_plan"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Fee(CompanyOwned):
    """One month of a plan, charged once. The Transfer that took the money has it as its subject."""

    plan = models.ForeignKey(FeePlan, on_delete=models.PROTECT, related_name="fees")
    month = models.DateField()
    text = models.CharField(max_length=80)
    amount = amount_field()
    currency = currency_field()
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["plan", "month"], name="fee_once_a_month"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="fee_amount_positive"),
            models.CheckConstraint(condition=Q(month__day=1), name="fee_month_first_day"),
            currency_check("fee"),
        ]

    def __str__(self) -> str:
        return f"{self.text} {self.month:%Y-%m}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
