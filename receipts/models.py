"""Files and what was read from them. Nothing here knows of expenses or cards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class Source(models.TextChoices):
    WEB = "web", _("Uploaded")
    PHONE = "phone", _("Photographed")
    MAIL = "mail", _("By e-mail")
    API = "api", _("By API")
    DECLARED = "declared", _("Signed instead of a receipt")


class ReceiptStatus(models.TextChoices):
    RECEIVED = "received", _("Waiting to be read")
    PROCESSING = "processing", _("Being read")
    READY = "ready", _("Read")
    UNREADABLE = "unreadable", _("Could not be read")


class ReceiptQuerySet(CompanyQuerySet):
    """Files of a company, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        """Every file for finance and accountants, else one's own and those of the teams one leads."""
        rows = self.for_company(membership.company)
        if membership.can("receipts.see_all"):
            return rows
        return rows.filter(Q(uploaded_by=membership) | Q(uploaded_by__team__in=membership.led_teams.values("pk")))


class Receipt(CompanyOwned, Work):
    """A file that somebody sent. The original is never changed or thrown away; everything else is made from it.

    Object keys are `<company>/<yyyy>/<receipt>/<original, page-n, thumb-n>`: no user text in them. `file_name` is what the
    sender called it and is only ever shown.
    """

    WORK: ClassVar[States] = States("received", "processing", "ready", "unreadable")
    LEASE: ClassVar[timedelta] = timedelta(minutes=3)
    MAX_ATTEMPTS: ClassVar[int] = 3

    uploaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="receipts")
    source = models.CharField(max_length=8, choices=Source.choices)
    client_key = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    image_hash = models.CharField(max_length=64, blank=True, editable=False)
    alike_key = models.CharField(max_length=60, blank=True, editable=False)
    key = models.CharField(max_length=200, unique=True, editable=False)
    page_count = models.PositiveSmallIntegerField(default=0, editable=False)
    status = models.CharField(max_length=12, choices=ReceiptStatus.choices, default=ReceiptStatus.RECEIVED)
    ready_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = ReceiptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["uploaded_by", "client_key"], name="receipt_client_key_once"),
            choices_check("receipt", "status", ReceiptStatus),
            choices_check("receipt", "source", Source),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="receipt_sha256_hex"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-created_at", "-id"], name="receipt_by_time"),
            models.Index(fields=["company", "sha256"], name="receipt_by_content"),
            models.Index(fields=["company", "alike_key"], condition=~Q(alike_key=""), name="receipt_by_facts"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["received", "processing"]), name="receipt_open"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)

    def twins(self) -> models.QuerySet[Receipt]:
        """Other receipts of the company with the very same bytes: a warning for people, never a reason to drop a file."""
        same: models.QuerySet[Receipt] = Receipt.objects.filter(company_id=self.company_id, sha256=self.sha256)
        return same.exclude(pk=self.pk).order_by("created_at", "id")


class Page(CompanyOwned):
    """One page as an upright image without metadata, and its thumbnails (320 and 96 px wide). Derived: can be made again."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    image_key = models.CharField(max_length=200)
    thumbnail_key = models.CharField(max_length=200)
    small_key = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["receipt", "number"], name="page_once"),
        ]


class Reading(CompanyOwned):
    """What an engine read from a receipt. A new reading does not delete the old; what a person typed stands elsewhere.

    `fields` maps merchant, date, time, total, currency, vat, card_last_four... to `{"value", "confidence", "page", "box"}`,
    amounts in minor units, boxes as fractions of the page; `amounts` are all amounts seen, for matching; `lines` is the raw
    text in reading order.
    """

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="readings")
    engine = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    fields = models.JSONField(default=dict)
    amounts = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["receipt", "-id"], name="reading_latest")]
