"""Deciding from a mail: who wants such mails, and the links in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, keyed_hash
from expenses.models.expense import Expense
from expenses.models.routing import RouteStage
from pleo.lib.models import CompanyOwned, CompanyQuerySet, amount_field, choices_check


class MailPace(models.TextChoices):
    OFF = "off", _("No mails")
    DAILY = "daily", _("One mail a day")
    AT_ONCE = "at_once", _("A mail for each at once")


class ReviewMail(CompanyOwned):
    """How somebody wants to hear of what waits for their review. Without a row: no mails."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="review_mail")
    pace = models.CharField(max_length=8, choices=MailPace.choices, default=MailPace.OFF)
    told_on = models.DateField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [choices_check("review_mail", "pace", MailPace)]


class MailLink(CompanyOwned):
    """A link that lets one person decide once about one expense as it was when the mail was written.

    The secret is made from TOKEN_KEY each time, as that of an invitation; the database keeps its HMAC alone.
    """

    approver = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="mail_links")
    stage = models.ForeignKey(RouteStage, null=True, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    seen_version = models.PositiveIntegerField()
    seen_amount = amount_field()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(seen_amount__gte=0), name="mail_link_amount_not_negative"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["approver", "expense", "-id"], name="mail_link_of_person"),
        ]

    @property
    def secret(self) -> str:
        """The token of the link, made from TOKEN_KEY each time: the database alone opens nothing."""
        return keyed_hash(f"review:{self.pk}")

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and self.expires_at > now
