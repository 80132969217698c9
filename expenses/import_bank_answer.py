"""Mark payouts by what the bank says: its answer to a payment file, or a statement. The same file twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership
from expenses.errors import NotYours
from expenses.mark_payout import mark_payout
from expenses.models import Payout, PayoutStatus, ReimbursementRun
from expenses.read_status_report import Answer, NotAReport, read_status_report
from pleo.lib.errors import WrongState
from wallet.statements.parsed import DEBIT, StatementUnreadable
from wallet.statements.read import read as read_statements

# Stands for the message where a statement speaks: it answers no message of ours.
STATEMENT = "statement"


@dataclass
class Told:
    """What an answer did: payouts marked as paid and as refused, unchanged ones, and references that nobody knows."""

    paid: int = 0
    failed: int = 0
    unchanged: int = 0
    unknown: int = 0


def import_bank_answer(*, content: bytes, by: Membership, now: datetime) -> Told:
    """Read a pain.002, camt.053, camt.054 or MT940 and mark each payout in a transaction of its own.

    Raises NotYours, NotAReport.
    """
    if not by.can("reimbursements.prepare"):
        raise NotYours
    told = Told()
    for answer in _answers(content):
        payouts = _meant(answer, by)
        if not payouts and answer.message_id != STATEMENT:
            told.unknown += 1
        for payout in payouts:
            _mark(payout, answer, by, now, told)
    return told


def _answers(content: bytes) -> list[Answer]:
    """Read a report, or a statement: money that left for a reference arrived, money that came back with it was refused.

    A statement is full of lines that are nobody's payout; they are no unknown answers.
    """
    if b"CstmrPmtStsRpt" in content:
        return read_status_report(content)
    try:
        statements = read_statements(content, must_add_up=False)
    except StatementUnreadable:
        raise NotAReport from None
    found = []
    for line in (line for statement in statements for line in statement.lines):
        if line.end_to_end_id:
            left = line.direction == DEBIT and not line.is_reversal
            status = "ACSC" if left else "RJCT"
            found.append(
                Answer(
                    STATEMENT, line.end_to_end_id[:35], status, "" if left else "RETURNED", line.booked_on, line.amount
                )
            )
    return found


def _meant(answer: Answer, by: Membership) -> list[Payout]:
    """Return the payouts an answer is about: the one it names, or all of a message that are still on their way."""
    mine = Payout.objects.for_company(by.company)
    if answer.end_to_end_id:
        rows = mine.filter(end_to_end_id=answer.end_to_end_id)
        return list(
            rows.filter(amount=answer.amount.amount, currency=answer.amount.currency) if answer.amount else rows
        )
    runs = [run.pk for run in ReimbursementRun.objects.for_company(by.company) if run.message_id == answer.message_id]
    return list(mine.filter(run__in=runs, status=PayoutStatus.SENT))


def _mark(payout: Payout, answer: Answer, by: Membership, now: datetime, told: Told) -> None:
    if not answer.outcome:
        told.unchanged += 1
        return
    try:
        changed = mark_payout(
            payout=payout, outcome=answer.outcome, by=by, code=answer.code, day=answer.booked_on, now=now
        )
    except WrongState:
        changed = False
    told.unchanged += not changed
    told.paid += changed and answer.outcome == PayoutStatus.PAID
    told.failed += changed and answer.outcome == PayoutStatus.FAILED
