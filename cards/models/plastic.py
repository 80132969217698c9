"""What only a plastic card has: where it goes, how far it is, and its PIN."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cards.models.cards import Card
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check


class Shipping(models.TextChoices):
    """How far a card in the post has come. Returned and failed are ends without a card in hand."""

    ORDERED = "ordered", _("Ordered")
    PRODUCED = "produced", _("Printed")
    SHIPPED = "shipped", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Came back")
    FAILED = "failed", _("Lost in the post")


class Pin(models.TextChoices):
    NOT_SET = "not_set", _("Not set")
    SET = "set", _("Set")
    BLOCKED = "blocked", _("Blocked")


class Plastic(CompanyOwned):
    """The piece of plastic of a physical card. The PIN itself is the issuer's: here stands only whether there is one."""

    MAX_TRIES: ClassVar[int] = 5

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="plastic")
    recipient = models.CharField(_("name on the letter"), max_length=80)
    line1 = models.CharField(_("street and number"), max_length=80)
    line2 = models.CharField(_("company or floor"), max_length=80, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16)
    city = models.CharField(_("city"), max_length=60)
    country = models.CharField(_("country"), max_length=2)
    shipping = models.CharField(max_length=10, choices=Shipping.choices, default=Shipping.ORDERED)
    tracking = models.CharField(max_length=80, blank=True)
    ordered_at = models.DateTimeField()
    produced_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    pin = models.CharField(max_length=8, choices=Pin.choices, default=Pin.NOT_SET)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("plastic", "shipping", Shipping),
            choices_check("plastic", "pin", Pin),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="plastic_country_iso"),
            models.CheckConstraint(condition=Q(tries__lte=5), name="plastic_tries_bounded"),
            models.CheckConstraint(
                condition=~Q(shipping=Shipping.DELIVERED) | Q(delivered_at__isnull=False),
                name="plastic_delivered_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line1}, {self.postal_code} {self.city}"

    @property
    def tries_left(self) -> int:
        """How often the last four digits may still be tried."""
        return max(0, self.MAX_TRIES - self.tries)
