"""Tags on lines: of each group at most one. The only writer of `LineTag`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext

from accounts.models import Company
from expenses.models import ExpenseLine, LineTag, Tag, TagGroup
from pleo.lib.errors import DomainError

# Group -> the tag that a line gets of it; None takes away what it has.
Wanted = Mapping[UUID, Tag | None]


class TagArchived(DomainError):
    """The tag, or its group, is no longer offered."""

    code = "tag_archived"
    field = "tags"

    def message(self) -> str:
        return gettext("“%(name)s” was archived. Choose another.") % self.params


class TagsClash(DomainError):
    """Two tags of one group, where a line has one."""

    code = "tags_of_one_group"
    field = "tags"

    def message(self) -> str:
        return gettext("Choose one tag of “%(group)s”.") % self.params


def tags_on(lines: Iterable[ExpenseLine]) -> dict[UUID, list[Tag]]:
    """Return the tags of lines by line, in the order of their groups, in one query."""
    found: dict[UUID, list[Tag]] = defaultdict(list)
    rows = LineTag.objects.filter(line__in=[line.pk for line in lines]).select_related("tag__group")
    for row in rows.order_by("group__position", "group__name", "group_id"):
        found[row.line_id].append(row.tag)
    return found


def put_tags(lines: Sequence[ExpenseLine], wanted: Wanted) -> None:
    """Give every one of these lines these tags. The caller holds the lock of their expense and checked the tags."""
    if not lines or not wanted:
        return
    LineTag.objects.filter(line__in=[line.pk for line in lines], group__in=list(wanted)).delete()
    rows = [
        LineTag(company_id=line.company_id, line=line, tag=tag, group_id=group)
        for line in lines
        for group, tag in wanted.items()
        if tag is not None
    ]
    LineTag.objects.bulk_create(rows)


def as_wanted(tags: Iterable[Tag]) -> dict[UUID, Tag | None]:
    """Return tags by their group. Raises TagsClash for two of one group."""
    wanted: dict[UUID, Tag | None] = {}
    for tag in tags:
        if wanted.setdefault(tag.group_id, tag) != tag:
            raise TagsClash(group=tag.group.name)
    return wanted


def refuse_archived(tags: Iterable[Tag | None], used: Iterable[Tag] = ()) -> None:
    """What was archived may stay where it is, and is not chosen anew. Raises TagArchived."""
    known = {tag.pk for tag in used}
    for tag in tags:
        if tag is not None and tag.pk not in known and (tag.archived_at or tag.group.archived_at):
            raise TagArchived(name=str(tag))


def live_tags(company: Company, ids: Iterable[str]) -> list[Tag]:
    """Return the tags with these ids that are still offered; a rule or template may name one that was archived since."""
    ids = list(ids)
    if not ids:
        return []
    rows = Tag.objects.for_company(company).filter(pk__in=ids, archived_at=None, group__archived_at=None)
    return list(rows.select_related("group"))


def groups_of(company: Company) -> list[TagGroup]:
    """Return the groups that are asked for, in their order."""
    rows = TagGroup.objects.for_company(company).filter(archived_at=None)
    return list(rows.order_by("position", "name", "id"))


def required_groups(company: UUID) -> dict[UUID, str]:
    """Return the groups of which every line of a company needs a tag before it is booked, with their names."""
    rows = TagGroup.objects.filter(company=company, is_required=True, archived_at=None)
    return dict(rows.order_by("position", "id").values_list("pk", "name"))
