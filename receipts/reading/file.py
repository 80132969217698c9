"""Read a file from a folder, outside any company: for the commands that measure and show how reading works."""

from __future__ import annotations

import tempfile
from pathlib import Path

from receipts.media import HEAD_BYTES, kind_of, stranger
from receipts.normalise import Unreadable, normalise
from receipts.reading.read import Read, read


def read_file(path: Path, *, country: str) -> Read:
    """Return what a file says. Raises Unreadable for a broken file or one that is neither picture nor PDF."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = kind_of(head)
    if kind is None:
        raise Unreadable(stranger(head))
    with tempfile.TemporaryDirectory(prefix="receipt-") as folder:
        return read(normalise(original=path, kind=kind, folder=Path(folder)), country=country)
