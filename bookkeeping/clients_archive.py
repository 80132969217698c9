"""One ZIP of a run over several companies: a folder for each, and a list of what became of every one."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.core.files.storage import default_storage

from bookkeeping.files import PIECE, info_of
from bookkeeping.formats.document import Taken
from bookkeeping.models import ClientPart, ClientRun
from pleo.lib.csv import defused


def archive(run: ClientRun, parts: list[ClientPart]) -> Iterator[bytes]:
    """Yield the ZIP piece by piece. The stored files as they are, not compressed: the same run gives the same bytes.

    A file that is gone from the storage is named in the list instead of stopping the download.
    """
    moment, target, gone = run.created_at.astimezone(UTC), Taken(), list[str]()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as pack:
        for part in parts:
            if part.state != "ready" or part.export is None:
                continue
            for file in part.export.files_in_order:
                name = f"{part.company.slug}/{file.name}"
                try:
                    source = default_storage.open(file.key)
                except FileNotFoundError:
                    gone.append(name)
                    continue
                with source, pack.open(info_of(name, moment), "w") as inside:
                    while piece := source.read(PIECE):
                        inside.write(piece)
                        yield target.taken()
        pack.writestr(info_of("results.csv", moment), _results(parts, gone))
    yield target.taken()


def _results(parts: list[ClientPart], gone: list[str]) -> bytes:
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(["Company", "Folder", "Result", "Reason", "Export", "Entries", "Debit", "Currency", "SHA-256"])
    for part in parts:
        made: Any = part.export if part.state == "ready" else None
        row = [part.company.name, part.company.slug, part.state, part.code]
        if made:
            row += [f"#{made.number}", made.item_count, f"{made.debit_total.decimal:f}", made.currency, made.sha256]
        writer.writerow([defused(cell) for cell in row])
    for name in gone:
        writer.writerow(["", name, "missing", "file_missing"])
    return out.getvalue().encode()
