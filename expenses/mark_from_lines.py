"""Mark payouts by the lines of the wallet's bank statements: money that left under a payout's reference arrived."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, Subquery

from expenses.mark_payout import mark_payout
from expenses.models import Payout, PayoutStatus
from pleo.lib.errors import WrongState
from wallet.models import BankLine

PIECE = 500


def mark_from_lines(*, now: datetime) -> int:
    """Mark every payout on its way that a debit line names with its reference, its amount and its currency; returns how many.

    A line that reverses says that the money came back: the payout failed. Lines that name nothing of ours are left alone.
    """
    named = BankLine.objects.filter(
        company=OuterRef("company"), direction="debit", end_to_end_id=OuterRef("end_to_end_id"),
        amount=OuterRef("amount"), currency=OuterRef("currency"),
    ).order_by("-booked_on", "-id")  # fmt: skip
    waiting = Payout.objects.filter(status=PayoutStatus.SENT).annotate(line=Subquery(named.values("pk")[:1]))
    marked = 0
    for payout in waiting.exclude(line=None).order_by("pk")[:PIECE]:
        line = BankLine.objects.get(pk=payout.line)
        outcome = PayoutStatus.FAILED if line.is_reversal else PayoutStatus.PAID
        code = "RETURNED" if line.is_reversal else ""
        try:
            marked += mark_payout(payout=payout, outcome=outcome, code=code, day=line.booked_on, now=now)
        except WrongState:
            # Somebody cancelled its run a moment ago; the line stays for a person to look at.
            continue
    return marked
