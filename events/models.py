"""What happened, and who is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Company, Membership
from pleo.lib import append_only
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class Actor(models.TextChoices):
    MEMBERSHIP = "membership", _("Person")
    TOKEN = "token", _("API token")
    SYSTEM = "system", _("Pleo")
    ISSUER = "issuer", _("Card issuer")


@append_only.register
class Event(Base):
    """One change, written in its transaction. Append-only (triggers), stored as codes and parameters, never sentences."""

    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    actor = models.CharField(max_length=12, choices=Actor.choices)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    subject_label = models.CharField(max_length=160, blank=True)
    search_text = models.TextField(blank=True)
    changes = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("event", "actor", Actor),
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(actor__in=["system", "issuer"]), name="event_person_is_named"
            ),
            models.CheckConstraint(
                condition=Q(actor="token", token__isnull=False) | (~Q(actor="token") & Q(token__isnull=True)),
                name="event_token_is_named",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-happened_at", "-id"], name="event_by_time"),
            models.Index(fields=["company", "by", "-happened_at", "-id"], name="event_by_person"),
            models.Index(fields=["company", "verb", "-happened_at", "-id"], name="event_by_verb"),
            models.Index(fields=["subject_type", "subject_id"], name="event_by_subject"),
        ]


@append_only.register
class SealedEvent(Base):
    """A link of the hash chain over events: a later change of an event, or a missing one, breaks the chain."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="seal")
    number = models.PositiveBigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)


class Channel(models.TextChoices):
    IN_APP = "in_app", _("In the app")
    EMAIL = "email", _("E-mail")


class Notification(CompanyOwned):
    """Somebody is told of an event, once per channel."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="notifications")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="notifications")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    read_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["event", "membership", "channel"], name="notification_once"),
            choices_check("notification", "channel", Channel),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["membership", "-id"], name="notification_by_person"),
            models.Index(fields=["id"], condition=Q(channel="email", sent_at__isnull=True), name="notification_unsent"),
        ]


class WebhookEndpoint(CompanyOwned):
    """An address that is told of some verbs. Its secret signs what is sent, and is kept sealed.

    For a day after a new secret was made the old one signs as well, so that the other side can change over in peace.
    """

    url = models.CharField(max_length=500)
    verbs = models.JSONField(default=list)
    sealed = models.TextField(editable=False)
    sealed_before = models.TextField(blank=True, editable=False)
    before_until = models.DateTimeField(null=True, editable=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "url"], condition=Q(removed_at__isnull=True), name="webhook_url_live_once"
            ),
            models.CheckConstraint(condition=~Q(url=""), name="webhook_has_url"),
        ]

    def __str__(self) -> str:
        return self.url

    def has_former_secret(self, now: datetime) -> bool:
        """Say whether the secret of before still signs."""
        return bool(self.sealed_before and self.before_until and self.before_until > now)


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Not delivered")


class Delivery(CompanyOwned, Work):
    """An event on its way to an endpoint. Once for each, and once more each time that a person sends it again."""

    WORK: ClassVar[States] = States("waiting", "running", "delivered", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=1)
    MAX_ATTEMPTS: ClassVar[int] = 8

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    again_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    response_status = models.PositiveSmallIntegerField(null=True, editable=False)
    response_text = models.CharField(max_length=300, blank=True, editable=False)
    tried_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], condition=Q(again_of__isnull=True), name="delivery_once"
            ),
            choices_check("delivery", "status", DeliveryStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
            models.Index(fields=["created_at"], condition=Q(status__in=["waiting", "running"]), name="delivery_open"),
        ]
