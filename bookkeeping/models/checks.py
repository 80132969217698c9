"""Every time that the books were checked, by night or because somebody asked, and what did not hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class CheckStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being checked")
    DONE = "done", _("Checked")
    FAILED = "failed", _("Stopped")


class CheckRunQuerySet(CompanyQuerySet):
    """Checks of the books."""

    def visible_to(self, membership: Membership) -> Self:
        """All of the company for who may see the books, nothing for others."""
        rows = self.for_company(membership.company)
        return rows if membership.can("books.see") else rows.none()


class CheckRun(CompanyOwned, Work):
    """One look at everything. `by` is empty for the nightly one. `findings` maps a rule's code to how much was wrong.

    `progress_done` counts the rules that were asked; the stored files are the last and the longest.
    """

    WORK: ClassVar[States] = States("waiting", "running", "done", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=30)
    MAX_ATTEMPTS: ClassVar[int] = 3

    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=CheckStatus.choices, default=CheckStatus.WAITING)
    progress_done = models.PositiveSmallIntegerField(default=0)
    findings = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CheckRunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("check_run", "status", CheckStatus),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(checked_at__isnull=False), name="check_run_done_has_moment"
            ),
            models.UniqueConstraint(
                fields=["company"], condition=Q(status__in=["waiting", "running"]), name="check_run_open_once"
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Say whether it is still under way."""
        return self.status in (CheckStatus.WAITING, CheckStatus.RUNNING)
