"""How much may be spent, and how much was."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from pleo.lib.models import (
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)
from pleo.lib.money import Money


class Interval(models.TextChoices):
    PURCHASE = "purchase", _("Each purchase")
    DAY = "day", _("Each day")
    WEEK = "week", _("Each week")
    MONTH = "month", _("Each month")
    QUARTER = "quarter", _("Each quarter")
    YEAR = "year", _("Each year")
    TOTAL = "total", _("In all")


WINDOWS = tuple(interval for interval in Interval if interval != Interval.PURCHASE)


class Limit(CompanyOwned):
    """How much a card (counted over its replacements) or a person may spend in an interval. Amount in minor units."""

    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="limits")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="limits")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    amount = amount_field()
    currency = currency_field()
    hard = models.BooleanField(default=True)
    set_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, membership__isnull=True)
                | Q(card__isnull=True, membership__isnull=False),
                name="limit_one_owner",
            ),
            models.UniqueConstraint(
                fields=["card", "interval"], condition=Q(ended_at__isnull=True), name="limit_card_live_once"
            ),
            models.UniqueConstraint(
                fields=["membership", "interval"], condition=Q(ended_at__isnull=True), name="limit_person_live_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_amount_not_negative"),
            choices_check("limit", "interval", Interval),
            currency_check("limit"),
        ]

    @property
    def cap(self) -> Money:
        return Money(self.amount, self.currency)


class LimitUse(CompanyOwned):
    """What a card chain or a person used in one window, holds and clearings together, in minor units.

    Kept for every interval of every card and person whether limited or not, so that a limit set today knows this month.
    """

    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="uses")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="limit_uses")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    window_start = models.DateField()
    used = amount_field(default=0)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, membership__isnull=True)
                | Q(card__isnull=True, membership__isnull=False),
                name="limit_use_one_owner",
            ),
            models.UniqueConstraint(fields=["card", "interval", "window_start"], name="limit_use_card_once"),
            models.UniqueConstraint(fields=["membership", "interval", "window_start"], name="limit_use_person_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="limit_use_not_negative"),
        ]
