"""One act on many cards: what was asked, and what became of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from cards.models.limits import CardTemplate
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class BulkAct(models.TextChoices):
    FREEZE = "freeze", _("Freeze")
    THAW = "thaw", _("Thaw")
    CLOSE = "close", _("Close for good")
    FOLLOW = "follow", _("Follow a policy")
    UNDO = "undo", _("Undo")


class BulkStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Interrupted")


class CardBulk(CompanyOwned, Work):
    """An act on the cards that somebody chose, done in the background. Its rows say which are left, so it may stop anywhere."""

    WORK = States("waiting", "running", "done", "failed")
    LEASE = timedelta(minutes=1)

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=6, choices=BulkAct.choices)
    status = models.CharField(max_length=8, choices=BulkStatus.choices, default=BulkStatus.WAITING)
    template = models.ForeignKey(CardTemplate, null=True, on_delete=models.PROTECT, related_name="+")
    undo_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("card_bulk", "act", BulkAct),
            choices_check("card_bulk", "status", BulkStatus),
            models.CheckConstraint(condition=Q(total__gte=F("done") + F("skipped")), name="card_bulk_within_total"),
            models.CheckConstraint(
                condition=Q(act="undo", undo_of__isnull=False) | (~Q(act="undo") & Q(undo_of__isnull=True)),
                name="card_bulk_undo_of",
            ),
            models.CheckConstraint(
                condition=Q(act="follow", template__isnull=False) | (~Q(act="follow") & Q(template__isnull=True)),
                name="card_bulk_follows_one",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="card_bulk_open"),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in (BulkStatus.WAITING, BulkStatus.RUNNING)

    @property
    def handled(self) -> int:
        """How many cards were done or skipped."""
        return self.done + self.skipped

    @property
    def can_be_undone(self) -> bool:
        """Say whether there is something to put back. A closed card never comes back."""
        return not self.is_open and bool(self.done) and self.act not in (BulkAct.UNDO, BulkAct.CLOSE)


class BulkRowState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")


class CardBulkRow(Base):
    """One card of a bulk act. `error` says why it was skipped; `before` is what undoing it needs."""

    bulk = models.ForeignKey(CardBulk, on_delete=models.CASCADE, related_name="rows")
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=BulkRowState.choices, default=BulkRowState.WAITING)
    error = models.JSONField(null=True)
    before = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["bulk", "card"], name="card_bulk_row_once"),
            choices_check("card_bulk_row", "state", BulkRowState),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["bulk", "state", "id"], name="card_bulk_row_by_state")]
