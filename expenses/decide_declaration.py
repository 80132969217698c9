"""Finance accepts what somebody signed instead of a receipt, or refuses it: then the receipt is missing again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.notify import BOTH, notify
from events.record import record
from expenses.attach import count_receipts
from expenses.end_declaration import end_declaration
from expenses.errors import ExpenseLocked, NotYours
from expenses.evaluate_policies import evaluate_policies
from expenses.lock_period import note_override, refuse_locked
from expenses.models import Declaration, DeclarationStatus, Expense, LockKind
from pleo.lib.errors import DomainError, WrongState


class OwnDeclaration(DomainError):
    """Nobody decides on what they signed."""

    code = "own_declaration"
    status = 403

    def message(self) -> str:
        return gettext("You signed this yourself. Somebody else decides on it.")


class RefusalNeedsReason(DomainError):
    """The person must know why, and what to do."""

    code = "refusal_needs_reason"
    field = "reason"

    def message(self) -> str:
        return gettext("Say why. The person has to bring the receipt, or sign again.")


@transaction.atomic
def accept_declaration(*, declaration: Declaration, by: Membership, now: datetime) -> Declaration:
    """Accept what waits. Raises NotYours, OwnDeclaration, WrongState."""
    expense = _lock(declaration, by)
    rows = Declaration.objects.filter(pk=declaration.pk, status=DeclarationStatus.WAITING)
    if not rows.update(status=DeclarationStatus.ACCEPTED, decided_by=by, decided_at=now):
        raise WrongState
    changes = {"declaration": str(declaration.pk), "owner": str(declaration.by_id)}
    record(company=expense.company, verb="declaration.accepted", subject=expense, by=by, changes=changes, now=now)
    declaration.refresh_from_db()
    return declaration


@transaction.atomic
def refuse_declaration(*, declaration: Declaration, by: Membership, reason: str, now: datetime) -> Declaration:
    """Refuse one that stands, accepted or not, until the expense is in a batch for the books.

    Raises RefusalNeedsReason, NotYours, OwnDeclaration, ExpenseLocked, PeriodLocked, WrongState.
    """
    reason = " ".join(reason.replace("\x00", "").split())
    if not reason:
        raise RefusalNeedsReason
    expense = _lock(declaration, by)
    if expense.is_frozen:
        raise ExpenseLocked(lane=expense.books_lane)
    day = expense.company.day_of(expense.purchased_at)
    lock = refuse_locked(company=expense.company, kind=LockKind.EDITS, day=day, by=by)
    note_override(lock, subject=expense, by=by, now=now)
    if not Declaration.objects.standing().filter(pk=declaration.pk).exists():
        raise WrongState
    event = end_declaration(expense=expense, status=DeclarationStatus.REFUSED, by=by, now=now, reason=reason)
    assert event is not None, "the one that stands was just seen under the lock"
    count_receipts(expense)
    evaluate_policies(expense, now=now)
    notify(event=event, memberships=[expense.owner], channels=BOTH)
    declaration.refresh_from_db()
    return declaration


def _lock(declaration: Declaration, by: Membership) -> Expense:
    """Lock the expense: it, not the declaration, is what every verb about its papers waits for."""
    if not by.can("receipts.rules") or declaration.company_id != by.company_id:
        raise NotYours
    if declaration.by_id == by.pk:
        raise OwnDeclaration
    rows = Expense.objects.select_for_update(no_key=True, of=("self",)).select_related("owner", "company")
    found: Expense = rows.get(pk=declaration.expense_id)
    return found
