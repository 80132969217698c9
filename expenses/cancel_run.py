"""Undo a run as long as nobody has fetched its file: everything in it is open again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import Payout, PayoutItem, PayoutStatus, ReimbursementRun, RunMethod, RunStatus
from pleo.lib import format
from pleo.lib.errors import DomainError, WrongState


class AlreadyFetched(DomainError):
    """The file may be at the bank."""

    code = "run_fetched"
    status = 409

    def message(self) -> str:
        return gettext(
            "%(name)s took the file %(when)s, so it may be at the bank and cannot be undone. Mark what the bank refused."
        ) % {"name": self.params["name"], "when": format.moment(self.params["when"])}


class MoneyLeft(DomainError):
    """The wallet has paid."""

    code = "money_left"
    status = 409

    def message(self) -> str:
        return gettext("The money has left the wallet, so the run cannot be undone. What the bank refuses comes back.")


@transaction.atomic
def cancel_run(*, run: ReimbursementRun, by: Membership, now: datetime) -> ReimbursementRun:
    """Take a proposed or released run back. Raises NotYours, AlreadyFetched, MoneyLeft, WrongState."""
    if not by.can("reimbursements.prepare"):
        raise NotYours
    locked = (
        ReimbursementRun.objects.select_for_update(no_key=True, of=("self",)).select_related("company").get(pk=run.pk)
    )
    # Not joined above: who waited for the lock sees the row of now, and joined rows of before.
    if locked.fetched_at is not None:
        raise AlreadyFetched(name=locked.fetched_by.name, when=locked.fetched_at)
    if locked.status not in (RunStatus.PROPOSED, RunStatus.RELEASED):
        raise WrongState
    if locked.method == RunMethod.WALLET and locked.status == RunStatus.RELEASED:
        # The money left the wallet with the release; what the bank refuses comes back by itself.
        raise MoneyLeft
    decided = locked.payouts.exclude(status__in=[PayoutStatus.PROPOSED, PayoutStatus.SENT])
    if decided.exists():
        raise WrongState
    locked.status, locked.cancelled_at, locked.cancelled_by = RunStatus.CANCELLED, now, by
    locked.save(update_fields=["status", "cancelled_at", "cancelled_by"])
    Payout.objects.filter(run=locked).update(status=PayoutStatus.CANCELLED, decided_at=now)
    PayoutItem.objects.filter(payout__run=locked, released_at=None).update(released_at=now)
    record(company=locked.company, verb="run.cancelled", subject=locked, by=by, now=now)
    return locked
