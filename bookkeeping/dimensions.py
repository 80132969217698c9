"""Where tag groups stand in the books: as the company said, else by what kind of group they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.models import BookDimension, BookSettings
from bookkeeping.models.dimensions import PLACES, SIE_FREE, SIE_NUMBERS
from events.record import record
from expenses.models import Dimension, Tag, TagGroup
from pleo.lib.errors import DomainError

SHOWN = 5


class PlaceTaken(DomainError):
    """Two groups would stand in one column, or have one number."""

    code = "dimension_place_taken"

    def message(self) -> str:
        return gettext("Another group has this place already.")


@dataclass(frozen=True)
class Place:
    """A group in the books: its column in files, and its number in SIE."""

    group_id: UUID
    place: int
    sie_number: int


def dimensions_of(company_id: UUID) -> list[Place]:
    """Return which groups are dimensions. Until the company says so, its first cost centre is one and its first project two."""
    groups = TagGroup.objects.filter(company=company_id).select_related("book_dimension").order_by("position", "id")
    kept = [group.book_dimension for group in groups if hasattr(group, "book_dimension")]
    if kept:
        return [Place(row.group_id, row.place, row.sie_number) for row in kept]
    live = [group for group in groups if group.archived_at is None]
    found = []
    for place, kind in enumerate((Dimension.COST_CENTRE, Dimension.PROJECT), 1):
        if group := next((one for one in live if one.dimension == kind), None):
            found.append(Place(group.pk, place, SIE_NUMBERS[kind]))
    return found


@transaction.atomic
def place_groups(*, by: Membership, wanted: Mapping[UUID, int]) -> None:
    """Set at which place each tag group stands; 0 keeps it out of the books. Raises PlaceTaken, with `group` the second one.

    SIE's number follows from what the group is: 1 for cost centres, 6 for projects, else 20 and more.
    """
    settings = BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    groups = {group.pk: group for group in TagGroup.objects.for_company(by.company).filter(pk__in=wanted)}
    taken: set[int] = set()
    rows: list[BookDimension] = []
    for pk, group in groups.items():
        place = wanted[pk]
        assert 0 <= place <= PLACES, "the form offers known places"
        if place and place in taken:
            raise PlaceTaken(group=pk)
        if place:
            taken.add(place)
            number = SIE_NUMBERS.get(Dimension(group.dimension), 0)
            if not number or any(row.sie_number == number for row in rows):
                number = SIE_FREE + place
            rows.append(BookDimension(company=by.company, group=group, place=place, sie_number=number))
    before = _words(BookDimension.objects.for_company(by.company).select_related("group"))
    BookDimension.objects.for_company(by.company).delete()
    BookDimension.objects.bulk_create(rows)
    if before != (after := _words(rows)):
        changes = {"dimensions": [before, after]}
        record(company=by.company, verb="books.settings_changed", subject=settings, by=by, changes=changes)


def _words(rows: object) -> str:
    found: list[BookDimension] = sorted(rows, key=lambda row: row.place)  # type: ignore[call-overload]
    return ", ".join(f"{row.place} {row.group.name}" for row in found)


def without_code(company_id: UUID) -> Iterator[tuple[str, int, list[str]]]:
    """Yield (group, count, first names) of tags in use that files could name only by their name."""
    for one in dimensions_of(company_id):
        tags = Tag.objects.filter(group=one.group_id, archived_at=None, code="")
        if count := tags.count():
            names = list(tags.order_by("path").values_list("path", flat=True)[:SHOWN])
            yield TagGroup.objects.values_list("name", flat=True).get(pk=one.group_id), count, names
