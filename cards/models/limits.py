"""How much may be spent, and how much was."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
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


class CardTemplate(CompanyOwned):
    """A card policy: limits and controls that any number of cards follow. A change of it reaches all of them at once."""

    name = models.CharField(_("name"), max_length=60)
    made_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "name"], condition=Q(archived_at__isnull=True), name="card_template_name_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="card_template_named"),
        ]

    def __str__(self) -> str:
        return self.name


class Interval(models.TextChoices):
    PURCHASE = "purchase", _("Each purchase")
    DAY = "day", _("Each day")
    WEEK = "week", _("Each week")
    MONTH = "month", _("Each month")
    QUARTER = "quarter", _("Each quarter")
    YEAR = "year", _("Each year")
    TOTAL = "total", _("In all")
    CASH = "cash", _("Each cash withdrawal")
    CASH_DAY = "cash_day", _("Cash each day")
    CASH_MONTH = "cash_month", _("Cash each month")


# The intervals that count, for every purchase, and those that count cash withdrawals besides.
WINDOWS = (Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.QUARTER, Interval.YEAR, Interval.TOTAL)
CASH_WINDOWS = (Interval.CASH_DAY, Interval.CASH_MONTH)
# The intervals that look at one purchase alone.
SINGLE = (Interval.PURCHASE, Interval.CASH)
OF_CASH = (Interval.CASH, *CASH_WINDOWS)


class LimitQuerySet(CompanyQuerySet):
    """Limits of cards, people and templates, and their temporary raises."""

    def standing(self) -> Self:
        """Keep the limits in force: not replaced, not on trial, not a raise for a while."""
        return self.filter(ended_at=None, shadow=False, ends_at=None)


class Limit(CompanyOwned):
    """How much a card (counted over its replacements), a person or each card of a template may spend in an interval.

    Amount in minor units. A row with `starts_at` and `ends_at` raises the limit of its owner and interval for that while
    and never lowers it. A `shadow` is on trial: what it would say is stored with each decision and decides nothing.
    """

    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="limits")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="limits")
    template = models.ForeignKey(CardTemplate, null=True, on_delete=models.PROTECT, related_name="limits")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    amount = amount_field()
    currency = currency_field()
    hard = models.BooleanField(default=True)
    shadow = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    set_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = LimitQuerySet.as_manager()

    # The raise in force, which whoever loads limits for a moment puts here.
    raised: Limit | None = None

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, membership__isnull=True, template__isnull=True)
                | Q(card__isnull=True, membership__isnull=False, template__isnull=True)
                | Q(card__isnull=True, membership__isnull=True, template__isnull=False),
                name="limit_one_owner",
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner, "interval", "shadow"],
                    condition=Q(ended_at__isnull=True, ends_at__isnull=True),
                    name=f"limit_{name}_live_once",
                )
                for owner, name in (("card", "card"), ("membership", "person"), ("template", "template"))
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(
                    starts_at__isnull=False,
                    ends_at__isnull=False,
                    ends_at__gt=F("starts_at"),
                    template__isnull=True,
                    shadow=False,
                ),
                name="limit_raise_has_period",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_amount_not_negative"),
            choices_check("limit", "interval", Interval),
            currency_check("limit"),
        ]

    @property
    def ceiling(self) -> int:
        """What may be spent, in minor units, a raise in force included."""
        return max(self.amount, self.raised.amount) if self.raised else self.amount

    @property
    def cap(self) -> Money:
        return Money(self.ceiling, self.currency)

    @property
    def is_raise(self) -> bool:
        return self.ends_at is not None

    def covers(self, moment: datetime) -> bool:
        """Say whether a raise is in force at a moment."""
        return self.starts_at is not None and self.ends_at is not None and self.starts_at <= moment < self.ends_at


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
