"""What card issuers hold of ours: their cardholders, their copies of cards, and what a look at them brought to light."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class IssuerHolder(CompanyOwned):
    """By what reference an issuer knows a person, and whether it lets them spend. `told` is in its own words."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="issuer_holders")
    issuer = models.CharField(max_length=20, editable=False)
    reference = models.CharField(max_length=80, editable=False)
    told = models.JSONField(default=dict, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["membership", "issuer"], name="issuer_holder_once"),
            models.UniqueConstraint(fields=["issuer", "reference"], name="issuer_holder_reference_once"),
        ]

    def __str__(self) -> str:
        return self.reference


class IssuerCopy(CompanyOwned):
    """An issuer's copy of a card: the rules that we last gave it, and what it last said that the card is.

    `refused` is the code of an answer that stays no until the rules change.
    """

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="issuer_copy")
    controls = models.JSONField(default=dict, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    refused = models.CharField(max_length=80, blank=True, editable=False)
    told = models.JSONField(default=dict, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.card)


class ReconciliationStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("In work")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Reconciliation(Base, Work):
    """One look at everything that an issuer has of the time from `since` to `until`, and what we had missed.

    `found` counts by code; `differs` names what is not as it is here, the first hundred of it.
    """

    WORK: ClassVar[States] = States("waiting", "running", "done", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=10)

    issuer = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField()
    status = models.CharField(max_length=10, choices=ReconciliationStatus.choices, default=ReconciliationStatus.WAITING)
    found = models.JSONField(default=dict, editable=False)
    differs = models.JSONField(default=list, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["issuer"], condition=Q(status__in=["waiting", "running"]), name="reconciliation_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="reconciliation_period_not_empty"),
            choices_check("reconciliation", "status", ReconciliationStatus),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["issuer", "-until"], name="reconciliation_by_time")]

    def __str__(self) -> str:
        return f"{self.issuer} {self.until:%Y-%m-%d %H:%M}"
