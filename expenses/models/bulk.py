"""One act on many expenses: what was asked, and what became of each row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.expense import Expense
from expenses.models.masters import Category, TaxCode
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class BulkAct(models.TextChoices):
    CODE = "code", _("Code")
    OKAY = "okay", _("Say okay")
    ACCEPT = "accept", _("Accept what is sure")
    UNDO = "undo", _("Undo")


class BulkStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Interrupted")


class BulkEdit(CompanyOwned, Work):
    """An act on the expenses that somebody ticked, done in the background. Its rows say which are left, so it may stop anywhere."""

    WORK = States("waiting", "running", "done", "failed")
    LEASE = timedelta(minutes=1)

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=8, choices=BulkAct.choices)
    status = models.CharField(max_length=8, choices=BulkStatus.choices, default=BulkStatus.WAITING)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    tax_code = models.ForeignKey(TaxCode, null=True, on_delete=models.PROTECT, related_name="+")
    # Ids of tags, one of each group.
    tags = models.JSONField(default=list)
    undo_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("bulk_edit", "act", BulkAct),
            choices_check("bulk_edit", "status", BulkStatus),
            models.CheckConstraint(condition=Q(total__gte=F("done") + F("skipped")), name="bulk_edit_within_total"),
            models.CheckConstraint(
                condition=Q(act="undo", undo_of__isnull=False) | (~Q(act="undo") & Q(undo_of__isnull=True)),
                name="bulk_edit_undo_of",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="bulk_edit_open"),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in (BulkStatus.WAITING, BulkStatus.RUNNING)

    @property
    def handled(self) -> int:
        """How many rows were done or skipped."""
        return self.done + self.skipped


class RowState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")


class BulkRow(Base):
    """One expense of a bulk edit. `error` says why it was skipped; `before` and `version` are what undoing it needs.

    `before` has an entry per line: `[id, category, tax code, tax, is_rest, [tags]]`; where more than the lines was changed it
    is `{"lines": [...], "document_date": ..., "confirmed": ..., "reading_open": ...}`.
    """

    bulk = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="rows")
    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=RowState.choices, default=RowState.WAITING)
    error = models.JSONField(null=True)
    before = models.JSONField(default=list)
    version = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["bulk", "expense"], name="bulk_row_once"),
            choices_check("bulk_row", "state", RowState),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["bulk", "state", "id"], name="bulk_row_by_state")]
