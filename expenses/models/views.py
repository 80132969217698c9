"""The views of the list that a person keeps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet


class SavedView(CompanyOwned):
    """A name for the filters, the order and the columns of the expense list. A removed one can come back."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    removed_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["membership", "name"], condition=models.Q(removed_at__isnull=True), name="saved_view_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
