"""What a vendor card pays: what it costs, when it renews, and when the price changed."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from cards.models.payments import Clearing
from pleo.lib.models import (
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)
from pleo.lib.money import Money


class Period(models.TextChoices):
    WEEK = "week", _("Each week")
    MONTH = "month", _("Each month")
    QUARTER = "quarter", _("Each quarter")
    YEAR = "year", _("Each year")
    IRREGULAR = "irregular", _("Now and then")


class SubscriptionQuerySet(CompanyQuerySet):
    """Subscriptions, drawn to who may see their cards."""

    def visible_to(self, membership: Membership) -> Self:
        return self.for_company(membership.company).filter(card__in=Card.objects.visible_to(membership))


class Subscription(CompanyOwned):
    """What the first card of a vendor card's chain pays. The price is in the merchant's currency, as it was last charged.

    `anchor` is the day of the month that renewals fall on: a renewal of the 31st is on the 30th in June and on the 31st in July.
    """

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="subscription")
    merchant = models.CharField(_("merchant"), max_length=120, blank=True)
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.MONTH)
    amount = amount_field(default=0)
    currency = currency_field()
    renews_on = models.DateField(null=True)
    anchor = models.PositiveSmallIntegerField(null=True, editable=False)
    paid_on = models.DateField(null=True, editable=False)
    objects: ClassVar[Any] = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("subscription", "period", Period),
            models.CheckConstraint(condition=Q(amount__gte=0), name="subscription_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(anchor__isnull=True) | Q(anchor__gte=1, anchor__lte=31), name="subscription_anchor_is_day"
            ),
            currency_check("subscription"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "renews_on", "id"], name="subscription_by_day"),
        ]

    def __str__(self) -> str:
        return self.merchant

    @property
    def price(self) -> Money | None:
        """What it costs each time; None until it is known."""
        return Money(self.amount, self.currency) if self.amount else None


class PriceChange(CompanyOwned):
    """A payment that cost something else than the one before it. Somebody looks at it, or lets it be."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    clearing = models.OneToOneField(Clearing, on_delete=models.PROTECT, related_name="price_change")
    before = amount_field()
    after = amount_field()
    currency = currency_field()
    seen_at = models.DateTimeField(null=True, editable=False)
    seen_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(before__gt=0, after__gt=0) & ~Q(before=models.F("after")), name="price_change_is_one"
            ),
            currency_check("price_change"),
        ]

    @property
    def old(self) -> Money:
        return Money(self.before, self.currency)

    @property
    def new(self) -> Money:
        return Money(self.after, self.currency)

    @property
    def percent(self) -> int:
        """How much more it costs than before, in percent, rounded towards zero; negative when it became cheaper."""
        change = abs(self.after - self.before) * 100 // self.before
        return change if self.after > self.before else -change
