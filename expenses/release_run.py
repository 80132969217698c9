"""Release a run: somebody else than who proposed it says yes, and the file is made."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext

from accounts import permissions
from accounts.models import Membership
from events.models import Channel
from events.notify import is_news, notify
from events.record import record
from expenses import wallet_payout
from expenses.errors import NotYours
from expenses.models import Payout, PayoutStatus, ReimbursementRun, RunMethod, RunStatus
from expenses.run_file import file_of
from expenses.seal import seal
from expenses.taxable import wage_types_of
from pleo.lib.errors import DomainError, WrongState


class OwnProposal(DomainError):
    """Two people pay money out: who proposed it does not release it."""

    code = "own_proposal"
    status = 403

    def message(self) -> str:
        return gettext("You proposed this run, so someone else releases it.")


class ProofNeeded(DomainError):
    """Nobody else can release, so the person shows again that it is them."""

    code = "proof_needed"
    status = 403

    def message(self) -> str:
        return gettext("Nobody else here can release a run. Confirm that it is you, then release it.")


class AccountChanged(DomainError):
    """Somebody's account was changed after the proposal."""

    code = "account_changed"
    status = 409

    def message(self) -> str:
        return (
            gettext("The account of %(name)s was changed after the proposal. Cancel the run and propose it anew.")
            % self.params
        )


def others_eligible(run: ReimbursementRun) -> QuerySet[Membership]:
    """Return the active people, other than who proposed it, who may release a run."""
    may = Q(role__in=permissions.CAPABILITIES["reimbursements.release"])
    return Membership.objects.active().filter(may, company_id=run.company_id).exclude(pk=run.prepared_by_id)


@transaction.atomic
def release_run(
    *, run: ReimbursementRun, by: Membership, now: datetime, is_confirmed: bool = False
) -> ReimbursementRun:
    """Make the file and send everybody's money on its way, once. Releasing twice is refused.

    In a company of one the same person does both, with `is_confirmed` (a fresh second factor), and the row says so. Raises
    NotYours, WrongState, OwnProposal, ProofNeeded, AccountChanged, and TooLittleAvailable when the wallet shall pay more than
    it has free: then nothing of it is released.
    """
    if not by.can("reimbursements.release"):
        raise NotYours
    locked = (
        ReimbursementRun.objects.select_for_update(no_key=True, of=("self",)).select_related("company").get(pk=run.pk)
    )
    if locked.status != RunStatus.PROPOSED:
        raise WrongState
    alone = locked.prepared_by_id == by.pk
    if alone:
        if others_eligible(locked).exists():
            raise OwnProposal
        if not is_confirmed:
            raise ProofNeeded
    rows = locked.payouts.select_related("account", "membership").annotate(taxable=Sum("items__taxable"))
    payouts = list(rows.order_by("id"))
    for payout in payouts:
        if payout.account is not None and payout.account.replaced_at is not None:
            raise AccountChanged(name=payout.membership.name)
    if locked.paid_from is not None and locked.paid_from.replaced_at is not None:
        raise AccountChanged(name=locked.company.name)
    name, content = file_of(locked, payouts, wage_types_of(locked.company_id))
    locked.status, locked.released_by, locked.released_at = RunStatus.RELEASED, by, now
    locked.no_one_else_eligible = alone
    locked.file_name, locked.sealed_file = name, seal(content)
    locked.sha256 = hashlib.sha256(content).hexdigest()
    locked.save()
    sent = Payout.objects.filter(run=locked, status=PayoutStatus.PROPOSED).update(status=PayoutStatus.SENT)
    assert sent == len(payouts), "a proposed run has proposed payouts alone"
    if locked.method == RunMethod.WALLET:
        wallet_payout.send(locked, payouts, now=now)
    changes = {"people": len(payouts), "sha256": locked.sha256}
    changes |= {"no_one_else_eligible": True} if alone else {}
    event = record(company=locked.company, verb="run.released", subject=locked, by=by, changes=changes, now=now)
    if is_news(event):
        notify(event=event, memberships=[payout.membership for payout in payouts], channels=[Channel.IN_APP])
    return locked
