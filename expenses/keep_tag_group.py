"""Add a group of tags, or change one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.master_event import tell
from expenses.models import Dimension, TagGroup
from pleo.lib.errors import DomainError


class GroupNameTaken(DomainError):
    """Another group is called this, perhaps an archived one."""

    code = "tag_group_name_taken"
    status = 409
    field = "name"

    def message(self) -> str:
        return gettext("There is a tag group “%(name)s” already.") % self.params


@transaction.atomic
def keep_tag_group(
    *, by: Membership, name: str, now: datetime, dimension: str = Dimension.OTHER, is_required: bool = False,
    tag_group: TagGroup | None = None,
) -> TagGroup:  # fmt: skip
    """Make a group of tags, or change `tag_group`. Raises GroupNameTaken."""
    rows = TagGroup.objects.for_company(by.company)
    row = TagGroup(company=by.company) if tag_group is None else rows.select_for_update().get(pk=tag_group.pk)
    before = None if tag_group is None else _told(row)
    row.name, row.dimension, row.is_required = name.strip(), dimension, is_required
    others = list(rows.exclude(pk=row.pk).values_list("name", "position"))
    # The database folds ASCII alone on SQLite; "Område" and "OMRÅDE" are one name all the same.
    if row.name.casefold() in {other.casefold() for other, _ in others}:
        raise GroupNameTaken(name=row.name)
    if tag_group is None:
        row.position = max((position for _, position in others), default=0) + 1
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise GroupNameTaken(name=row.name) from None
    tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


def _told(row: TagGroup) -> dict[str, Any]:
    return {"name": row.name, "dimension": row.dimension, "is_required": row.is_required}
