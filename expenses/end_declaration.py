"""A declaration stands in for a receipt no longer: it was refused, replaced by the receipt, or taken back."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Membership
from events.models import Actor, Event
from events.record import record
from expenses import lines
from expenses.models import STANDING, Attachment, Declaration, DeclarationStatus, Expense

VERBS = {
    DeclarationStatus.REFUSED: "declaration.refused",
    DeclarationStatus.REPLACED: "declaration.replaced",
    DeclarationStatus.WITHDRAWN: "declaration.withdrawn",
}


def end_declaration(
    *, expense: Expense, status: DeclarationStatus, by: Membership | None, now: datetime, reason: str = ""
) -> Event | None:
    """End the declaration that stands, in the caller's transaction, which holds the expense's row lock; None without one.

    Its PDF comes off the expense and stays in the history. VAT that was taken off for it comes back only with the receipt.
    The caller counts the receipts afterwards.
    """
    standing: Declaration | None = Declaration.objects.filter(expense=expense, status__in=STANDING).first()
    if standing is None:
        return None
    Declaration.objects.filter(pk=standing.pk).update(
        status=status, decided_by=by, decided_at=now, decision_reason=reason[:500]
    )
    Attachment.objects.filter(receipt=standing.receipt_id, expense=expense, detached_at=None).update(
        detached_at=now, detached_by=by
    )
    if status == DeclarationStatus.REPLACED and standing.taken and lines.give_back_vat(expense, standing.taken):
        lines.bump(expense, version=None)
    return record(
        company=expense.company, verb=VERBS[status], subject=expense, by=by, actor=None if by else Actor.SYSTEM, now=now,
        changes={"declaration": str(standing.pk), "reason": reason, "owner": str(standing.by_id)},
    )  # fmt: skip
