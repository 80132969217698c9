"""Exports of several companies in one go, by somebody who keeps the books of all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from bookkeeping.models.books import Export, ExportStatus
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class ClientRunStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Stopped")


class ClientRunQuerySet(models.QuerySet[Any]):
    """Runs over several companies."""

    def of_user(self, user: User) -> Self:
        """Keep what one person began: nobody else sees it, whatever companies they share."""
        return self.filter(user=user)


class ClientRun(Base, Work):
    """One press of a button over many companies. It belongs to a person, not to a company; its parts belong to theirs.

    `starts` and `ends` (both included, both may be empty) are days of the entries. `formats` is empty where each company
    exports as it agreed. `client_key` comes with the form: pressing twice makes one run.
    """

    WORK: ClassVar[States] = States("waiting", "running", "done", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=15)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    client_key = models.CharField(max_length=64, editable=False)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    formats = models.JSONField(default=list)
    with_receipts = models.BooleanField(default=True)
    queue_ready = models.BooleanField(default=True)
    status = models.CharField(max_length=10, choices=ClientRunStatus.choices, default=ClientRunStatus.WAITING)
    objects: ClassVar[Any] = ClientRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "client_key"], name="client_run_client_key_once"),
            choices_check("client_run", "status", ClientRunStatus),
            models.CheckConstraint(
                condition=Q(starts=None) | Q(ends=None) | Q(ends__gte=F("starts")), name="client_run_ends_after_start"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["created_at"], condition=Q(status__in=["waiting", "running"]), name="client_run_open"),
        ]

    @property
    def is_open(self) -> bool:
        """Say whether a worker still has it before it."""
        return self.status in (ClientRunStatus.WAITING, ClientRunStatus.RUNNING)


class ClientPart(CompanyOwned):
    """One company of a run: its export, or why there is none. `code` is empty until it was tried, and while its export counts."""

    run = models.ForeignKey(ClientRun, on_delete=models.PROTECT, related_name="parts")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    export = models.OneToOneField(Export, null=True, on_delete=models.PROTECT, related_name="client_part")
    code = models.CharField(max_length=40, blank=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["run", "company"], name="client_part_company_once"),
        ]

    @property
    def state(self) -> str:
        """Return waiting, ready, empty (nothing to export) or failed."""
        if self.export is None:
            return "waiting" if not self.code else "empty" if self.code == "queue_empty" else "failed"
        if self.export.status == ExportStatus.READY:
            return "ready"
        return "failed" if self.export.status == ExportStatus.FAILED else "waiting"
