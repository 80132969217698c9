"""Rows of cells as lines of a separated file, for formats that are read by other systems' imports."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from bookkeeping.formats.encoding import Encoder


class _Line:
    def write(self, line: str) -> str:
        return line


class Table:
    """Writes lines with commas, CRLF, and quotes where they must be. Texts go through `text`, all other cells are ours."""

    def __init__(self, encoder: Encoder, separator: str = ",") -> None:
        self.encoder = encoder
        self._writer = csv.writer(_Line(), delimiter=separator, lineterminator="\r\n")

    def line(self, cells: Iterable[object]) -> bytes:
        return self.encoder.bytes(self._writer.writerow(cells))

    def text(self, text: str, voucher: int, *, most: int = 0) -> str:
        """Return a text of people as a cell that no spreadsheet runs."""
        return self.encoder.cell(text, voucher, most=most)
