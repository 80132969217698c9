"""Cards issued from a file, row by row."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check


class BatchStatus(models.TextChoices):
    PREVIEW = "preview", _("To be checked")
    RUNNING = "running", _("Being made")
    DONE = "done", _("Done")


class CardBatch(CompanyOwned):
    """A file of wanted cards. The same file again is the same batch, by its digest, so that nothing is issued twice."""

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=BatchStatus.choices, default=BatchStatus.PREVIEW)
    row_count = models.PositiveIntegerField()
    started_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "sha256"], name="card_batch_file_once"),
            choices_check("card_batch", "status", BatchStatus),
        ]

    def __str__(self) -> str:
        return self.filename


class RowStatus(models.TextChoices):
    WRONG = "wrong", _("Cannot be made")
    READY = "ready", _("Ready")
    MADE = "made", _("Made")
    FAILED = "failed", _("Not made")


class CardBatchRow(CompanyOwned):
    """One line of the file: what it asks for, what is wrong with it, and the card that came of it (which has the row's id)."""

    batch = models.ForeignKey(CardBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    wanted = models.JSONField(default=dict)
    cardholder = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    problems = models.JSONField(default=list)
    status = models.CharField(max_length=8, choices=RowStatus.choices)
    card = models.OneToOneField(Card, null=True, on_delete=models.PROTECT, related_name="batch_row")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["batch", "number"], name="card_batch_row_once"),
            choices_check("card_batch_row", "status", RowStatus),
            models.CheckConstraint(
                condition=Q(status="made", card__isnull=False) | (~Q(status="made") & Q(card__isnull=True)),
                name="card_batch_row_made_has_card",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["batch", "number"], condition=Q(status="ready"), name="card_batch_row_ready"),
        ]
