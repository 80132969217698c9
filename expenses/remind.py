"""Remind somebody of receipts: at most once a day and kind, whoever asks and however many are missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus, ReceiptMails
from events.models import Actor, Channel
from events.notify import notify
from events.record import record
from expenses import tasks
from expenses.models import Expense, Reminder, ReminderItem, ReminderKind, ReminderStatus
from pleo.lib import work
from pleo.lib.errors import DomainError


class RemindedToday(DomainError):
    """One reminder a day is enough for anybody."""

    code = "reminded_today"
    status = 409

    def message(self) -> str:
        return gettext("%(name)s was reminded today.") % self.params


class NobodyToRemind(DomainError):
    """The person has left, or has not come yet."""

    code = "nobody_to_remind"

    def message(self) -> str:
        return gettext("%(name)s cannot be reminded: the account is not active.") % self.params


@transaction.atomic
def remind(
    *, person: Membership, expenses: Sequence[Expense], now: datetime, by: Membership | None = None,
    kind: str = ReminderKind.SPENDER,
) -> Reminder:  # fmt: skip
    """Write a reminder that names these purchases; a worker sends the mail. Raises RemindedToday, NobodyToRemind.

    The day is the company's. Two who ask at the same moment meet at the unique index: one reminder goes out.
    """
    assert all(expense.company_id == person.company_id for expense in expenses), "a purchase of another company"
    if person.status != MembershipStatus.ACTIVE or person.user is None or not person.user.is_active:
        raise NobodyToRemind(name=person.name)
    has_mail = person.user.receipt_mails != ReceiptMails.NEVER
    try:
        with transaction.atomic():
            reminder: Reminder = Reminder.objects.create(
                company_id=person.company_id, person=person, kind=kind, day=person.company.day_of(now), by=by, created_at=now,
                has_mail=has_mail, status=ReminderStatus.WAITING if has_mail else ReminderStatus.SENT,
            )  # fmt: skip
    except IntegrityError:
        raise RemindedToday(name=person.name) from None
    ReminderItem.objects.bulk_create(
        ReminderItem(company_id=person.company_id, reminder=reminder, expense=expense) for expense in expenses
    )
    changes: dict[str, Any] = {"count": len(expenses), "kind": kind, "owner": str(person.pk)}
    verb = "reminder.made" if kind == ReminderKind.SPENDER else "reminder.escalated"
    event = record(
        company=person.company,
        verb=verb,
        subject=reminder,
        by=by,
        actor=None if by else Actor.SYSTEM,
        changes=changes,
        now=now,
    )
    notify(event=event, memberships=[person], channels=[Channel.IN_APP], to_actor=True)
    if has_mail:
        work.enqueue(tasks.send_reminder, reminder_id=reminder.pk)
    return reminder
