"""A person on the way out of the company."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check


class LeavingStatus(models.TextChoices):
    STARTED = "started", _("Leaving")
    DONE = "done", _("Left")
    UNDONE = "undone", _("Stays")


class Leaving(CompanyOwned):
    """Somebody leaves: started (cards rest), done (cards closed, no way in), or undone.

    `waits` ends it by itself once nothing is reserved and nothing is owed; `lead` takes over the teams.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="leavings")
    started_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=LeavingStatus.choices, default=LeavingStatus.STARTED)
    waits = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["membership"], condition=Q(status="started"), name="leaving_open_once"),
            choices_check("leaving", "status", LeavingStatus),
            models.CheckConstraint(
                condition=Q(status="started", ended_at__isnull=True)
                | (~Q(status="started") & Q(ended_at__isnull=False)),
                name="leaving_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=True) | ~Q(lead=models.F("membership")), name="leaving_lead_is_another"
            ),
        ]
