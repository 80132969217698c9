"""Who was reminded of which receipt, and whose cards rest because receipts are missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.models.expense import Expense
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from pleo.lib.work import States, Work


class ReminderKind(models.TextChoices):
    SPENDER = "spender", _("To the spender")
    MANAGER = "manager", _("To the manager")


class ReminderStatus(models.TextChoices):
    WAITING = "waiting", _("Waits")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")


class Reminder(CompanyOwned, Work):
    """One reminder of a person on a day of the company's calendar: the database lets no second one of a kind be.

    `by` is who pressed the button, empty when the schedule did. Where the person wants no mail it is sent in the app alone.
    """

    WORK: ClassVar[States] = States("waiting", "sending", "sent", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=2)

    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(max_length=8, choices=ReminderKind.choices)
    day = models.DateField()
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    has_mail = models.BooleanField(default=True)
    status = models.CharField(max_length=8, choices=ReminderStatus.choices, default=ReminderStatus.WAITING)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["person", "kind", "day"], name="reminder_once_a_day"),
            choices_check("reminder", "kind", ReminderKind),
            choices_check("reminder", "status", ReminderStatus),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["created_at"], condition=Q(status__in=["waiting", "sending"]), name="reminder_open"),
        ]

    def __str__(self) -> str:
        # The log keeps people by id.
        return self.day.isoformat()


class ReminderItem(CompanyOwned):
    """A purchase that a reminder names."""

    reminder = models.ForeignKey(Reminder, on_delete=models.CASCADE, related_name="items")
    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="reminder_items")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["reminder", "expense"], name="reminder_item_once"),
        ]


class LockEnd(models.TextChoices):
    SETTLED = "settled", _("The receipts came")
    SWITCHED_OFF = "switched_off", _("The lock was switched off")
    PAUSED = "paused", _("Finance paused it")


class ReceiptLockQuerySet(CompanyQuerySet):
    """Warnings and locks."""

    def open(self) -> Self:
        return self.filter(ended_at=None)

    def visible_to(self, membership: Membership) -> Self:
        """Everybody's for who chases receipts, else one's own and the team's one leads."""
        rows = self.for_company(membership.company)
        if membership.can("receipts.chase"):
            return rows
        return rows.filter(Q(person=membership) | Q(person__team__in=membership.led_teams.values("pk")))


class ReceiptLock(CompanyOwned):
    """A person was warned that their cards will rest, and then they did: one row from the warning to the end.

    `locks_at` never comes sooner than the notice after the warning, and only ever moves later. The cards themselves rest by
    freezes of the source "lock".
    """

    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="receipt_locks")
    warned_at = models.DateTimeField()
    locks_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_because = models.CharField(max_length=12, choices=LockEnd.choices, blank=True)
    objects: ClassVar[Any] = ReceiptLockQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="receipt_lock_open_once"
            ),
            models.CheckConstraint(
                condition=Q(locks_at__gte=F("warned_at") + timedelta(hours=72)),
                name="receipt_lock_three_days_of_notice",
            ),
            models.CheckConstraint(
                condition=Q(locked_at__isnull=True) | Q(locked_at__gte=F("locks_at")), name="receipt_lock_not_before"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | Q(ended_at__isnull=False, ended_because__in=LockEnd.values),
                name="receipt_lock_ended_because",
            ),
        ]

    def __str__(self) -> str:
        # The log keeps people by id.
        return self.warned_at.date().isoformat()

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None and self.ended_at is None


class LockPause(CompanyOwned):
    """Finance leaves a person's cards alone: until a moment, or for good where `until` is empty. Ended by hand or by time."""

    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="lock_pauses")
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at__isnull=True), name="lock_pause_open_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="lock_pause_has_reason"),
        ]

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and (self.until is None or self.until > now)
