"""One choice per group of tags, for every form that tags something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.models import Tag, TagGroup
from expenses.tagging import groups_of


class TagChoices:
    """The groups and tags of a company, read once for all the forms of a page; `used` ones are offered even if archived."""

    def __init__(self, company: Company, used: Iterable[Any] = ()) -> None:
        self.company, self.used = company, {str(pk) for pk in used}

    @cached_property
    def groups(self) -> list[TagGroup]:
        return groups_of(self.company)

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """The tags by id, in the order of their paths."""
        if not self.groups:
            return {}
        rows = Tag.objects.for_company(self.company).filter(Q(archived_at=None) | Q(pk__in=self.used))
        return {str(tag.pk): tag for tag in rows.select_related("group").order_by("path", "id")}

    @cached_property
    def by_group(self) -> dict[UUID, list[tuple[str, str]]]:
        found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        for key, tag in self.tags.items():
            found[tag.group_id].append((key, f"{tag.code} {tag.path}" if tag.code else tag.path))
        return found


class TagFields(forms.Form):
    """A form with one select per group of tags, added by `add_tags`."""

    choices_of_tags: TagChoices

    def add_tags(self, choices: TagChoices, chosen: Iterable[Any], *, empty: Any = None) -> None:
        """Add the selects with what is chosen now, ids of tags."""
        self.choices_of_tags = choices
        ids = [str(pk) for pk in chosen]
        for group in choices.groups:
            own = choices.by_group[group.pk]
            field = forms.ChoiceField(label=group.name, choices=[("", empty or _("None")), *own], required=False)
            field.is_wanted = not group.is_required  # type: ignore[attr-defined]
            self.fields[_name(group)] = field
            self.initial[_name(group)] = next((pk for pk, _label in own if pk in ids), "")

    @property
    def tag_fields(self) -> list[forms.BoundField]:
        """The selects, bound."""
        return [self[name] for name in self.fields if name.startswith("tag_")]

    def chosen_tags(self) -> list[Tag]:
        """Return the tags chosen in a valid form."""
        return [tag for tag in self.wanted_tags(all_groups=True).values() if tag is not None]

    def wanted_tags(self, *, all_groups: bool = False) -> dict[UUID, Tag | None]:
        """Return what was chosen by group; without `all_groups` only what a person changed."""
        changed = set(self.changed_data)
        return {
            group.pk: self.choices_of_tags.tags.get(self.cleaned_data.get(_name(group), ""))
            for group in (self.choices_of_tags.groups if self.tag_fields else ())
            if all_groups or _name(group) in changed
        }


def _name(group: TagGroup) -> str:
    return f"tag_{group.pk.hex}"
