"""What stands behind an expense that no shop printed a receipt for: a drive, or days away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from expenses.models.expense import Expense
from expenses.models.own_rates import OwnRate
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field

TAXABLE_WHOLE = Q(taxable=0, taxable_currency="") | Q(taxable__gt=0) & ~Q(taxable_currency="")


class DistanceUnit(models.TextChoices):
    KILOMETRE = "km", _("km")
    MILE = "mi", _("miles")


class Drive(CompanyOwned):
    """A drive in a vehicle of one's own. The amount of its expense follows from the table in `mileage_rates.py`.

    `distance` is the whole way in `unit`, there and back when `is_round_trip`; `counted_before` is what the person had
    claimed for the same vehicle earlier in the rate's year, which decides where the threshold falls. `rate_from` names the
    table by the day it began; with an `own_rate` of the company's the amount follows from that, and `taxable` is what it pays
    above the table (in minor units, empty currency when nothing). `parts` says how the amount came about: `[distance, rate]` as
    texts, in order.
    """

    expense = models.OneToOneField(Expense, on_delete=models.PROTECT, related_name="drive")
    country = models.CharField(max_length=2)
    vehicle = models.CharField(max_length=20)
    rate_from = models.DateField()
    drove_on = models.DateField()
    stops = models.JSONField(default=list)
    distance = models.DecimalField(max_digits=8, decimal_places=1)
    unit = models.CharField(max_length=2, choices=DistanceUnit.choices)
    is_round_trip = models.BooleanField(default=False)
    counted_before = models.DecimalField(max_digits=9, decimal_places=1, default=0)
    parts = models.JSONField(default=list)
    own_rate = models.ForeignKey(OwnRate, null=True, on_delete=models.PROTECT, related_name="+")
    taxable = amount_field(default=0)
    taxable_currency = currency_field(blank=True, default="")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(distance__gt=0), name="drive_distance_positive"),
            models.CheckConstraint(condition=Q(counted_before__gte=0), name="drive_counted_not_negative"),
            choices_check("drive", "unit", DistanceUnit),
            models.CheckConstraint(condition=TAXABLE_WHOLE, name="drive_taxable_whole"),
            currency_check("drive", "taxable_currency", optional=True),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "vehicle", "drove_on"], name="drive_by_day")]

    @property
    def one_way(self) -> Decimal:
        """The distance as the person typed it."""
        return self.distance / 2 if self.is_round_trip else self.distance


class Journey(CompanyOwned):
    """Days away from home that a daily rate pays for. The amount of its expense follows from `per_diem_rates.py`.

    `days` holds one entry per part that was counted: `{"date", "place", "meals": [...], "full", "less", "amount"}` in minor
    units; `meals` are those that somebody else paid for and that are taken off. `place` is where most days were spent, as in
    the tables: empty at home, "FR", "FR/Paris"; a day spent elsewhere says so itself. `taxable` is what
    the company's own rates pay above the tables, day by day.
    """

    expense = models.OneToOneField(Expense, on_delete=models.PROTECT, related_name="journey")
    country = models.CharField(max_length=2)
    rate_from = models.DateField()
    destination = models.CharField(max_length=120)
    place = models.CharField(max_length=40, blank=True, default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    days = models.JSONField(default=list)
    taxable = amount_field(default=0)
    taxable_currency = currency_field(blank=True, default="")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="journey_ends_after_start"),
            models.CheckConstraint(condition=TAXABLE_WHOLE, name="journey_taxable_whole"),
            currency_check("journey", "taxable_currency", optional=True),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "starts_at"], name="journey_by_start")]
