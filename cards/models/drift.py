"""Where an issuer and we do not say the same: what differs, since when, and how it ended."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from cards.models.messages import IssuerMessage
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check


class DriftKind(models.TextChoices):
    CARD_STATUS = "card_status", _("State of a card")
    CARD_DETAILS = "card_details", _("Number or expiry of a card")
    CARD_NOT_THEIRS = "card_not_theirs", _("Card unknown to the issuer")
    CARD_NOT_OURS = "card_not_ours", _("Card unknown here")
    MISSED = "missed", _("News that did not arrive")
    UNREADABLE = "unreadable", _("News that cannot be read")
    FUNDS_SHORT = "funds_short", _("Money at the issuer")


class DriftState(models.TextChoices):
    OPEN = "open", _("Open")
    NOTED = "noted", _("Noted")
    OVER = "over", _("Over")


class DriftEnd(models.TextChoices):
    """How a difference ended."""

    TOOK_THEIRS = "took_theirs", _("Theirs was taken")
    SENT_OURS = "sent_ours", _("Ours was sent again")
    TOOK_IN = "took_in", _("It was taken in")
    BY_ITSELF = "by_itself", _("It no longer differs")


class DriftQuerySet(CompanyQuerySet):
    def standing(self) -> Self:
        """Keep what still differs, whether somebody took note of it or not."""
        return self.exclude(state=DriftState.OVER)


class Drift(CompanyOwned):
    """One difference between an issuer and us. One of a kind and reference stands at a time; over, it is history.

    `ours` and `theirs` are codes and plain values by name: `status`, `last_four`, `expires`, or `amount` in minor units with
    `currency`; empty where a side has nothing, or where it would tell of other companies.
    """

    issuer = models.CharField(max_length=20, editable=False)
    kind = models.CharField(max_length=16, choices=DriftKind.choices)
    reference = models.CharField(max_length=120, editable=False)
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="drifts")
    message = models.ForeignKey(IssuerMessage, null=True, on_delete=models.PROTECT, related_name="+")
    ours = models.JSONField(default=dict, editable=False)
    theirs = models.JSONField(default=dict, editable=False)
    state = models.CharField(max_length=6, choices=DriftState.choices, default=DriftState.OPEN)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    noted_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    ended_how = models.CharField(max_length=12, choices=DriftEnd.choices, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = DriftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "kind", "reference"], condition=~Q(state="over"), name="drift_stands_once"
            ),
            choices_check("drift", "kind", DriftKind),
            choices_check("drift", "state", DriftState),
            models.CheckConstraint(
                condition=(Q(state="over", ended_at__isnull=False) & ~Q(ended_how=""))
                | (~Q(state="over") & Q(ended_at__isnull=True, ended_by__isnull=True, ended_how="")),
                name="drift_over_says_how",
            ),
            models.CheckConstraint(condition=Q(ended_how__in=["", *DriftEnd.values]), name="drift_end_known"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-found_at", "-id"], name="drift_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.card) if self.card else self.reference

    @property
    def is_standing(self) -> bool:
        return self.state != DriftState.OVER
