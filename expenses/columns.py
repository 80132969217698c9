"""Which columns of the expense list a person looks at. The URL says it, so that a saved view keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Date, merchant, next step and amount always stand there.
COLUMNS: dict[str, Promise | str] = {
    "number": _("No."),
    "person": _("Person"),
    "team": _("Team"),
    "category": _("Category"),
    "vat": _("VAT"),
    "receipt": _("Receipt"),
    "kind": _("Kind"),
    "card": _("Card"),
    "note": _("Note"),
    "attendees": _("Attendees"),
    "flags": _("Flagged"),
}
USUAL = ("number", "person", "team", "category", "vat", "receipt")


@dataclass(frozen=True)
class Column:
    """A column that can be shown, and whether it is."""

    name: str
    label: Promise | str
    is_shown: bool


def shown(params: Any) -> tuple[str, ...]:
    """Return the columns that a query string names, in our order; the usual ones when it names none that exist."""
    asked = params.getlist("col") if hasattr(params, "getlist") else ()
    return tuple(name for name in COLUMNS if name in asked) or USUAL


def offered(names: tuple[str, ...]) -> list[Column]:
    """Return all columns, for the menu that chooses them."""
    return [Column(name, label, name in names) for name, label in COLUMNS.items()]
