"""A chart of accounts as other programs write it: SIE (Sweden) and DATEV's account names (Germany), as a table of texts.

SIE: `#KONTO number "name"`, `#KTYP number T|S|K|I`, code page 437 (sie.se, file format 4B); `#SRU` is a code for tax returns that the books
here do not use. DATEV: EXTF 700, category 20 (Kontenbeschriftungen), Windows-1252, the length of account numbers in its header.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping

from expenses.models import AccountType
from expenses.read_table import MOST_BYTES, MOST_ROWS, Table, TableUnreadable

HEADER = ["number", "name", "type"]
KINDS = {"T": AccountType.ASSET, "S": AccountType.LIABILITY, "K": AccountType.EXPENSE, "I": AccountType.INCOME}
# What the first digit of an account says where the file says nothing: the Swedish BAS, and DATEV's charts 03 and 04.
BAS = {"1": "asset", "2": "liability", "3": "income"}
SKR = {
    "03": {"0": "asset", "1": "asset", "8": "income", "9": "equity"},
    "04": {"0": "asset", "1": "asset", "2": "equity", "3": "liability", "4": "income", "9": "equity"},
}
# In SKR 03 liabilities stand among class 1.
OWED_03 = re.compile(r"1[67]")
_FIELD = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')
_ACCOUNT_NAMES = "20"


def read_chart(data: bytes, *, types: Mapping[str, str]) -> Table | None:
    """Return the accounts of a SIE or DATEV file; None for a file of any other kind. Raises TableUnreadable.

    `types` are the kinds of accounts known here by number: they stand unless the file itself says otherwise.
    """
    head = data[:200].removeprefix(codecs.BOM_UTF8).lstrip()
    if head.upper().startswith((b"#FLAGGA", b"#PROGRAM", b"#FORMAT", b"#SIETYP", b"#KONTO")):
        read, encoding, separator = _sie, "cp437", " "
    elif head.startswith((b'"EXTF"', b'"DTVF"')):
        read, encoding, separator = _datev, "cp1252", ";"
    else:
        return None
    if len(data) > MOST_BYTES:
        raise TableUnreadable(why="too_large")
    if data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    text = data.decode(encoding, "replace")
    if "\x00" in text:
        raise TableUnreadable(why="not_text")
    rows = list(read(text, types))
    if not rows:
        raise TableUnreadable(why="empty")
    if len(rows) > MOST_ROWS:
        raise TableUnreadable(why="too_many")
    return Table(list(HEADER), rows, encoding, separator)


def _fields(line: str) -> list[str]:
    """Return the fields of a line: parted by spaces and tabs, texts in quotes, a quote inside with a backslash."""
    return [re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2] for found in _FIELD.finditer(line)]


def _sie(text: str, types: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    names: dict[str, tuple[int, str]] = {}
    said: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        tag, *fields = _fields(line) or [""]
        if tag.upper() == "#KONTO" and fields:
            names[fields[0]] = (number, fields[1] if len(fields) > 1 else "")
        elif tag.upper() == "#KTYP" and len(fields) > 1:
            said[fields[0]] = fields[1].upper()
    for account, (number, name) in names.items():
        known = KINDS.get(said.get(account, ""))
        yield number, [account, name, known or types.get(account) or BAS.get(account[:1], "expense")]


def _datev(text: str, types: Mapping[str, str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    try:
        header = next(reader)
        if len(header) < 14 or header[2] != _ACCOUNT_NAMES:
            raise TableUnreadable(why="not_text")
        next(reader, None)
        digits = int(header[13]) if header[13].isdecimal() else 4
        classes = SKR.get(header[26] if len(header) > 26 else "", SKR["03"])
        for cells in reader:
            number = cells[0].strip() if cells else ""
            # People's accounts have a digit more; they are no accounts of the chart.
            if not number or len(number) > digits:
                continue
            number = number.zfill(digits)
            name = (cells[1] if len(cells) > 1 else "") or (cells[3] if len(cells) > 3 else "")
            owed = "liability" if classes is SKR["03"] and OWED_03.match(number) else ""
            yield reader.line_num, [number, name, types.get(number) or owed or classes.get(number[0], "expense")]
    except csv.Error:
        raise TableUnreadable(why="not_text") from None
