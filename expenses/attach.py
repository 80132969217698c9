"""Put a receipt on an expense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from events.models import Actor, Channel
from events.notify import notify
from events.record import record
from expenses.end_declaration import end_declaration
from expenses.errors import ExpenseLocked, NotYours
from expenses.evaluate_policies import evaluate_policies
from expenses.fill_in import fill_in
from expenses.lock_period import note_override, refuse_locked
from expenses.models import Attachment, Declaration, DeclarationStatus, Expense, LockKind
from expenses.receipt_lock import release
from expenses.suggest import questions
from pleo.lib.errors import DomainError
from receipts.models import Receipt, Source


class OtherCompany(DomainError):
    """The receipt is not one of this company."""

    code = "receipt_not_found"
    status = 404
    field = "receipt"

    def message(self) -> str:
        return gettext("There is no such receipt.")


class ReceiptErased(DomainError):
    """There is no file behind the receipt any more."""

    code = "receipt_erased"
    status = 409
    field = "receipt"

    def message(self) -> str:
        return gettext("This receipt was erased. Send the file again if you still have it.")


class AlreadyMatched(DomainError):
    """Somebody was first: the expense has a receipt by now, or the receipt an expense. Only automatic matching minds."""

    code = "already_matched"
    status = 409

    def message(self) -> str:
        return gettext("This was matched a moment ago.")


class DeclaredElsewhere(DomainError):
    """The file is what somebody signed for one purchase; it says nothing of another, nor once it was ended."""

    code = "declared_elsewhere"
    status = 409
    field = "receipt"

    def message(self) -> str:
        return gettext("This was signed for one purchase and cannot stand for another. Sign a new one.")


@transaction.atomic
def attach(
    *,
    expense: Expense,
    receipt: Receipt,
    by: Membership | None,
    now: datetime,
    score: int | None = None,
    reasons: Sequence[Any] = (),
    joins: bool = False,
) -> Attachment:
    """Put a receipt on an expense; what it says waits for a person's look. Attaching it twice returns the first.

    Without `by` it was matched by itself, and then neither may have another match yet, unless it `joins` the other half of a
    purchase. An expense takes several receipts; a
    receipt that is on another expense too is a warning for the page, not a refusal. Rows are locked receipt first. A
    declaration gives way to the receipt, which by then may be matched by itself as if there were none.
    Raises ExpenseLocked, PeriodLocked, NotYours, OtherCompany, ReceiptErased, AlreadyMatched, DeclaredElsewhere.
    """
    if receipt.company_id != expense.company_id:
        raise OtherCompany
    if Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk).erased_at is not None:
        raise ReceiptErased
    locked = lock_for_receipts(expense, by)
    live = Attachment.objects.filter(detached_at=None)
    known = live.filter(expense=locked, receipt=receipt).first()
    if known is not None:
        return known
    has_paper = locked.receipt_count and not locked.is_declared
    if by is None and ((has_paper and not joins) or live.filter(receipt=receipt).exists()):
        raise AlreadyMatched
    if receipt.source == Source.DECLARED:
        if not Declaration.objects.standing().filter(receipt=receipt, expense=locked).exists():
            raise DeclaredElsewhere
    elif locked.is_declared:
        end_declaration(expense=locked, status=DeclarationStatus.REPLACED, by=by, now=now)
    attachment = Attachment.objects.create(
        company_id=locked.company_id, expense=locked, receipt=receipt, by=by, score=score, reasons=list(reasons)
    )
    count_receipts(locked)
    open_reading(locked)
    event = record(
        company=locked.company, verb="expense.receipt_attached", subject=locked, by=by,
        actor=None if by else Actor.SYSTEM, now=now,
        changes={"receipt": str(receipt.pk), "score": score, "reasons": [reason["code"] for reason in reasons]},
    )  # fmt: skip
    if by is None:
        notify(event=event, memberships=[locked.owner], channels=[Channel.IN_APP])
    evaluate_policies(locked, now=now)
    release(person_id=locked.owner_id, company=locked.company, by=by, now=now)
    return attachment


def open_reading(expense: Expense) -> None:
    """Ask for a look at what was read, if anything was: a new receipt starts the questions over. The caller holds the lock.

    What stands on it may make a coding rule fit.
    """
    fill_in(expense)
    expense.reading_open, expense.confirmed = bool(questions(expense)), []
    expense.save(update_fields=["reading_open", "confirmed"])


def lock_for_receipts(expense: Expense, by: Membership | None) -> Expense:
    """Lock an expense whose receipts are about to change. Raises NotYours, ExpenseLocked, PeriodLocked.

    In a closed period nothing is matched by itself either: the receipt waits for who may override.
    """
    locked = (
        Expense.objects.select_for_update(no_key=True, of=("self",))
        .select_related("owner", "company")
        .get(pk=expense.pk)
    )
    if by is not None and not locked.is_editable_by(by):
        raise NotYours
    if locked.is_frozen:
        raise ExpenseLocked(lane=locked.books_lane)
    day = locked.company.day_of(locked.purchased_at)
    lock = refuse_locked(company=locked.company, kind=LockKind.EDITS, day=day, by=by)
    if by is not None:
        note_override(lock, subject=locked, by=by, now=timezone.now())
    return locked


def count_receipts(expense: Expense) -> None:
    """Repeat the number of live attachments on the expense, for lists. The caller holds the row lock."""
    sources = list(
        Attachment.objects.filter(expense=expense, detached_at=None).values_list("receipt__source", flat=True)
    )
    expense.receipt_count = len(sources)
    expense.is_declared = bool(sources) and all(source == Source.DECLARED for source in sources)
    expense.save(update_fields=["receipt_count", "is_declared"])
