"""What we ask of a system that takes entries one by one, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bookkeeping.formats.document import BookEntry


@dataclass(frozen=True)
class Sent:
    """An entry as the other system knows it."""

    external_id: str
    url: str = ""


class ItemRefused(Exception):
    """The other system will not take this entry as it is; others may be fine. `type` is a FailureType."""

    def __init__(self, type: str, reason: str = "") -> None:
        super().__init__(type, reason)
        self.type, self.reason = type, reason


class JobStopped(Exception):
    """Nothing can be sent until somebody mends the connection."""

    def __init__(self, type: str, reason: str = "") -> None:
        super().__init__(type, reason)
        self.type, self.reason = type, reason


class Later(Exception):
    """Nobody knows, or it was too much at once: look again after `seconds`."""

    def __init__(self, type: str, seconds: int = 0) -> None:
        super().__init__(type, seconds)
        self.type, self.seconds = type, seconds


class Port(Protocol):
    """A destination. Every call may raise JobStopped or Later; `send` and `attach` also ItemRefused."""

    def test(self) -> str:
        """Ask who we are connected to; returns its name."""

    def find(self, entry: BookEntry) -> Sent | None:
        """Look for an entry that may have arrived."""

    def send(self, entry: BookEntry, *, key: str) -> Sent:
        """Make the entry over there. The same `key` again is the same entry."""

    def attach(self, sent: Sent, *, name: str, content: bytes, media_type: str, key: str) -> None:
        """Add a receipt to an entry that arrived."""
