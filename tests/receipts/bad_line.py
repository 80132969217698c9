"""A line to a server that somebody stumbles over: it cuts, dawdles, and answers in the server's place."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

BUSY = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>'
    b"<Resource>/</Resource><RequestId>1</RequestId></Error>"
)
SLOW_DOWN = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    % len(BUSY)
    + BUSY
)


class Line:
    """Between us and a server. Each fault is counted down, once a connection; None is one that does not pass.

    `cuts_sent` lets `after` bytes through to the server and cuts, `cuts_answered` the same on the way back; `busy` answers
    SlowDown itself; `pause` is how many seconds the server takes to begin an answer.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.server = (parts.hostname or "", parts.port or 80)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.cuts_sent: int | None = 0
        self.cuts_answered: int | None = 0
        self.busy: int | None = 0
        self.after, self.pause = 0, 0.0
        self.connections = 0
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def mend(self) -> None:
        """Let everything through from now on."""
        self.cuts_sent = self.cuts_answered = self.busy = 0
        self.pause = 0.0

    def close(self) -> None:
        for each in [self.door, *self._open]:
            with contextlib.suppress(OSError):
                each.close()

    def _has(self, fault: str) -> bool:
        """Say whether this connection suffers from a fault, and count it."""
        with self._lock:
            left = getattr(self, fault)
            if left:
                setattr(self, fault, left - 1)
            return left is None or left > 0

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self.door.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(visitor)
            threading.Thread(target=self._through, args=[visitor], daemon=True).start()

    def _through(self, visitor: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._has("busy"):
                visitor.recv(65536)
                visitor.sendall(SLOW_DOWN)
                visitor.close()
                return
            server = socket.create_connection(self.server)
            self._open.append(server)
            there = threading.Thread(
                target=self._pump, args=[visitor, server, self._has("cuts_sent"), 0.0], daemon=True
            )
            back = threading.Thread(
                target=self._pump, args=[server, visitor, self._has("cuts_answered"), self.pause], daemon=True
            )
            there.start()
            back.start()

    def _pump(self, source: socket.socket, target: socket.socket, cuts: bool, pause: float) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while block := source.recv(16_384):
                time.sleep(pause)
                pause = 0.0
                if cuts and passed + len(block) > self.after:
                    target.sendall(block[: self.after - passed])
                    time.sleep(0.05)
                    break
                target.sendall(block)
                passed += len(block)
        for end in (source, target):
            _cut(end) if cuts else _finish(end)


def _cut(end: socket.socket) -> None:
    """Reset a connection, as a dead line does; the other thread that reads it wakes up."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()


def _finish(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(address: str) -> Iterator[Line]:
    """Yield a line to a server that works until told otherwise."""
    line = Line(address)
    try:
        yield line
    finally:
        line.close()
