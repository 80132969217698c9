"""Hold still whatever decides whether a receipt is erased, while somebody decides."""

from __future__ import annotations

from django.db import connection

from accounts.models import Company
from bookkeeping.models import BookSettings
from cards.models import Clearing
from expenses.models import Expense, LockKind, PeriodLock
from receipts.models import Receipt


def lock_retention(company: Company) -> BookSettings:
    """Lock a company's book settings, as holds, exports, their undoing and the closing of months do; return them.

    Whoever asks for the state of a receipt after this sees every hold that was placed before.
    """
    settings: BookSettings = (
        BookSettings.objects.select_for_update(no_key=True, of=("self",)).select_related("company").get(company=company)
    )
    return settings


def lock_receipt(receipt: Receipt) -> Receipt:
    """Lock a receipt and what it hangs on, in the order in which `attach.py` does: no expense, lock or dispute changes beside us.

    A dispute is a new row that refers to a clearing, so the clearing is locked against references too.
    """
    locked: Receipt = Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    expenses = Expense.objects.filter(attachments__receipt=locked, attachments__detached_at=None)
    ids = sorted(set(expenses.values_list("pk", flat=True)))
    list(Expense.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    list(PeriodLock.objects.select_for_update().filter(company=locked.company_id, kind=LockKind.EDITS, lifted_at=None))
    clearings = Clearing.objects.filter(movement__expense__in=ids).order_by("pk")
    list(clearings.select_for_update(of=("self",)).values_list("pk"))
    assert connection.in_atomic_block, "locks end with the transaction they are taken in"
    return locked
