"""Where exports go by themselves: connections to other systems, and the jobs that carry entries there one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from bookkeeping.models.books import Export, JournalEntry
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class DestinationKind(models.TextChoices):
    ECONOMIC = "economic", _("e-conomic, draft entries")
    CONNECTOR = "connector", _("A connector of your own, by the API")


class Destination(CompanyOwned):
    """A system that takes entries one by one. `sealed` holds its token, sealed; `config` what else it needs.

    `tested_at` and `test_error` tell of the last test of the connection; the error is a failure's type.
    """

    kind = models.CharField(max_length=12, choices=DestinationKind.choices)
    config = models.JSONField(default=dict)
    sealed = models.TextField(blank=True, editable=False)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField(null=True, editable=False)
    test_error = models.CharField(max_length=60, blank=True)
    disconnected_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["company", "kind"], condition=Q(disconnected_at__isnull=True), name="destination_live_once"
            ),
            choices_check("destination", "kind", DestinationKind),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class JobStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    STARTED = "started", _("On its way")
    COMPLETED = "completed", _("Done")
    WITH_ERRORS = "completed_with_errors", _("Done, with errors")
    FAILED = "failed", _("Stopped")


class FailureType(models.TextChoices):
    """Why an entry, or a whole job, did not arrive. The first words are those that connectors use."""

    RECEIPT_UPLOAD = "receipt_upload_failure", _("A receipt was not taken.")
    RECEIPT_DOWNLOAD = "receipt_download_failure", _("A receipt could not be fetched.")
    RECEIPT_SIZE = "receipt_file_size_limit_exceeded", _("A receipt is too large.")
    RECEIPT_CONVERSION = "receipt_conversion_failure", _("A receipt is of a kind that is not taken.")
    VALIDATION = "validation_failure", _("The other system refused the entry.")
    INVALID = "invalid_configuration", _("Something is set up differently over there.")
    MISSING = "missing_configuration", _("Something is not set up yet.")
    AUTHENTICATION = "accounting_system_authentication_failure", _("The connection is no longer accepted.")
    AUTHORIZATION = "authorization_failure", _("The connection may not do this.")
    RATE_LIMIT = "accounting_system_rate_limit", _("The other system asked to wait.")
    UNREACHABLE = "accounting_system_unreachable", _("The other system did not answer.")
    UNEXPECTED = "unexpected_failure", _("Something unexpected happened.")


class JobQuerySet(CompanyQuerySet):
    """Jobs."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("books.see") else rows.none()


class ExportJob(CompanyOwned, Work):
    """One export on its way to one destination: pushed by a worker of ours, or taken by a connector that holds the lease.

    There is one job for an export and a destination, and one item for each entry in it: what arrived is never sent again.
    """

    WORK: ClassVar[States] = States("pending", "started", "completed", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=5)
    MAX_ATTEMPTS: ClassVar[int] = 5

    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="jobs")
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="jobs")
    status = models.CharField(max_length=21, choices=JobStatus.choices, default=JobStatus.PENDING)
    taken_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["destination", "export"], name="export_job_once"),
            choices_check("export_job", "status", JobStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["created_at"], condition=Q(status__in=["pending", "started"]), name="export_job_open"),
            models.Index(fields=["company", "-id"], name="export_job_by_company"),
        ]

    @property
    def is_open(self) -> bool:
        """Say whether it is waiting or on its way."""
        return self.status in (JobStatus.PENDING, JobStatus.STARTED)


class JobItemStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    IN_PROGRESS = "in_progress", _("On its way")
    SUCCESSFUL = "successful", _("Arrived")
    FAILED = "failed", _("Refused")
    ABANDONED = "abandoned", _("Left out")


class ExportJobItem(CompanyOwned):
    """One entry on its way. `in_progress` means that it may have arrived: before it is sent again, it is looked for there."""

    job = models.ForeignKey(ExportJob, on_delete=models.PROTECT, related_name="items")
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="job_items")
    voucher_number = models.PositiveBigIntegerField()
    status = models.CharField(max_length=12, choices=JobItemStatus.choices, default=JobItemStatus.PENDING)
    failure_type = models.CharField(max_length=60, blank=True)
    failure_reason = models.CharField(max_length=500, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    external_url = models.CharField(max_length=500, blank=True)
    receipts_sent = models.PositiveSmallIntegerField(default=0)
    exported_at = models.DateTimeField(null=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["job", "entry"], name="export_job_item_once"),
            choices_check("export_job_item", "status", JobItemStatus),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(failure_type=""), name="export_job_item_failed_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(status="successful") | Q(exported_at__isnull=False), name="export_job_item_arrived_when"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["job", "voucher_number"], name="export_job_item_order"),
        ]

    @property
    def failure(self) -> str:
        """Say why it was refused, in words."""
        known = dict(FailureType.choices).get(self.failure_type, "")
        return " ".join(filter(None, [str(known or self.failure_type), self.failure_reason]))
