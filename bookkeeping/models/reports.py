"""Reports of expenses with their receipts, as PDF files that a worker makes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class PaperStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Not made")


class PaperReportQuerySet(CompanyQuerySet):
    """Reports on paper."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("books.see") else rows.none()


class PaperReport(CompanyOwned, Work):
    """The expenses of one person (or of everybody, when `person` is empty) from a day to a day, both included, with receipts.

    The file is made once and given out byte for byte ever after. `client_key` comes with the form: pressing twice makes one.
    `expense_count` and `page_count` are what the file holds.
    """

    WORK: ClassVar[States] = States("waiting", "running", "ready", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=10)
    MAX_ATTEMPTS: ClassVar[int] = 3

    client_key = models.CharField(max_length=64, editable=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    starts = models.DateField()
    ends = models.DateField()
    status = models.CharField(max_length=10, choices=PaperStatus.choices, default=PaperStatus.WAITING)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    expense_count = models.PositiveIntegerField(default=0)
    page_count = models.PositiveIntegerField(default=0)
    file_key = models.CharField(max_length=200, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    ready_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = PaperReportQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "client_key"], name="paper_report_client_key_once"),
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="paper_report_ends_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(status="ready") | (~Q(file_key="") & ~Q(sha256="") & Q(ready_at__isnull=False)),
                name="paper_report_ready_has_file",
            ),
            choices_check("paper_report", "status", PaperStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["created_at"], condition=Q(status__in=["waiting", "running"]), name="paper_report_open"
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Say whether it is still being made."""
        return self.status in (PaperStatus.WAITING, PaperStatus.RUNNING)

    @property
    def file_name(self) -> str:
        """What the download is called: ASCII, without anybody's name."""
        return f"expenses-{self.starts:%Y%m%d}-{self.ends:%Y%m%d}-{str(self.pk)[-6:]}.pdf"
