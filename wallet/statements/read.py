"""Tell the form of a bank statement by its content and read it."""

from __future__ import annotations

from wallet.statements import camt, swift
from wallet.statements.parsed import ParsedStatement, StatementUnreadable

MAX_LINES = 50_000


def read(data: bytes, *, max_lines: int = MAX_LINES, must_add_up: bool = True) -> list[ParsedStatement]:
    """Return the statements of a file, each checked: opening balance plus lines is the closing balance.

    The name of the file says nothing, its content decides. Without `must_add_up` the balances are the caller's to look at.
    Raises StatementUnreadable.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise StatementUnreadable("empty")
    if camt.looks_like_xml(data):
        found = camt.read(data, max_lines=max_lines)
    else:
        found = swift.read(data, max_lines=max_lines)
    if not found:
        raise StatementUnreadable("no_statement")
    for statement in found if must_add_up else ():
        statement.check()
    return found
