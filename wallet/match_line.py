"""Book an incoming line of a bank statement as a top-up of a wallet."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import BankLine, LedgerAccount, LineStatus, TopUp, TopUpStatus
from wallet.move_money import WalletClosed
from wallet.top_up import receive_top_up

# By hand, a line may also be matched after it was ignored, or though an earlier one looks like it.
FROM = (LineStatus.NEW, LineStatus.WAITING, LineStatus.IGNORED)


@transaction.atomic
def match_line(
    *, line: BankLine, account: LedgerAccount, by: Membership | None, now: datetime, how: str = "hand"
) -> BankLine:
    """Credit a wallet with a line, once: whoever comes second gets WrongState and moves nothing.

    `by` is nobody when it was matched by itself; `how` says by what. Raises WrongState, WalletClosed, OtherCurrency.
    """
    assert line.company_id == account.company_id, "a wallet of the line's company"
    if account.archived_at:
        raise WalletClosed
    # The line's row is locked first and stays so to the end: the second of two matches waits here, and then finds it done.
    locked = (
        BankLine.objects.select_for_update(no_key=True).filter(pk=line.pk, status__in=FROM, direction="credit").first()
    )
    if locked is None:
        raise WrongState
    top_up = receive_top_up(
        account=account,
        bank_line=f"line-{locked.line_key}",
        amount=locked.money,
        value_date=locked.value_date,
        payer=locked.counterparty or locked.text[:140],
        by=by,
        now=now,
    )
    _finish(locked, top_up, by, now, how)
    changes = {"amount": locked.amount, "currency": locked.currency, "matched_by": how, "wallet": str(account)}
    record(company=line.company, verb="bank_line.matched", subject=top_up, by=by, changes=changes, now=now)
    line.refresh_from_db()
    return line


def _finish(line: BankLine, top_up: TopUp, by: Membership | None, now: datetime, how: str) -> None:
    assert top_up.status == TopUpStatus.RECEIVED, "a line is matched to money that arrived"
    done = BankLine.objects.filter(pk=line.pk, status__in=FROM).update(
        status=LineStatus.MATCHED, top_up=top_up, how=how, decided_by=by, decided_at=now, reason=""
    )
    # On a database without row locks this is where the second of two loses; its top-up is the first one's by its bank line.
    if not done:
        raise WrongState
