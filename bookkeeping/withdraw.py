"""Undo an export: its items are free again, its files stay as they are and say that they no longer count."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem, Export, ExportItem, ExportStatus
from bookkeeping.queue import lock_expenses
from events.record import record
from expenses.models import Lane
from pleo.lib.errors import DomainError, WrongState


class ReasonMissing(DomainError):
    """Somebody will ask why these vouchers do not count."""

    code = "reason_missing"
    field = "reason"

    def message(self) -> str:
        return gettext("Write why, in a few words. The accountant reads it beside the vouchers.")


@transaction.atomic
def withdraw(*, export: Export, by: Membership, reason: str, now: datetime) -> Export:
    """Take a ready export back. Its items return to unexported, its entries keep their voucher numbers.

    Raises ReasonMissing; WrongState when it is not ready or was undone before.
    """
    why = " ".join(reason.split())[:500]
    if not why:
        raise ReasonMissing
    undone = Export.objects.filter(pk=export.pk, status=ExportStatus.READY, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=by, withdrawn_reason=why
    )
    if not undone:
        raise WrongState
    items = ExportItem.objects.filter(export=export, withdrawn_at=None)
    lock_expenses(items.values("book_item"))
    expenses = list(items.exclude(book_item__expense=None).values_list("book_item__expense", flat=True))
    moved = BookItem.objects.filter(pk__in=items.values("book_item"), lane=Lane.EXPORTED).update(
        lane=Lane.UNEXPORTED, queued_by=None, queued_at=None
    )
    freed = items.update(withdrawn_at=now)
    assert moved == freed == export.item_count, "every item of a ready export is exported"
    refresh_lane(expense_ids=expenses, now=now)
    record(
        company=export.company, verb="export.withdrawn", subject=export, by=by, now=now, label=f"#{export.number}",
        changes={"reason": why, "entries": moved},
    )  # fmt: skip
    export.refresh_from_db()
    return export
