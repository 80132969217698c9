"""Recompute the chain of seals and compare."""

from __future__ import annotations

from dataclasses import dataclass

from events.models import SealedEvent
from events.seal import GENESIS, digest_of


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold. `code`: number_missing, link_broken, event_changed."""

    number: int
    code: str
    event_id: str


def check_events() -> list[Broken]:
    """Walk the whole chain in order and return every place where it does not hold; streams, so it may be long."""
    found: list[Broken] = []
    expected, previous = 1, GENESIS
    for seal in SealedEvent.objects.select_related("event").order_by("number").iterator(chunk_size=1000):
        if seal.number != expected:
            found.append(Broken(expected, "number_missing", ""))
        if seal.previous != previous:
            found.append(Broken(seal.number, "link_broken", str(seal.event_id)))
        if seal.digest != digest_of(seal.event, seal.previous):
            found.append(Broken(seal.number, "event_changed", str(seal.event_id)))
        expected, previous = seal.number + 1, seal.digest
    return found
