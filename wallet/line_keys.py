"""What tells a line of a bank statement apart, in whichever statement and form the bank reports it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from wallet.statements import ParsedLine, ParsedStatement


def line_keys(statements: Sequence[ParsedStatement]) -> list[list[str]]:
    """Return the key of each line of each statement.

    The bank's own reference, the day, the direction and the amount make a key; only without a reference do the texts, which
    differ from form to form. Lines that are alike within a day are counted, so that two real payments of the same amount stay
    two, and the same two in an overlapping statement get the same two keys.
    """
    seen: Counter[str] = Counter()
    result = []
    for statement in statements:
        keys = []
        for line in statement.lines:
            facts = _facts(statement.account, line)
            seen[facts] += 1
            keys.append(hashlib.sha256(f"{facts}|{seen[facts]}".encode()).hexdigest())
        result.append(keys)
    return result


def _facts(account: str, line: ParsedLine) -> str:
    money = f"{line.booked_on}|{line.direction}|{line.amount.amount}|{line.amount.currency}|{line.part}"
    if line.bank_reference:
        # Without the account: banks write it as an IBAN in one form and as bank code and number in another.
        return f"ref|{line.bank_reference}|{money}"
    texts = [line.reference, line.end_to_end_id, line.counterparty_account, line.text]
    return "|".join(["text", _bare(account), money, *(_bare(text) for text in texts)])


def _bare(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
