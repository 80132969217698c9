"""Where each tag group stands in the books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from bookkeeping.models.dimensions import PLACES
from expenses.models import TagGroup

CHOICES = [(0, _("Not in the books")), *((place, _("Dimension %d") % place) for place in range(1, PLACES + 1))]


class DimensionsForm(forms.Form):
    """One choice for each tag group in use."""

    def __init__(self, *args: Any, groups: Sequence[TagGroup], places: dict[UUID, int], **options: Any) -> None:
        super().__init__(*args, **options)
        for group in groups:
            self.fields[self.name_of(group.pk)] = forms.TypedChoiceField(
                label=group.name, choices=CHOICES, coerce=int, initial=places.get(group.pk, 0),
                help_text=group.get_dimension_display(),
            )  # fmt: skip

    @staticmethod
    def name_of(group: UUID) -> str:
        """Return the name of a group's control."""
        return f"group_{group.hex}"

    @property
    def wanted(self) -> dict[UUID, int]:
        return {UUID(name.removeprefix("group_")): place for name, place in self.cleaned_data.items()}
