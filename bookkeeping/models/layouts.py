"""How files name and arrange things: VAT codes in other systems, tables of the company's own making."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from pleo.lib.models import CompanyOwned, CompanyQuerySet


class TaxName(CompanyOwned):
    """What another system calls one of the company's VAT codes: DATEV's key, Sage's T code, Xero's tax rate."""

    code = models.CharField(max_length=20)
    system = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "code", "system"], name="tax_name_once"),
            models.CheckConstraint(condition=Q(system__in=["datev", "sage", "xero"]), name="tax_name_system_known"),
            models.CheckConstraint(condition=~Q(name=""), name="tax_name_not_empty"),
        ]


class BookLayout(CompanyOwned):
    """A table of the company's own making: which columns, in which order, and how dates, amounts and signs are written.

    `look` is what `formats/custom.py` reads; see `Layout` there. An archived layout makes no new files.
    """

    name = models.CharField(max_length=60)
    look = models.JSONField()
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                "company", Lower("name"), condition=Q(archived_at__isnull=True), name="book_layout_name_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="book_layout_named"),
        ]

    def __str__(self) -> str:
        return self.name
