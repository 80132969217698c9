"""Pay people out of the company's wallet: the money leaves with the release, arrives or comes back with the bank's answer.

Each step is one transfer of its payout and code, which the ledger takes once (`transfer_subject_once`), in the transaction of
the step itself: whatever is repeated, raced or cut off, a payout leaves the wallet once and comes back at most once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from expenses.models import Payout, PayoutStatus, ReimbursementRun
from wallet.models import AccountKind, LedgerAccount, TransferCode
from wallet.transfer import transfer


def send(run: ReimbursementRun, payouts: Sequence[Payout], *, now: datetime) -> None:
    """Take every payout of a run out of the wallet, in the caller's transaction, or none.

    Only what is available: reserved money is nobody's to pay out. Raises TooLittleAvailable.
    """
    assert transaction.get_connection().in_atomic_block, "the release and its money are one"
    wallet = LedgerAccount.objects.wallet_of(run.company)
    credit = LedgerAccount.objects.of_kind(run.company, AccountKind.REIMBURSEMENTS)
    for payout in payouts:
        transfer(
            debit=wallet, credit=credit, amount=payout.money, code=TransferCode.PAYOUT, subject=payout, booked_at=now,
            value_date=run.company.day_of(now), text=payout.text, only_available=True,
        )  # fmt: skip


def follow(payout: Payout, outcome: str, *, was_paid: bool, now: datetime, day: date) -> None:
    """Book what the bank said of a payout, in the caller's transaction, which holds its lock."""
    company, of_kind = payout.company, LedgerAccount.objects.of_kind
    waiting, bank = of_kind(company, AccountKind.REIMBURSEMENTS), of_kind(company, AccountKind.BANK_IN_TRANSIT)
    wallet = LedgerAccount.objects.wallet_of(company)
    if outcome == PayoutStatus.PAID:
        code, debit, credit = TransferCode.PAYOUT_SENT, waiting, bank
    elif was_paid:
        code, debit, credit = TransferCode.PAYOUT_RETURNED, bank, wallet
    else:
        code, debit, credit = TransferCode.PAYOUT_REFUSED, waiting, wallet
    transfer(
        debit=debit, credit=credit, amount=payout.money, code=code, subject=payout, booked_at=now, value_date=day,
        text=payout.text,
    )  # fmt: skip
