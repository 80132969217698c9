"""Undo an export: its items are free again, its files stay as they are and say that they no longer count."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem, BookSettings, Export, ExportItem, ExportStatus, ItemKind
from bookkeeping.months import closed_upto
from bookkeeping.queue import lock_expenses
from bookkeeping.release import release_failed
from events.record import record
from expenses.models import Lane
from pleo.lib import format
from pleo.lib.errors import DomainError, WrongState


class ReasonMissing(DomainError):
    """Somebody will ask why these vouchers do not count."""

    code = "reason_missing"
    field = "reason"

    def message(self) -> str:
        return gettext("Write why, in a few words. The accountant reads it beside the vouchers.")


class ClosedVouchers(DomainError):
    """Vouchers of the export stand in a closed month."""

    code = "closed_vouchers"
    status = 409

    def message(self) -> str:
        day = format.day(self.params["upto"])
        return gettext(
            "It holds vouchers of a closed month (up to %(day)s). Open the month again first, or ask an admin."
        ) % {"day": day}


class CorrectedSince(DomainError):
    """An export that counts, or is being made, holds corrections of what is in this one."""

    code = "corrected_since"
    status = 409

    def message(self) -> str:
        return gettext("What it holds was corrected in export #%(number)s. Undo that one first.") % self.params


def closed_day_of(export: Export) -> date | None:
    """Return the last closed day when vouchers of an export are dated up to it, else None."""
    upto = closed_upto(export.company)
    return upto if upto and export.first_date and export.first_date <= upto else None


def _refuse_closed(export: Export, by: Membership) -> date | None:
    upto = closed_day_of(export)
    if upto and not by.can("periods.override"):
        raise ClosedVouchers(upto=upto)
    return upto


@transaction.atomic
def withdraw(*, export: Export, by: Membership, reason: str, now: datetime) -> Export:
    """Take a ready export back. Its items return to unexported, its entries keep their voucher numbers.

    Vouchers in a closed month are taken back only by who may act in closed periods, and that is written down. Raises
    ReasonMissing, ClosedVouchers, CorrectedSince; WrongState when it is not ready or was undone before. Corrections that wait in
    the queue leave it: what they correct is no longer in the books.
    """
    why = " ".join(reason.split())[:500]
    if not why:
        raise ReasonMissing
    # Whoever closes a month waits for this, and the other way round.
    BookSettings.objects.select_for_update(no_key=True).get(company=export.company_id)
    overridden = _refuse_closed(export, by)
    undone = Export.objects.filter(pk=export.pk, status=ExportStatus.READY, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=by, withdrawn_reason=why
    )
    if not undone:
        raise WrongState
    items = ExportItem.objects.filter(export=export, withdrawn_at=None)
    lock_expenses(items.values("book_item"))
    _let_go_of_corrections(items, by, now)
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
    if overridden:
        changes = {"upto": overridden.isoformat(), "kind": "books"}
        record(company=export.company, verb="period.overridden", subject=export, by=by, changes=changes, now=now,
               label=f"#{export.number}")  # fmt: skip
    export.refresh_from_db()
    return export


def _let_go_of_corrections(items: Any, by: Membership, now: datetime) -> None:
    """Take corrections of these items out of the queue. Raises CorrectedSince while an export holds one; failed ones let go."""
    waiting = BookItem.objects.filter(
        kind=ItemKind.CORRECTION, correction__corrects__in=items.values("book_item"), correction__dropped_at=None
    )
    held = ExportItem.objects.filter(book_item__in=waiting.values("pk"), withdrawn_at=None)
    if held.filter(export__status=ExportStatus.FAILED).exists():
        release_failed(company=by.company, by=by, now=now)
    number = held.order_by("export__number").values_list("export__number", flat=True).first()
    if number is not None:
        raise CorrectedSince(number=number)
    queued = list(waiting.filter(lane=Lane.QUEUE).select_related("expense"))
    BookItem.objects.filter(pk__in=[item.pk for item in queued]).update(
        lane=Lane.UNEXPORTED, queued_by=None, queued_at=None
    )
    for item in queued:
        record(company=by.company, verb="book_item.unqueued", subject=item.expense or item, by=by, now=now)
