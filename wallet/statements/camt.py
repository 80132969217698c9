"""Read camt.053 (statement) and camt.054 (credit and debit advice) of ISO 20022.

Versions differ in a few places only: a status and a party moved one level down between 02 and 08. Banks deviate from the schema
in small ways, so what is needed is looked for instead of validating the whole; the balances prove that nothing was missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from pleo.lib.money import MAX_AMOUNT, Money, is_currency
from pleo.lib.text import printable
from wallet.statements.parsed import CREDIT, DEBIT, ParsedLine, ParsedStatement, StatementUnreadable

VERSIONS = frozenset({"02", "03", "04", "05", "06", "07", "08"})
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[0-9]\.001)\.([0-9]{2})")
_PLACES = {"camt.053.001": ("BkToCstmrStmt", "Stmt"), "camt.054.001": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
# An opening balance by any of its codes, in order of preference; interim ones open and close the pages of a long statement.
OPENING, CLOSING, INTERIM = ("OPBD", "PRCD"), ("CLBD",), "ITBD"


def looks_like_xml(data: bytes) -> bool:
    """Say whether a file begins as XML does, in any encoding that XML allows without being told."""
    start = data[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith(b"<")


def read(data: bytes, *, max_lines: int) -> list[ParsedStatement]:
    """Return the statements of a camt message. Raises StatementUnreadable. Nothing is fetched, no entity is expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        # libxml2 refuses entities that blow up before it tells us that there is a document type.
        raise StatementUnreadable("doctype" if b"<!DOCTYPE" in data[:4096] else "broken") from None
    if root.getroottree().docinfo.doctype:
        raise StatementUnreadable("doctype")
    message, form = _form(root)
    holder, each = _PLACES[message]
    body = _child(root, holder)
    if body is None:
        raise StatementUnreadable("broken")
    found, left = [], max_lines
    for element in _children(body, each):
        statement = _statement(element, form, left, max_lines)
        left -= len(statement.lines)
        found.append(statement)
    return found


def _form(root: Any) -> tuple[str, str]:
    matched = _NAMESPACE.fullmatch(etree.QName(root).namespace or "")
    if matched is None:
        raise StatementUnreadable("unknown_format")
    message, version = matched.groups()
    if message not in _PLACES or version not in VERSIONS:
        raise StatementUnreadable("unknown_version", version=f"{message}.{version}")
    return message, f"{message}.{version}"


def _statement(element: Any, form: str, left: int, limit: int) -> ParsedStatement:
    balances = dict(_balances(element))
    opening = next((balances[code] for code in (*OPENING, f"first {INTERIM}") if code in balances), None)
    closing = next((balances[code] for code in (*CLOSING, f"last {INTERIM}") if code in balances), None)
    lines: list[ParsedLine] = []
    for number, entry in enumerate(_children(element, "Ntry"), 1):
        if _status(entry) in ("BOOK", ""):
            lines += _entry(entry, number)
        if len(lines) > left:
            raise StatementUnreadable("too_many_lines", limit=limit)
    days = [line.booked_on for line in lines]
    amounts = [opening, closing, *(line.amount for line in lines[:1])]
    known = next((money.currency for money in amounts if money is not None), "")
    return ParsedStatement(
        form=form,
        name=_text(element, "Id")[:70],
        account=printable(_text(element, "Acct/Id/IBAN") or _text(element, "Acct/Id/Othr/Id"), 34),
        currency=(_text(element, "Acct/Ccy") or known)[:3],
        opening=opening,
        closing=closing,
        first_day=_day(_text(element, "FrToDt/FrDtTm")) or min(days, default=None),
        last_day=_day(_text(element, "FrToDt/ToDtTm")) or max(days, default=None),
        lines=tuple(lines),
    )


def _balances(element: Any) -> Iterator[tuple[str, Money]]:
    interim = 0
    for balance in _children(element, "Bal"):
        code = _text(balance, "Tp/CdOrPrtry/Cd")
        money = _money(_child(balance, "Amt"), 0)
        money = -money if _text(balance, "CdtDbtInd") == "DBIT" else money
        if code == INTERIM:
            interim += 1
            yield ("first " if interim == 1 else "last ") + code, money
        else:
            yield code, money


