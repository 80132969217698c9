"""How lists of the API are narrowed: every parameter is known, given once and makes sense, or the request is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, IsoDateTimeFilter, TypedChoiceFilter, UUIDFilter
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from pleo.lib.search import search_words

LONGEST_SEARCH = 200


class WordFilter(ChoiceFilter):
    """One word of a fixed list, which a refusal names. Every column kept as a code is asked for by this."""

    def __init__(self, words: Any, **options: Any) -> None:
        named = format_lazy(_("Known values: {values}."), values=", ".join(words))
        options.setdefault("choices", [(word, word) for word in words])
        super().__init__(error_messages={"invalid_choice": named}, **options)


class TruthFilter(TypedChoiceFilter):
    """True or false. The library's own takes any other word for "not asked", which would answer with everything."""

    WORDS = {"true": True, "false": False, "1": True, "0": False}

    def __init__(self, **options: Any) -> None:
        named = format_lazy(_("Known values: {values}."), values="true, false")
        options.setdefault("choices", [(word, word) for word in self.WORDS])
        super().__init__(coerce=self.WORDS.__getitem__, error_messages={"invalid_choice": named}, **options)


class MomentField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:  # 9999-12-31T23:59-14:00 has no UTC, and no place in a database
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(IsoDateTimeFilter):
    """A moment as ISO 8601."""

    field_class = MomentField


class SearchFilter(CharFilter):
    """Words that must all stand in one of the columns kept by `search_text`."""

    def __init__(self, *columns: str, **options: Any) -> None:
        super().__init__(max_length=LONGEST_SEARCH, **options)
        self.columns = columns

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in search_words(value):
            said = Q()
            for column in self.columns:
                said |= Q(**{f"{column}__contains": word})
            rows = rows.filter(said)
        return rows


TYPES: dict[type[Any], Any] = {
    UUIDFilter: OpenApiTypes.UUID,
    MomentFilter: OpenApiTypes.DATETIME,
    TruthFilter: OpenApiTypes.BOOL,
}


class ApiFilterSet(FilterSet):
    """The filters of one list. Without any of its own it refuses every parameter but those of paging."""

    def refused(self, *, paging: set[str]) -> dict[str, list[str]]:
        """Return what is wrong with the query, as sentences by parameter; empty when it can be answered."""
        found = {name: [str(sentence) for sentence in said] for name, said in self.form.errors.items()}
        for name, values in self.data.lists():
            if name in paging:
                continue
            if name not in self.filters:
                found[name] = [gettext("There is no filter of this name.")]
            elif len(values) > 1:
                found[name] = [gettext("Give this filter once.")]
            elif not values[0].strip() and not isinstance(self.filters[name], SearchFilter):
                found[name] = [gettext("Give this filter a value, or leave it out.")]
        return found

    @classmethod
    def parameters(cls) -> list[OpenApiParameter]:
        """Return the filters as the description of the API writes them."""
        return [
            OpenApiParameter(
                name,
                TYPES.get(type(each), str),
                enum=[word for word, _label in each.extra["choices"]] if isinstance(each, WordFilter) else None,
                description=str(each.extra.get("help_text", "")),
            )
            for name, each in cls.base_filters.items()
        ]
