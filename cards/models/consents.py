"""Questions to a cardholder that cannot wait: "are you paying this?" and "was this you?"."""

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


class ConsentKind(models.TextChoices):
    PAYING = "paying", _("Are you paying this?")
    WAS_YOU = "was_you", _("Was this you?")


class ConsentStatus(models.TextChoices):
    OPEN = "open", _("Waiting for you")
    APPROVED = "approved", _("Yes, it was me")
    DENIED = "denied", _("No, it was not me")
    EXPIRED = "expired", _("Not answered in time")


class ConsentQuerySet(CompanyQuerySet):
    """Questions, drawn to who may see the card they are about."""

    def visible_to(self, membership: Membership) -> Self:
        return self.for_company(membership.company).filter(card__in=Card.objects.visible_to(membership))


class Consent(CompanyOwned):
    """One question of an issuer, answered once by the holder, or by nobody: then the answer is no, at the deadline.

    `told_at` is when the issuer got the outcome. An answer after the deadline changes nothing; that it came stands in the log.
    """

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=8, choices=ConsentKind.choices)
    issuer = models.CharField(max_length=20)
    issuer_reference = models.CharField(max_length=80)
    amount = amount_field()
    currency = currency_field()
    merchant_name = models.CharField(max_length=120)
    merchant_country = models.CharField(max_length=2, blank=True)
    asked_at = models.DateTimeField()
    deadline = models.DateTimeField()
    status = models.CharField(max_length=10, choices=ConsentStatus.choices, default=ConsentStatus.OPEN)
    answered_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = ConsentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "issuer_reference"], name="consent_reference_once"),
            choices_check("consent", "kind", ConsentKind),
            choices_check("consent", "status", ConsentStatus),
            models.CheckConstraint(condition=Q(amount__gte=0), name="consent_amount_not_negative"),
            models.CheckConstraint(condition=Q(deadline__gt=F("asked_at")), name="consent_deadline_after_question"),
            models.CheckConstraint(
                condition=Q(status="open", answered_at__isnull=True)
                | Q(status="expired", answered_at__isnull=True)
                | Q(status__in=["approved", "denied"], answered_at__isnull=False, answered_at__lt=F("deadline")),
                name="consent_answered_in_time",
            ),
            currency_check("consent"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-asked_at", "-id"], name="consent_by_time"),
            models.Index(fields=["deadline"], condition=Q(status="open"), name="consent_waiting"),
            models.Index(fields=["id"], condition=Q(told_at__isnull=True), name="consent_untold"),
        ]

    def __str__(self) -> str:
        return self.merchant_name

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def is_approved(self) -> bool:
        return self.status == ConsentStatus.APPROVED

    def is_waiting(self, now: datetime) -> bool:
        return self.status == ConsentStatus.OPEN and now < self.deadline
