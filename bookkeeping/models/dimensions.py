"""Where the company's tag groups stand in its books."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from expenses.models import Dimension, TagGroup
from pleo.lib.models import CompanyOwned, CompanyQuerySet

# Places that files know: DATEV's two cost centres, Xero's two tracking categories, three columns of tables of one's own.
PLACES = 3
# SIE's reserved numbers: 1 cost centre, 6 project; 20 and above are free.
SIE_NUMBERS = {Dimension.COST_CENTRE: 1, Dimension.PROJECT: 6}
SIE_FREE = 20


class BookDimension(CompanyOwned):
    """A tag group as a dimension of the books. `place` is its column in files, `sie_number` what SIE calls it."""

    group = models.OneToOneField(TagGroup, on_delete=models.PROTECT, related_name="book_dimension")
    place = models.PositiveSmallIntegerField()
    sie_number = models.PositiveSmallIntegerField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "place"], name="book_dimension_place_once"),
            models.UniqueConstraint(fields=["company", "sie_number"], name="book_dimension_sie_number_once"),
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=PLACES), name="book_dimension_place_known"),
            models.CheckConstraint(
                condition=Q(sie_number__gte=1, sie_number__lte=999), name="book_dimension_sie_number"
            ),
        ]
