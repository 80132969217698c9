"""Delete a receipt that belongs to nothing: a private photo, a wrong file. It cannot be undone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping import tasks
from bookkeeping.kept import Keeping, kept
from bookkeeping.place_hold import HoldNotYours
from bookkeeping.retention_lock import lock_receipt, lock_retention
from expenses.models import Attachment, Lane
from pleo.lib import work
from pleo.lib.errors import DomainError
from receipts.erase import FINAL, begin
from receipts.models import EraseRule, Erasure, Receipt, Source


class ReceiptStays(DomainError):
    """Something speaks against deleting a receipt."""

    code = "receipt_stays"
    status = 409

    def message(self) -> str:
        return {
            "held": gettext("This receipt is on legal hold and must be kept."),
            "attached": gettext("This receipt is on an expense. Take it off first."),
            "booked": gettext("This receipt was in the books once. It is kept until its time is over."),
            "reading": gettext("This receipt is still being read. Try again in a moment."),
            "signed": gettext("This was signed instead of a receipt. Take the declaration back on its expense."),
            "erased": gettext("This receipt is erased already."),
        }[self.params["why"]]


def why_not(receipt: Receipt) -> str:
    """Return what speaks against deleting a receipt, as a code of ReceiptStays; empty when nothing does."""
    if receipt.erased_at is not None:
        return "erased"
    if receipt.source == Source.DECLARED:
        return "signed"
    attachments = Attachment.objects.filter(receipt=receipt)
    if attachments.filter(detached_at=None).exists():
        return "attached"
    if attachments.exclude(expense__books_lane__in=[Lane.NONE, Lane.UNEXPORTED]).exists():
        return "booked"
    if kept(receipt.company).filter(pk=receipt.pk, keeping=Keeping.HELD).exists():
        return "held"
    return "" if receipt.status in FINAL else "reading"


def may_discard(receipt: Receipt, by: Membership) -> bool:
    """Say whether a person may delete receipts like this one: one's own, and finance anybody's."""
    if receipt.uploaded_by_id == by.pk:
        return by.can("receipts.upload")
    return by.can("receipts.rules")


@transaction.atomic
def discard_receipt(*, receipt: Receipt, by: Membership, now: datetime) -> Erasure:
    """Hide a receipt at once and have a worker remove its files. Raises HoldNotYours, ReceiptStays, WrongState."""
    if not may_discard(receipt, by):
        raise HoldNotYours
    lock_retention(receipt.company)
    lock_receipt(receipt)
    fresh = Receipt.objects.select_related("company").get(pk=receipt.pk)
    if why := why_not(fresh):
        raise ReceiptStays(why=why)
    erasure = begin(receipt=fresh, rule=EraseRule.BY_HAND, by=by, due_on=None, now=now)
    work.enqueue(tasks.erase, erasure_id=erasure.pk)
    return erasure
