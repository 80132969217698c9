"""Read a stored bank statement into lines: the worker's part of an import."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts.numbering import next_number
from events.models import Actor
from events.record import record
from pleo.lib import files
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.search import search_text
from pleo.lib.storage_down import StorageDown
from wallet.line_keys import line_keys
from wallet.match_new import match_new
from wallet.models import BankLine, BankStatement, LineStatus
from wallet.reference import codes_in
from wallet.signals import debit_lines_read
from wallet.statements import ParsedLine, ParsedStatement, StatementUnreadable
from wallet.statements.bounded import read_bounded

# Two bookings of one payment may stand a day apart in two forms of statement.
NEARBY = timedelta(days=1)


def read_statement(*, statement_id: UUID, now: datetime) -> BankStatement | None:
    """Read the file of a statement, write its lines, and match those that came in. None when another worker has it.

    A file that cannot be trusted fails with its reason, and nothing of it is kept but the file. Lines are written in one
    transaction with the statement's end; each match is one of its own, so that a worker may die anywhere.
    """
    statement = BankStatement.claim(statement_id, now=now)
    if statement is None:
        return None
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "statement"
            files.fetch(statement.key, path)
            found = read_bounded(path)
    except StatementUnreadable as error:
        params = {name: value for name, value in error.params.items() if name != "reason"}
        statement.give_up(error.reason, **params)
        return statement
    except StorageDown:
        statement.postpone("storage_down", now=now)
        return statement
    with statement.finishing():
        _write(statement, found, now)
    match_new(company=statement.company, now=now)
    return statement


def _write(statement: BankStatement, found: list[ParsedStatement], now: datetime) -> None:
    company = statement.company
    # Statements of a company are written one after another: two that overlap must see each other's lines.
    next_number(company=company, range="bank_line_writer")
    statement.parts = [_part(each) for each in found]
    rows = _rows(statement, found)
    _mark_known(statement, rows)
    BankLine.objects.bulk_create(rows, batch_size=500)
    days = [row.booked_on for row in rows]
    statement.line_count = len(rows)
    statement.first_day, statement.last_day = min(days, default=None), max(days, default=None)
    statement.search_text = search_text(
        statement.file_name, str(statement), *(f"{each.account} {each.name}" for each in found[:50])
    )
    statement.save(update_fields=["parts", "line_count", "first_day", "last_day", "search_text"])
    record(
        company=company, verb="bank_statement.read", subject=statement, actor=Actor.SYSTEM, now=now,
        changes={"lines": len(rows)},
    )  # fmt: skip
    if any(row.status == LineStatus.OUTGOING for row in rows):
        debit_lines_read.send(sender=BankStatement, statement=statement)


def _part(each: ParsedStatement) -> dict[str, Any]:
    return {
        "form": each.form, "name": each.name, "account": each.account, "currency": each.currency,
        "opening": _minor(each.opening), "closing": _minor(each.closing), "lines": len(each.lines),
        "first_day": each.first_day.isoformat() if each.first_day else None,
        "last_day": each.last_day.isoformat() if each.last_day else None, "verified": each.is_verified,
    }  # fmt: skip


def _minor(money: Money | None) -> list[Any] | None:
    return None if money is None else [money.amount, money.currency]


def _rows(statement: BankStatement, found: list[ParsedStatement]) -> list[BankLine]:
    keys = line_keys(found)
    return [
        _row(statement, part, position, line, keys[part][position])
        for part, each in enumerate(found)
        for position, line in enumerate(each.lines)
    ]


def _row(statement: BankStatement, part: int, position: int, line: ParsedLine, key: str) -> BankLine:
    # A line of nothing has nothing to be matched: some banks put texts to the customer between the bookings.
    status = LineStatus.NEW if line.direction == "credit" and line.amount else LineStatus.OUTGOING
    return BankLine(
        id=uuid7(), company_id=statement.company_id, statement=statement, part=part, position=position, line_key=key,
        direction=line.direction, amount=line.amount.amount, currency=line.amount.currency, booked_on=line.booked_on,
        value_date=line.value_date, text=line.text, reference=line.reference, end_to_end_id=line.end_to_end_id,
        bank_reference=line.bank_reference, counterparty=line.counterparty, is_reversal=line.is_reversal,
        counterparty_account=line.counterparty_account, status=status,
        search_text=search_text(line.counterparty, line.text, line.reference, line.end_to_end_id, line.bank_reference),
    )  # fmt: skip


def _mark_known(statement: BankStatement, rows: list[BankLine]) -> None:
    """Mark lines that an earlier statement held, and note those that one may have held in another form."""
    lines = BankLine.objects.filter(company_id=statement.company_id).exclude(statement=statement)
    keys, known = [row.line_key for row in rows], set[str]()
    for start in range(0, len(keys), 500):
        live = lines.filter(line_key__in=keys[start : start + 500]).exclude(status=LineStatus.REPEATED)
        known |= set(live.values_list("line_key", flat=True))
    for row in rows:
        if row.line_key in known:
            row.status = LineStatus.REPEATED
    fresh, here = [row for row in rows if row.status == LineStatus.NEW], set(keys)
    if not fresh:
        return
    first, last = min(row.booked_on for row in fresh) - NEARBY, max(row.booked_on for row in fresh) + NEARBY
    near = lines.filter(direction="credit", booked_on__gte=first, booked_on__lte=last)
    others: dict[tuple[int, str], list[BankLine]] = {}
    for other in near.exclude(status=LineStatus.REPEATED).select_related("statement"):
        if other.line_key not in here:
            others.setdefault((other.amount, other.currency), []).append(other)
    for row in fresh:
        row.looks_like = next(
            (other for other in others.get((row.amount, row.currency), ()) if _alike(row, other)), None
        )


def _alike(row: BankLine, other: BankLine) -> bool:
    """Say whether two lines of one amount may be one payment in two forms of message: near in time, no other code of ours.

    Within one form the bank tells its lines apart the same way each time, and the keys have settled it.
    """
    if abs(row.booked_on - other.booked_on) > NEARBY or _form(row) == _form(other):
        return False
    mine, theirs = (codes_in(each.reference, each.text, each.end_to_end_id) for each in (row, other))
    return not (mine and theirs) or mine == theirs


def _form(row: BankLine) -> str:
    """Return the kind of message, without its version."""
    return str(row.statement.parts[row.part]["form"])[:8]
