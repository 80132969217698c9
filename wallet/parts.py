"""What apps above know about a wallet, shown on its page without this app knowing of them.

An app calls `add_part` in its `apps.py`: a section of the wallet's page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import Membership
from wallet.models import LedgerAccount

# (account, viewer) -> what the template gets, or None when the viewer may not see it.
PartOf = Callable[[LedgerAccount, Membership], dict[str, Any] | None]


@dataclass(frozen=True)
class Part:
    """A section of a wallet's page."""

    template: str
    context: PartOf


_parts: dict[str, Part] = {}


def add_part(key: str, *, template: str, context: PartOf) -> None:
    _parts[key] = Part(template, context)


def parts_of(account: LedgerAccount, viewer: Membership) -> list[tuple[str, dict[str, Any]]]:
    """Return (template, context) of every section that the viewer may see."""
    shown = ((part.template, part.context(account, viewer)) for _, part in sorted(_parts.items()))
    return [(template, context) for template, context in shown if context is not None]
