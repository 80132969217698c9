"""What apps above know about a person, shown on pages of people without this app knowing of them.

An app calls `add_part` (a section of the person's page) or `add_column` (of the list) in its `apps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Membership

# (person, viewer) -> what the template gets, or None when the viewer may not see it.
PartOf = Callable[[Membership, Membership], dict[str, Any] | None]
# (people, viewer) -> the cell of each person by id, or None when the viewer may not see the column.
ColumnOf = Callable[[Sequence[Membership], Membership], dict[Any, Any] | None]


@dataclass(frozen=True)
class Part:
    """A section of a person's page."""

    template: str
    context: PartOf


@dataclass(frozen=True)
class Column:
    """A column of the list of people. Its template shows the `cell` of one person."""

    title: Any
    template: str
    cells: ColumnOf


_parts: dict[str, Part] = {}
_columns: dict[str, Column] = {}


def add_part(key: str, *, template: str, context: PartOf) -> None:
    _parts[key] = Part(template, context)


def add_column(key: str, *, title: Any, template: str, cells: ColumnOf) -> None:
    _columns[key] = Column(title, template, cells)


def parts_of(person: Membership, viewer: Membership) -> list[tuple[str, dict[str, Any]]]:
    """Return (template, context) of every section that the viewer may see."""
    shown = ((part.template, part.context(person, viewer)) for _, part in sorted(_parts.items()))
    return [(template, context) for template, context in shown if context is not None]


def columns_of(people: Sequence[Membership], viewer: Membership) -> list[Column]:
    """Return the columns that the viewer may see, and give each person their `cells`: (template, cell) in the same order."""
    shown = [(column, column.cells(people, viewer)) for _, column in sorted(_columns.items())]
    seen = [(column, cells) for column, cells in shown if cells is not None]
    for person in people:
        person.cells = [(column.template, cells.get(person.pk)) for column, cells in seen]  # type: ignore[attr-defined]
    return [column for column, _ in seen]
