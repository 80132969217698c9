"""Add a tag to its group, or change one. What stands below it follows its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.master_event import tell
from expenses.models import Tag, TagGroup
from pleo.lib.errors import DomainError
from pleo.lib.write_many import write_many

MOST_LEVELS = 4
BETWEEN = " / "


class TagTaken(DomainError):
    """Another tag of the group stands at this place with this name, or has this code."""

    code = "tag_taken"
    status = 409
    field = "name"

    def message(self) -> str:
        return gettext("“%(name)s” is in this group already, or its code is.") % self.params


class TagPlaceWrong(DomainError):
    """A tag cannot stand below itself, in another group, or too deep."""

    code = "tag_place_wrong"
    field = "parent"

    def message(self) -> str:
        return gettext("Choose a place in the same group, not below itself, at most %(most)s levels deep.") % {
            "most": MOST_LEVELS
        }


@transaction.atomic
def keep_tag(
    *, by: Membership, group: TagGroup, name: str, now: datetime, parent: Tag | None = None, code: str = "",
    owner: Membership | None = None, tag: Tag | None = None,
) -> Tag:  # fmt: skip
    """Make a tag, or change `tag`, whose group stays what it is. Raises TagTaken, TagPlaceWrong."""
    # The group's lock makes changes of one tree take turns: two moves at once could make a ring.
    group = TagGroup.objects.for_company(by.company).select_for_update().get(pk=tag.group_id if tag else group.pk)
    tree = {row.pk: row for row in Tag.objects.filter(group=group)}
    row = tree[tag.pk] if tag else Tag(company=by.company, group=group)
    before = _told(row) if tag else None
    row.name, row.code, row.owner = " ".join(name.split()), code.strip(), owner
    row.parent = _place(parent, row, tree)
    row.path = f"{row.parent.path}{BETWEEN}{row.name}" if row.parent else row.name
    below = _below(row, tree)
    if _levels(row, tree) + max((_levels(one, tree) - _levels(row, tree) for one in below), default=0) > MOST_LEVELS:
        raise TagPlaceWrong
    if any(one.pk != row.pk and one.path.casefold() == row.path.casefold() for one in tree.values()):
        raise TagTaken(name=row.name)
    for one in below:
        assert one.parent_id is not None, "what stands below something has a place"
        one.path = f"{tree[one.parent_id].path}{BETWEEN}{one.name}"
    try:
        with transaction.atomic():
            row.save()
            write_many(below, ["path"])
    except IntegrityError:
        raise TagTaken(name=row.name) from None
    tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


def _place(parent: Tag | None, row: Tag, tree: dict[Any, Tag]) -> Tag | None:
    """Return the parent as the tree has it. Raises TagPlaceWrong for another group's, or one below the tag itself."""
    above = tree.get(parent.pk) if parent else None
    if parent is not None and above is None:
        raise TagPlaceWrong
    one = above
    while one is not None:
        if one.pk == row.pk:
            raise TagPlaceWrong
        one = tree.get(one.parent_id)
    return above


def _below(row: Tag, tree: dict[Any, Tag]) -> list[Tag]:
    """Return everything below a tag, from the top down."""
    found = [one for one in tree.values() if one.parent_id == row.pk and one.pk != row.pk]
    for one in list(found):
        found += _below(one, tree)
    return found


def _levels(row: Tag, tree: dict[Any, Tag]) -> int:
    return 1 + (_levels(tree[row.parent_id], tree) if row.parent_id else 0)


def _told(row: Tag) -> dict[str, Any]:
    return {"name": row.path, "code": row.code, "owner": str(row.owner_id) if row.owner_id else None}
