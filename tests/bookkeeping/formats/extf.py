"""A checker of DATEV posting batches that knows nothing of our writer: the rules of the format, and DATEV's field table where it is.

The table (type, length, decimals, required per column) lies outside the project; without it only the written rules are checked.
"""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "datev" / "field-table-9-13.json"
HEADER_QUOTED = {1, 4, 8, 9, 10, 17, 18, 22, 24, 27, 30, 31}


def fields() -> list[dict[str, Any]]:
    return json.loads(TABLE.read_text())["Buchungsstapel"]["13"]["Field"]


def header_fields() -> list[dict[str, Any]]:
    return json.loads(TABLE.read_text())["Metadaten"]["Buchungsstapel"]["Field"]


def cells(line: str) -> list[str]:
    """Cells as they stand in the file, quotes kept: whether a text is quoted is one of the rules."""
    found, cell, inside = [], "", False
    for sign in line:
        if sign == '"':
            inside = not inside
        if sign == ";" and not inside:
            found.append(cell)
            cell = ""
        else:
            cell += sign
    return [*found, cell]


def bare(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def faults(data: bytes) -> list[str]:
    """Everything that is wrong with a posting batch, in words; empty when it may be imported."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return ["not Windows-1252"]
    if data.startswith(b"\xef\xbb\xbf") or any(mark in text for mark in ("Ã¼", "Ã¶", "Ã¤")):
        return ["UTF-8, not Windows-1252"]
    if not text.endswith("\r\n") or re.search(r"(?<!\r)\n|\r(?!\n)", text):
        return ["lines do not end in CRLF"]
    lines = text.removesuffix("\r\n").split("\r\n")
    found = list(_header(lines[0])) + list(_headings(lines[1]))
    if len(lines) - 2 > 99_999:
        found.append("more than 99,999 bookings")
    if len(lines) < 3:
        found.append("no bookings")
    head = [bare(cell) for cell in cells(lines[0])]
    for number, line in enumerate(lines[2:], 3):
        found += [f"line {number}: {fault}" for fault in _booking(line, head)]
    return found


def _header(line: str) -> Any:
    row = cells(line)
    if len(line) > 1000 or len(row) != 31:
        yield "header: not 31 fields in 1000 characters"
        return
    plain = [bare(cell) for cell in row]
    for place in HEADER_QUOTED:
        if row[place - 1] and not re.fullmatch(r'"([^"]|"")*"', row[place - 1]):
            yield f"header {place}: a text without quotes"
    wanted = {1: "EXTF", 2: "700", 3: "21", 4: "Buchungsstapel", 5: "13"}
    for place, value in wanted.items():
        if plain[place - 1] != value:
            yield f"header {place}: not {value}"
    shapes = {
        6: r"\d{17}",
        11: r"\d{4,7}",
        12: r"\d{1,5}",
        13: r"\d{8}",
        14: "[4-8]",
        15: r"\d{8}",
        16: r"\d{8}",
        21: "[01]",
    }
    for place, shape in shapes.items():
        if not re.fullmatch(shape, plain[place - 1]):
            yield f"header {place}: {plain[place - 1]!r}"
    if len(plain[16]) > 30 or len(plain[21]) != 3 or plain[26] not in ("", "03", "04") or len(plain[8]) > 25:
        yield "header: a text too long or unknown"
    if not 1001 <= int(plain[10] or 0) <= 9_999_999 or not 1 <= int(plain[11] or 0) <= 99_999:
        yield "header: consultant or client out of range"
    start, first, last = (date.fromisoformat(plain[place]) for place in (12, 14, 15))
    if not start <= first <= last or first.year != last.year or (last - start).days > 366:
        yield "header: the period leaves its year"
    if TABLE.exists():
        for place, (value, field) in enumerate(zip(plain, header_fields(), strict=True), 1):
            if field["Necessary"] and not value:
                yield f"header {place}: empty"
            if field["Length"] and len(value) > int(field["Length"]):
                yield f"header {place}: too long"


def _headings(line: str) -> Any:
    if TABLE.exists():
        names = (TABLE.parent / "columns-v13.txt").read_text().splitlines()
        if [name.split("\t")[1] for name in names if name.strip()] != line.split(";"):
            yield "headings differ"
    elif len(line.split(";")) != 125:
        yield "not 125 headings"


def _booking(line: str, head: list[str]) -> Any:
    row = cells(line)
    if len(row) != 125:
        yield f"{len(row)} fields"
        return
    for place, cell in enumerate(row, 1):
        if '"' in cell and not re.fullmatch(r'"([^"]|"")*"', cell):
            yield f"field {place}: a stray quote"
    plain = [bare(cell) for cell in row]
    yield from _rules(plain, row, head)
    if TABLE.exists():
        for place, (value, cell, field) in enumerate(zip(plain, row, fields(), strict=True), 1):
            yield from (f"field {place} ({field['Label']}): {fault}" for fault in _typed(value, cell, field))


def _rules(plain: list[str], row: list[str], head: list[str]) -> Any:
    amount, side, currency, _, base, base_currency, account, contra, key, day = plain[:10]
    if not re.fullmatch(r"\d{1,10},\d{2}", amount) or not amount.replace(",", "").strip("0"):
        yield f"amount {amount!r}"
    if side not in ("S", "H"):
        yield f"side {side!r}"
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        yield f"currency {currency!r}"
    if bool(base) != bool(base_currency):
        yield "base amount and base currency: both or neither"
    for number in (account, contra):
        if not re.fullmatch(r"\d{1,9}", number) or len(number) > int(head[13]) + 1:
            yield f"account {number!r}"
    if key and not re.fullmatch(r"\d{1,4}", key):
        yield f"tax key {key!r}"
    if not re.fullmatch(r"\d{4}", day):
        yield f"day {day!r}"
    else:
        try:
            booked = date(int(head[14][:4]), int(day[2:]), int(day[:2]))
        except ValueError:
            yield f"day {day!r}"
        else:
            if not date.fromisoformat(head[14]) <= booked <= date.fromisoformat(head[15]):
                yield "day outside the batch"
    if not re.fullmatch(r"[A-Za-z0-9$&%*+\-/]{0,36}", plain[10]):
        yield f"document field {plain[10]!r}"
    if len(plain[13]) > 60:
        yield "text of more than 60 characters"
    if plain[19] and not re.fullmatch(r'BEDI "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', plain[19]):
        yield f"link {plain[19]!r}"
    if plain[113] not in ("0", "1"):
        yield "lock"


def _typed(value: str, cell: str, field: dict[str, Any]) -> Any:
    kind, length, decimals = field["FormatType"], int(field["Length"]), int(field["DecimalPlaces"])
    if field["Necessary"] == "1" and not value:
        yield "empty"
    if not value:
        return
    if kind == "Text":
        if len(value) > length:
            yield f"longer than {length}"
        if cell[0] != '"':
            yield "a text without quotes"
    elif kind in ("Betrag", "Zahl"):
        shape = rf"\d{{1,{length}}}" + (rf"(,\d{{1,{decimals}}})?" if decimals else "")
        if not re.fullmatch(shape, value):
            yield f"not a number of {length},{decimals}: {value!r}"
    elif kind in ("Konto", "Datum") and (not value.isdigit() or len(value) > length):
        yield f"not digits: {value!r}"


def bookings(data: bytes) -> list[dict[str, str]]:
    """Bookings by heading, as any reader of separated files sees them."""
    lines = data.decode("cp1252").split("\r\n", 1)[1]
    return list(csv.DictReader(io.StringIO(lines, newline=""), delimiter=";"))
