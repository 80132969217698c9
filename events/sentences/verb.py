"""How one verb reads."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

Words = Promise | str


@dataclass(frozen=True)
class Verb:
    """How a verb reads. `icon` and `tone` mark it where a list shows many."""

    did: Words
    sentence: Words
    icon: str = "bell"
    tone: str = "neutral"
