"""What currencies were worth, as published after the copy that comes with the product."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from pleo.lib.models import Base, currency_check, currency_field


class ReferenceRate(Base):
    """Units of a currency for one euro on a day, as the European Central Bank published them. Written once, never changed."""

    day = models.DateField()
    currency = currency_field()
    rate = models.DecimalField(max_digits=18, decimal_places=9)
    source = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["currency", "day"], name="reference_rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="reference_rate_positive"),
            currency_check("reference_rate"),
        ]
