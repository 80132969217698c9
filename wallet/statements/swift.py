"""Read MT940, the older form of SWIFT, through a library that knows the dialects of many banks."""

from __future__ import annotations

import logging
import re
from datetime import date
from decimal import Decimal
from typing import Any

import mt940

from pleo.lib.money import MAX_AMOUNT, Money, is_currency
from pleo.lib.text import printable
from wallet.statements.parsed import CREDIT, DEBIT, ParsedLine, ParsedStatement, StatementUnreadable

FORM = "mt940"
# It writes every field that it cannot read to the log, and bank statements are nobody's business there.
logging.getLogger("mt940").setLevel(logging.CRITICAL)
_START = re.compile(r"(?m)^(?=:20:)")
_OPENING, _CLOSING = re.compile(r"(?m)^:60[FM]:"), re.compile(r"(?m)^:62[FM]:")
_LINE = re.compile(r"(?m)^:61:")
# A statement of a day is a few kilobytes; one field that is longer than this was made to keep a regular expression busy.
LONGEST_FIELD = 4_000


def read(data: bytes, *, max_lines: int) -> list[ParsedStatement]:
    """Return the statements of a file, each page of a long one by itself. Raises StatementUnreadable."""
    text = _decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if not re.search(r"(?m)^:20:", text) or not _OPENING.search(text):
        raise StatementUnreadable("unknown_format")
    if len(_LINE.findall(text)) > max_lines:
        raise StatementUnreadable("too_many_lines", limit=max_lines)
    if any(len(field) > LONGEST_FIELD for field in re.split(r"(?m)^:[0-9]{2}[A-Z]?:", text)[1:]):
        raise StatementUnreadable("broken")
    return [_statement(page) for page in _START.split(text)[1:]]


def _decode(data: bytes) -> str:
    """MT940 says nowhere how it is written: Unicode when it is valid, else what Windows programs write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _statement(page: str) -> ParsedStatement:
    if not _OPENING.search(page) or not _CLOSING.search(page):
        raise StatementUnreadable("broken")
    try:
        rows = mt940.parse(page, options=mt940.Options.all())
        facts = rows.data
        lines = [_line(row.data, number) for number, row in enumerate(rows, 1) if row.data.get("amount") is not None]
    except StatementUnreadable:
        raise
    except Exception:  # noqa: BLE001 - the library fails in as many ways as banks deviate; each means that it was not read
        raise StatementUnreadable("broken") from None
    if len(lines) != len(_LINE.findall(page)):
        raise StatementUnreadable("broken")
    opening, closing = _balance(facts, "opening"), _balance(facts, "closing")
    if opening is None or closing is None:
        raise StatementUnreadable("broken")
    days = [line.booked_on for line in lines]
    return ParsedStatement(
        form=FORM,
        name=f"{_clean(facts.get('transaction_reference'), 35)} {_clean(facts.get('statement_number'), 10)}".strip(),
        account=re.sub(r"\s", "", _clean(facts.get("account_identification"), 34)),
        currency=opening.currency,
        opening=opening,
        closing=closing,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        lines=tuple(lines),
    )


def _balance(facts: dict[str, Any], which: str) -> Money | None:
    found = facts.get(f"final_{which}_balance") or facts.get(f"intermediate_{which}_balance")
    return _money(found.amount.amount, found.amount.currency, 0) if found is not None else None


def _line(facts: dict[str, Any], number: int) -> ParsedLine:
    signed = _money(facts["amount"].amount, facts["amount"].currency or facts.get("currency"), number)
    value = _day(facts.get("date"))
    if value is None:
        raise StatementUnreadable("incomplete", line=number)
    texts = [facts.get(name) for name in ("purpose", "additional_purpose", "transaction_details", "extra_details")]
    end_to_end = _clean(facts.get("end_to_end_reference"), 35)
    customer = _clean(facts.get("customer_reference"), 35)
    return ParsedLine(
        direction=CREDIT if signed.amount >= 0 else DEBIT,
        amount=abs(signed),
        booked_on=_day(facts.get("entry_date")) or value,
        value_date=value,
        text=_clean(" ".join(str(text) for text in texts if text), 500),
        end_to_end_id=end_to_end or ("" if customer in ("NONREF", "N") else customer),
        bank_reference=_clean(facts.get("bank_reference"), 35),
        counterparty=_clean(facts.get("applicant_name") or facts.get("recipient_name"), 140),
        counterparty_account=_clean(facts.get("gvc_applicant_iban") or facts.get("applicant_bin"), 34),
        is_reversal=str(facts.get("status", "")).startswith("R"),
    )


def _money(amount: Decimal, currency: Any, number: int) -> Money:
    code = str(currency or "").upper()
    if not is_currency(code):
        raise StatementUnreadable("amount", line=number)
    try:
        money = Money.of(amount, code)
    except ValueError:
        raise StatementUnreadable("amount", line=number) from None
    if abs(money.amount) > MAX_AMOUNT:
        raise StatementUnreadable("amount", line=number)
    return money


def _day(value: Any) -> date | None:
    return date(value.year, value.month, value.day) if value else None


def _clean(text: Any, limit: int) -> str:
    return printable(" ".join(str(text or "").split()), limit)
