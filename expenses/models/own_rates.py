"""What a company pays instead of the published rates of mileage and days away."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check, currency_check, currency_field


class OwnRateKind(models.TextChoices):
    MILEAGE = "mileage", _("Mileage")
    PER_DIEM = "per_diem", _("Per diem")


class OwnRate(CompanyOwned):
    """A company's own rate, in major units of `currency`, from a day on; never edited, only ended.

    Mileage: `rate` per unit of the country for a `vehicle`; beyond `upto` of a year's distance `rate_after`. Per diem: `rate`
    for a whole day at a `place` (as in the tables, empty at home), `rate_half` for a half one where the country has halves.
    Where nothing is published `tax_free` (and `tax_free_half`) says what of the rate is free of tax; empty: all of it.
    Two rates for the same thing never hold on one day; the verb that adds one looks, with the company's row locked.
    """

    kind = models.CharField(max_length=8, choices=OwnRateKind.choices)
    country = models.CharField(max_length=2)
    vehicle = models.CharField(max_length=20, blank=True, default="")
    place = models.CharField(max_length=40, blank=True, default="")
    currency = currency_field()
    rate = models.DecimalField(max_digits=9, decimal_places=4)
    rate_half = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    upto = models.PositiveIntegerField(null=True)
    rate_after = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    tax_free = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    tax_free_half = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    valid_from = models.DateField()
    last_day = models.DateField(null=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("own_rate", "kind", OwnRateKind),
            currency_check("own_rate"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="own_rate_positive"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("valid_from")), name="own_rate_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(kind="mileage", rate_half__isnull=True, place="") & ~Q(vehicle="")
                | Q(kind="per_diem", vehicle="", upto__isnull=True),
                name="own_rate_shape",
            ),
            models.CheckConstraint(
                condition=Q(tax_free__isnull=True) | Q(tax_free__gte=0, tax_free__lte=F("rate"), upto__isnull=True),
                name="own_rate_tax_free_within",
            ),
            models.CheckConstraint(
                condition=Q(upto__isnull=True, rate_after__isnull=True) | Q(upto__gt=0, rate_after__isnull=False, rate_after__gte=0),
                name="own_rate_threshold_whole",
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "country", "vehicle", "place"],
                condition=Q(last_day__isnull=True), name="own_rate_open_once",
            ),
        ]  # fmt: skip
