"""What the simulator remembers: that days passed which nobody waited for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet


class SimulatedDay(CompanyOwned):
    """A day that somebody let pass at once: every purchase of the company made before is a day older for its shop."""

    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "created_at"], name="simulated_day_by_time")]
