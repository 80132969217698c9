"""A purchase that somebody contests: why, with what evidence, and how it stands with the shop's bank."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from cards.models.messages import IssuerMessage
from cards.models.payments import Clearing
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check, currency_check, currency_field
from pleo.lib.money import Money


class DisputeReason(models.TextChoices):
    FRAUD = "fraud", _("Nobody of us bought this")
    NOT_RECEIVED = "not_received", _("It never arrived")
    NOT_AS_DESCRIBED = "not_as_described", _("It is not what was sold")
    DUPLICATE = "duplicate", _("Charged twice")
    WRONG_AMOUNT = "wrong_amount", _("The amount is wrong")
    CANCELLED = "cancelled", _("It was cancelled before")
    NO_REFUND = "no_refund", _("A promised refund never came")
    OTHER = "other", _("Something else")


class DisputeStatus(models.TextChoices):
    OPENED = "opened", _("Being sent")
    SUBMITTED = "submitted", _("With the card issuer")
    CREDITED = "credited", _("Credited for now")
    CONTESTED = "contested", _("The shop objects")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    WITHDRAWN = "withdrawn", _("Withdrawn")


CLOSED = (DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.WITHDRAWN)


class DisputeQuerySet(CompanyQuerySet):
    """Contested purchases, drawn to who may see their cards."""

    def visible_to(self, membership: Membership) -> Self:
        rows = self.for_company(membership.company)
        if membership.can("cards.see_all"):
            return rows
        return rows.filter(clearing__card__in=Card.objects.visible_to(membership))


class Dispute(CompanyOwned):
    """A clearing that somebody contests, whole or in part. Amount in minor units of the wallet's currency.

    `status` and `credited` follow from the set of what was said about it (`dispute_state.py`), in whatever order it came.
    """

    clearing = models.ForeignKey(Clearing, on_delete=models.PROTECT, related_name="disputes")
    reason = models.CharField(max_length=20, choices=DisputeReason.choices)
    explanation = models.CharField(max_length=2000, blank=True)
    amount = amount_field()
    currency = currency_field()
    status = models.CharField(max_length=10, choices=DisputeStatus.choices, default=DisputeStatus.OPENED)
    # What the issuer lends until it is decided: posted to the wallet, and taken back when money comes or the case is lost.
    credited = amount_field(default=0)
    opened_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="disputes")
    issuer = models.CharField(max_length=20, editable=False)
    issuer_reference = models.CharField(max_length=80, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = DisputeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["clearing"], condition=~Q(status__in=[word.value for word in CLOSED]), name="dispute_open_once"
            ),
            models.UniqueConstraint(
                fields=["issuer", "issuer_reference"], condition=~Q(issuer_reference=""), name="dispute_reference_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_amount_positive"),
            models.CheckConstraint(
                condition=Q(credited__gte=0, credited__lte=models.F("amount")), name="dispute_credit_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(status__in=[word.value for word in CLOSED]),
                name="dispute_closed_has_result",
            ),
            choices_check("dispute", "reason", DisputeReason),
            choices_check("dispute", "status", DisputeStatus),
            currency_check("dispute"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-id"], name="dispute_newest"),
            models.Index(fields=["company", "status", "-id"], name="dispute_by_status"),
        ]

    def __str__(self) -> str:
        return self.clearing.merchant_name

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def lent(self) -> Money:
        """What is credited for now and may be taken back."""
        return Money(self.credited, self.currency)

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED


class DisputeStep(CompanyOwned):
    """One thing that was said about a dispute, by a person or by the issuer's message. Never edited; the set decides."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="steps")
    word = models.CharField(max_length=20)
    amount = amount_field(default=0)
    occurred_at = models.DateTimeField()
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    message = models.OneToOneField(IssuerMessage, null=True, on_delete=models.PROTECT, related_name="dispute_step")
    note = models.CharField(max_length=500, blank=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(
                    word__in=[
                        "opened",
                        "submitted",
                        "provisional_credit",
                        "chargeback",
                        "second_presentment",
                        "won",
                        "lost",
                        "withdrawn",
                    ]
                ),
                name="dispute_step_word_known",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="dispute_step_amount_not_negative"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["dispute", "occurred_at"], name="dispute_step_by_time"),
        ]


class DisputeEvidence(CompanyOwned):
    """A file that shows what a dispute says. The bytes stand in the file storage under `key`."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["dispute", "sha256"], name="dispute_evidence_once"),
        ]

    def __str__(self) -> str:
        return self.name
