"""Take a receipt off an expense again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.attach import count_receipts, lock_for_receipts
from expenses.end_declaration import end_declaration
from expenses.evaluate_policies import evaluate_policies
from expenses.models import Attachment, DeclarationStatus, Expense
from receipts.models import Source


@transaction.atomic
def detach(*, attachment: Attachment, by: Membership, now: datetime) -> Expense:
    """Take a receipt off an expense; the file waits in the inbox again. Doing it twice changes nothing.

    A declaration that is taken off is taken back: the receipt is missing again.

    Raises ExpenseLocked, NotYours.
    """
    locked = lock_for_receipts(attachment.expense, by)
    rows = Attachment.objects.filter(pk=attachment.pk, detached_at=None)
    if rows.filter(receipt__source=Source.DECLARED).exists():
        end_declaration(expense=locked, status=DeclarationStatus.WITHDRAWN, by=by, now=now)
        count_receipts(locked)
        evaluate_policies(locked, now=now)
        return locked
    if not rows.update(detached_at=now, detached_by=by):
        return locked
    count_receipts(locked)
    if not locked.receipt_count:
        locked.reading_open, locked.confirmed = False, []
        locked.save(update_fields=["reading_open", "confirmed"])
    changes = {"receipt": str(attachment.receipt_id)}
    record(company=locked.company, verb="expense.receipt_detached", subject=locked, by=by, changes=changes, now=now)
    evaluate_policies(locked, now=now)
    return locked
