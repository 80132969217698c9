"""A payout arrived, or the bank refused it: by hand, by the bank's answer, or from a statement. Each is written once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.models import Membership
from events.notify import BOTH, is_news, notify
from events.record import record
from expenses import wallet_payout
from expenses.errors import NotYours
from expenses.models import (
    BalanceEntry,
    BalanceKind,
    Owed,
    Payout,
    PayoutItem,
    PayoutStatus,
    ReimbursementRun,
    RunMethod,
    RunStatus,
)
from expenses.signals import balance_settled
from pleo.lib.errors import WrongState


@transaction.atomic
def mark_payout(
    *,
    payout: Payout,
    outcome: str,
    now: datetime,
    by: Membership | None = None,
    day: date | None = None,
    code: str = "",
) -> bool:
    """Mark a payout as paid or failed; False when it was marked so before. `by` is empty when a bank's file says it.

    Paid writes the opposite entry into the person's account. Failed gives everything in it back to the account, to be paid
    by another run; a payment that came back later turns its entry round. Raises NotYours, WrongState.
    """
    assert outcome in (PayoutStatus.PAID, PayoutStatus.FAILED), "a payout arrives or it does not"
    if by is not None and not by.can("reimbursements.prepare"):
        raise NotYours
    run = ReimbursementRun.objects.select_for_update(no_key=True, of=("self",)).select_related("company").get(
        pk=payout.run_id
    )  # fmt: skip
    locked = Payout.objects.select_for_update(no_key=True, of=("self",)).select_related("membership").get(pk=payout.pk)
    if locked.status == outcome:
        return False
    was_paid = locked.status == PayoutStatus.PAID
    if locked.status not in (PayoutStatus.SENT, PayoutStatus.PAID):
        raise WrongState
    booked = day or run.company.day_of(now)
    if outcome == PayoutStatus.PAID:
        _enter(locked, BalanceKind.PAYOUT, Owed.BY_PERSON, booked, by)
    else:
        if was_paid:
            _enter(locked, BalanceKind.PAYOUT_FAILED, Owed.TO_PERSON, booked, by)
        PayoutItem.objects.filter(payout=locked, released_at=None).update(released_at=now)
    if run.method == RunMethod.WALLET:
        wallet_payout.follow(locked, outcome, was_paid=was_paid, now=now, day=booked)
    locked.status, locked.failure_code, locked.decided_at = outcome, code[:35], now
    locked.save(update_fields=["status", "failure_code", "decided_at"])
    changes = {"amount": locked.amount, "currency": locked.currency, "outcome": outcome}
    changes |= {"code": code} if code else {}
    verb = "payout.paid" if outcome == PayoutStatus.PAID else "payout.failed"
    event = record(company=run.company, verb=verb, subject=locked.membership, by=by, changes=changes, now=now)
    if is_news(event):
        notify(event=event, memberships=[locked.membership], channels=BOTH)
    _finish(run)
    return True


def _enter(payout: Payout, kind: str, owed: str, day: date, by: Membership | None) -> None:
    entry = BalanceEntry.objects.create(
        company_id=payout.company_id, membership_id=payout.membership_id, kind=kind, owed=owed, amount=payout.amount,
        currency=payout.currency, booked_date=day, payout=payout, text=payout.text[:200], by=by,
    )  # fmt: skip
    balance_settled.send(sender=BalanceEntry, entry=entry)


def _finish(run: ReimbursementRun) -> None:
    """A run is finished when the bank answered for everybody; a payment that comes back later leaves it finished."""
    waiting = run.payouts.filter(status__in=[PayoutStatus.PROPOSED, PayoutStatus.SENT]).exists()
    if not waiting and run.status == RunStatus.RELEASED:
        run.status = RunStatus.FINISHED
        run.save(update_fields=["status"])
