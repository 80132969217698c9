"""Ask clamd whether a file carries a virus. The few lines of its protocol that we need: INSTREAM, over TCP or a socket file.

Off without CLAMD. https://docs.clamav.net/manpages (clamd(8), "INSTREAM"): the command, then pieces of four bytes of length in
network order and so many bytes, then a length of zero; one line comes back.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096
_FOUND = re.compile(r"^stream: (?P<name>.+) FOUND$")


class ScannerDown(Exception):
    """Nobody answered, or said nothing of use: the file is neither good nor bad."""


@dataclass(frozen=True)
class Verdict:
    """What the scanner said. `name` is what it calls the virus, empty for a clean file."""

    name: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.name


def is_scanning() -> bool:
    """Say whether files are scanned in this installation."""
    return bool(settings.CLAMD)


def scan_virus(path: Path) -> Verdict:
    """Send a file to the scanner and return its verdict. Raises ScannerDown, also for a file larger than the scanner takes."""
    try:
        with _connected() as line, path.open("rb") as file:
            line.sendall(b"zINSTREAM\0")
            while piece := file.read(_PIECE):
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            return _read(_answer(line))
    except OSError as error:
        raise ScannerDown(str(error)) from error


@contextlib.contextmanager
def _connected() -> Iterator[socket.socket]:
    """Connect to `tcp://host:port` or `unix:///path`."""
    where = urlsplit(settings.CLAMD)
    if where.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(settings.CLAMD_SECONDS)
        try:
            line.connect(where.path)
        except BaseException:
            line.close()
            raise
    else:
        line = socket.create_connection(
            (where.hostname or "127.0.0.1", where.port or 3310), timeout=settings.CLAMD_SECONDS
        )
    with line:
        yield line


def _answer(line: socket.socket) -> str:
    """Read up to the zero byte or the end."""
    found = b""
    while b"\0" not in found and len(found) < _LONGEST_ANSWER:
        piece = line.recv(1024)
        if not piece:
            break
        found += piece
    return found.split(b"\0")[0].decode("utf-8", "replace").strip()


def _read(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict()
    found = _FOUND.match(answer)
    if found:
        return Verdict(found["name"][:100])
    raise ScannerDown(answer[:200] or "no answer")
