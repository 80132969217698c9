"""Take a correction back before it is in the books, or after its export was undone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.correct import CorrectionWaits
from bookkeeping.models import BookItem, Correction
from events.record import record
from expenses.models import Expense, Lane
from pleo.lib.errors import DomainError, WrongState


class CorrectionBooked(DomainError):
    """It is in the books, or about to be."""

    code = "correction_booked"
    status = 409

    def message(self) -> str:
        if self.params.get("lane") == Lane.QUEUE:
            return gettext("It waits in the export queue. Take it out of the queue first.")
        return gettext("It is in the books. Correct it again, or undo its export first.")


@transaction.atomic
def drop_correction(*, correction: Correction, by: Membership, now: datetime) -> Correction:
    """Take a correction back: it is booked by no export any more.

    Raises CorrectionBooked; CorrectionWaits while a correction of it stands; WrongState when it was taken back before.
    """
    item: BookItem = correction.item
    expense = Expense.objects.select_for_update(no_key=True).get(pk=item.expense_id)
    dropped = Correction.objects.filter(pk=correction.pk, dropped_at=None).update(dropped_at=now, dropped_by=by)
    if not dropped:
        raise WrongState
    if Correction.objects.standing().filter(corrects=item).exists():
        raise CorrectionWaits
    if not BookItem.objects.filter(pk=item.pk, lane=Lane.UNEXPORTED).update(lane=Lane.NONE):
        raise CorrectionBooked(lane=BookItem.objects.values_list("lane", flat=True).get(pk=item.pk))
    record(company=by.company, verb="book_item.correction_dropped", subject=expense, by=by, now=now)
    correction.refresh_from_db()
    return correction