def _status(entry: Any) -> str:
    return _text(entry, "Sts/Cd") or _text(entry, "Sts")


def _entry(entry: Any, number: int) -> list[ParsedLine]:
    """Return an entry as one line, or as the items of its batch when their amounts make up the entry's."""
    whole = _line(entry, entry, None, number)
    items = [item for details in _children(entry, "NtryDtls") for item in _children(details, "TxDtls")]
    if len(items) == 1:
        return [_line(entry, items[0], whole.amount, number)]
    if len(items) > 1 and all(_item_amount(item) is not None for item in items):
        lines = _itemised(entry, items, number)
        if all(line.amount.currency == whole.amount.currency for line in lines) and (
            sum(line.signed.amount for line in lines) == whole.signed.amount
        ):
            return lines
    return [whole]


def _itemised(entry: Any, items: list[Any], number: int) -> list[ParsedLine]:
    amounts = [_money(_item_amount(item), number) for item in items]
    return [
        _line(entry, item, amount, number, part)
        for part, (item, amount) in enumerate(zip(items, amounts, strict=True), 1)
    ]


def _item_amount(item: Any) -> Any:
    found = _child(item, "Amt")
    return found if found is not None else _find(item, "AmtDtls/TxAmt/Amt")


def _line(entry: Any, item: Any, amount: Money | None, number: int, part: int = 0) -> ParsedLine:
    mark = (_text(item, "CdtDbtInd") if part else "") or _text(entry, "CdtDbtInd")
    booked = _day(_text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm"))
    value = _day(_text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm"))
    day = booked or value
    if mark not in ("CRDT", "DBIT") or day is None:
        raise StatementUnreadable("incomplete", line=number)
    side = "Dbtr" if mark == "CRDT" else "Cdtr"
    parties = f"RltdPties/{side}"
    texts = [_words(each) for each in _all(item, "RmtInf/Ustrd")]
    texts += [_text(item, "AddtlTxInf"), _text(entry, "AddtlNtryInf") if not part else ""]
    end_to_end = _text(item, "Refs/EndToEndId")
    return ParsedLine(
        direction=CREDIT if mark == "CRDT" else DEBIT,
        amount=amount or _money(_child(entry, "Amt"), number),
        booked_on=day,
        value_date=value or day,
        text=printable(" ".join(text for text in texts if text), 500),
        reference=printable(_text(item, "RmtInf/Strd/CdtrRefInf/Ref"), 35),
        end_to_end_id="" if end_to_end == "NOTPROVIDED" else printable(end_to_end, 35),
        bank_reference=printable(_text(item, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef"), 35),
        counterparty=printable(_text(item, f"{parties}/Nm") or _text(item, f"{parties}/Pty/Nm"), 140),
        counterparty_account=printable(
            _text(item, f"{parties}Acct/Id/IBAN") or _text(item, f"{parties}Acct/Id/Othr/Id"), 34
        ),
        part=part,
        is_reversal=_text(entry, "RvslInd").lower() in ("true", "1") or _child(item, "RtrInf") is not None,
    )


def _money(element: Any, number: int) -> Money:
    if element is None:
        raise StatementUnreadable("incomplete", line=number)
    currency, text = str(element.get("Ccy") or "").upper(), _words(element)
    if not is_currency(currency) or not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{0,5})?", text):
        raise StatementUnreadable("amount", line=number)
    try:
        money = Money.of(Decimal(text), currency)
    except (ValueError, InvalidOperation):
        raise StatementUnreadable("amount", line=number) from None
    if money.amount > MAX_AMOUNT:
        raise StatementUnreadable("amount", line=number)
    return money


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _child(element: Any, name: str) -> Any:
    return element.find(f"{{*}}{name}")


def _children(element: Any, name: str) -> Any:
    return element.iterfind(f"{{*}}{name}")


def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def _find(element: Any, path: str) -> Any:
    return element.find(_path(path))


def _all(element: Any, path: str) -> Any:
    return element.iterfind(_path(path))


def _text(element: Any, path: str) -> str:
    found = element.find(_path(path))
    return "" if found is None else _words(found)


def _words(element: Any) -> str:
    return " ".join((element.text or "").split())
