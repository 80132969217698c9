"""Lists as CSV files, streamed, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from pleo.lib import format

# A spreadsheet runs a cell that begins with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file for the csv writer that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def defused(value: Any) -> str:
    """Return a cell's text with an apostrophe before anything a spreadsheet would run. Plain numbers stay numbers."""
    text = "" if value is None else str(value)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    return text[0] == "-" and text[1:].replace(".", "", 1).isascii() and text[1:].replace(".", "", 1).isdigit()


def lines(header: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file (commas, quotes where needed, CRLF) that begins with a byte order mark for Excel."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([defused(cell) for cell in header])
    for row in rows:
        yield writer.writerow([defused(cell) for cell in row])


def as_asked(rows: Iterator[str], language: str, region: str, zone: Any) -> Iterator[str]:
    """Make each line in the language, region and zone of the request, which are put away before a file streams.

    Line by line: a server may take them one after another from different threads.
    """
    while True:
        with translation.override(language), format.region(region), timezone.override(zone):
            line = next(rows, None)
        if line is None:
            return
        yield line


def csv_response(filename: str, header: Iterable[Any], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Answer with a download that never stands in memory whole. `filename` is ASCII and ours, never a person's text."""
    spoken = (translation.get_language() or "en", format.active_region.get(), timezone.get_current_timezone())
    response = StreamingHttpResponse(as_asked(lines(header, rows), *spoken), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response
