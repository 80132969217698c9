"""The second pair of eyes on money that leaves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from wallet.models import AccountKind, LedgerAccount, TransferCode, Withdrawal, WithdrawalStatus
from wallet.return_top_up import ReasonMissing
from wallet.transfer import transfer
from wallet.withdraw import deciders


class OwnWithdrawal(DomainError):
    """Whoever asked does not decide."""

    code = "own_withdrawal"
    status = 403

    def message(self) -> str:
        return gettext("You asked for it, so somebody else says okay.")


class FreshProofNeeded(DomainError):
    """Nobody else could decide, and who it is was not proved a moment ago."""

    code = "fresh_proof_needed"
    status = 403

    def message(self) -> str:
        return gettext("Nobody else here may decide on it. Confirm that it is you, then say okay.")


@transaction.atomic
def decide_withdrawal(
    *, withdrawal: Withdrawal, okay: bool, by: Membership, now: datetime, reason: str = "", is_fresh: bool = False
) -> Withdrawal:
    """Send the money, or say not okay; whoever asked may take the request back, but not send it.

    In a company where nobody else may decide, `is_fresh` (a proof of who it is, minutes old) stands in for the second person,
    and the row says so. Raises OwnWithdrawal, FreshProofNeeded, ReasonMissing, WrongState, TooLittleAvailable.
    """
    assert withdrawal.company_id == by.company_id, "a withdrawal of another company"
    own, why = withdrawal.by.user_id == by.user_id, " ".join(reason.replace("\x00", "").split())[:160]
    alone = own and okay and not deciders(by)
    if own and okay and not alone:
        raise OwnWithdrawal
    if alone and not is_fresh:
        raise FreshProofNeeded
    if not okay and not own and not why:
        raise ReasonMissing
    status = WithdrawalStatus.SENT if okay else WithdrawalStatus.CANCELLED if own else WithdrawalStatus.DECLINED
    rows = Withdrawal.objects.filter(pk=withdrawal.pk, status=WithdrawalStatus.ASKED)
    if not rows.update(status=status, decided_by=by, decided_at=now, reason=why, is_alone=alone):
        raise WrongState
    withdrawal.refresh_from_db()
    if okay:
        transfer(
            debit=withdrawal.account,
            credit=LedgerAccount.objects.of_kind(by.company, AccountKind.BANK_IN_TRANSIT),
            amount=withdrawal.money,
            code=TransferCode.WITHDRAWAL,
            subject=withdrawal,
            booked_at=now,
            value_date=by.company.day_of(now),
            text=str(withdrawal),
            only_available=True,
        )
    _tell(withdrawal, by, why, now)
    return withdrawal


def _tell(withdrawal: Withdrawal, by: Membership, why: str, now: datetime) -> None:
    changes = {"amount": withdrawal.amount, "currency": withdrawal.currency, "reason": why}
    if withdrawal.is_alone:
        changes["alone"] = "no_one_else_eligible"
    event = record(
        company=by.company, verb=f"withdrawal.{withdrawal.status}", subject=withdrawal, by=by, changes=changes, now=now
    )
    if is_news(event):
        notify(event=event, memberships=[withdrawal.by])
