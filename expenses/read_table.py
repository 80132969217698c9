"""A file of rows as people send them: any of the usual encodings and separators, found out from the file itself."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext

from pleo.lib import format
from pleo.lib.csv import FORMULA_STARTS
from pleo.lib.errors import DomainError

MOST_ROWS, MOST_BYTES, MOST_COLUMNS, MOST_CHARACTERS = 10_000, 5_000_000, 60, 5_000
SEPARATORS = (",", ";", "\t")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class TableUnreadable(DomainError):
    """A file that is no table, or too much of one. `why`: empty, too_large, too_many, not_text."""

    code = "table_unreadable"
    field = "file"

    def message(self) -> str:
        return {
            "empty": gettext("The file has no rows."),
            "too_large": gettext("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1_000_000},
            "too_many": gettext("The file has more than %(most)s rows.") % {"most": format.count(MOST_ROWS)},
            "not_text": gettext("The file is no table of text. Save it as CSV."),
        }[self.params["why"]]


@dataclass(frozen=True)
class Table:
    """The header and the rows under it as texts, with the line of the file that each begins on, and how they were read."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    encoding: str
    separator: str


def read_table(data: bytes) -> Table:
    """Read a table separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Raises TableUnreadable."""
    if len(data) > MOST_BYTES:
        raise TableUnreadable(why="too_large")
    text, encoding = _decoded(data)
    if "\x00" in text:
        raise TableUnreadable(why="not_text")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(
        SEPARATORS, key=lambda sign: (len(next(csv.reader([first], delimiter=sign), [])), -SEPARATORS.index(sign))
    )
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(found) > MOST_ROWS:
                raise TableUnreadable(why="too_many")
            found.append((reader.line_num, [_plain(cell) for cell in cells[:MOST_COLUMNS]]))
    except csv.Error:
        raise TableUnreadable(why="not_text") from None
    if len(found) < 2:
        raise TableUnreadable(why="empty")
    return Table(found[0][1], found[1:], encoding, separator)


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                raise TableUnreadable(why="not_text") from None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def _plain(cell: str) -> str:
    """Return a cell as it was meant: without the apostrophe that an export puts before what a spreadsheet would run."""
    text = cell.strip()[:MOST_CHARACTERS]
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
