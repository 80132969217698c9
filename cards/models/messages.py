"""What issuers tell us, stored as it came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cards.models.payments import Authorization
from pleo.lib.models import Base, amount_field, choices_check, currency_check, currency_field
from pleo.lib.work import States, Work


class MessageKind(models.TextChoices):
    """What issuers tell us. A kind that is not understood yet is stored as it came, under `unknown`."""

    AUTHORIZATION = "authorization", _("Authorization")
    INCREMENT = "increment", _("Increment")
    ADVICE = "advice", _("Advice")
    SINGLE_MESSAGE = "single_message", _("Asked and taken at once")
    REVERSAL = "reversal", _("Reversal")
    EXPIRY = "expiry", _("Expiry")
    CLEARING = "clearing", _("Clearing")
    REFUND_AUTHORIZATION = "refund_authorization", _("Refund announced")
    REFUND = "refund", _("Refund")
    REFUND_REVERSAL = "refund_reversal", _("Refund taken back")
    CHARGEBACK = "chargeback", _("Chargeback")
    SECOND_PRESENTMENT = "second_presentment", _("Second presentment")
    CORRECTION_DEBIT = "correction_debit", _("Correction, against the company")
    CORRECTION_CREDIT = "correction_credit", _("Correction, for the company")
    DISPUTE = "dispute", _("Dispute")
    BALANCE_INQUIRY = "balance_inquiry", _("Balance inquiry")
    CARD = "card", _("News of a card")
    HOLDER = "holder", _("News of a cardholder")
    CONSENT = "consent", _("Asks the cardholder")
    TOP_UP = "top_up", _("Top-up")
    UNKNOWN = "unknown", _("Not understood")


class MessageStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    PROCESSING = "processing", _("In work")
    WAITING = "waiting", _("Waiting for its original")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class IssuerMessage(Base, Work):
    """A message as it came, stored before it is understood, with numbers already tokenised by the adapter.

    `raw` is redacted; `raw_hmac` is keyed, since a plain hash of a message with a card's last four digits could be guessed.
    The company is empty until the card is known.
    """

    WORK: ClassVar[States] = States("received", "processing", "done", "failed")
    # Taking one in is a matter of milliseconds: a worker that died is noticed soon.
    LEASE: ClassVar[timedelta] = timedelta(seconds=30)

    company = models.ForeignKey("accounts.Company", null=True, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=20)
    message_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    card_reference = models.CharField(max_length=80, blank=True)
    authorization_reference = models.CharField(max_length=80, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    amount: models.BigIntegerField[int | None, int | None] = amount_field(null=True)  # type: ignore[assignment]
    currency = currency_field(blank=True, default="")
    is_final = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, blank=True)
    details = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    sequence = models.BigIntegerField(default=0)
    raw = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    raw_hmac = models.CharField(max_length=64)
    authorization = models.ForeignKey(Authorization, null=True, on_delete=models.PROTECT, related_name="messages")
    status = models.CharField(max_length=10, choices=MessageStatus.choices, default=MessageStatus.RECEIVED)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "message_id"], name="message_once"),
            choices_check("message", "kind", MessageKind),
            choices_check("message", "status", MessageStatus),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="message_amount_not_negative"
            ),
            currency_check("message", optional=True),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["issuer", "authorization_reference"], name="message_by_authorization"),
            models.Index(fields=["created_at"], condition=~Q(status="done"), name="message_open"),
            models.Index(
                fields=["issuer", "authorization_reference"],
                condition=Q(authorization__isnull=True) & ~Q(authorization_reference=""),
                name="message_orphan",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id
