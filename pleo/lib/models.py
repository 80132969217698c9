"""Abstract bases: the key, the clock and the tenant that nearly every table has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

from pleo.lib.ids import uuid7

if TYPE_CHECKING:
    from accounts.models import Company


class Base(models.Model):
    """A row with a UUIDv7 made before the insert, and the time we recorded it (logic never reads `created_at`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class CompanyQuerySet(models.QuerySet[Any]):
    """Where every query of a tenant's table starts."""

    def for_company(self, company: Company) -> Self:
        """Keep the rows of one company."""
        return self.filter(company=company)


class CompanyOwned(Base):
    """A row of one company. `company` is copied from the parent at creation and never changes."""

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        abstract = True


def amount_field(**options: Any) -> models.BigIntegerField[int, int]:
    """Return a column of minor units."""
    return models.BigIntegerField(**options)


def currency_field(**options: Any) -> models.CharField[str, str]:
    """Return a column for an ISO 4217 code; pair it with an amount and a `currency_check`."""
    return models.CharField(max_length=3, **options)


def currency_check(table: str, field: str = "currency", *, optional: bool = False) -> models.CheckConstraint:
    """Return a constraint that the currency is three capital letters (or empty where the pair is optional)."""
    condition = models.Q(**{f"{field}__regex": r"^[A-Z]{3}$"})
    if optional:
        condition |= models.Q(**{field: ""}) | models.Q(**{f"{field}__isnull": True})
    return models.CheckConstraint(condition=condition, name=f"{table}_{field}_iso")


def choices_check(table: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Return a constraint that the column holds one of the choices: choices alone constrain nothing."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=f"{table}_{field}_known")
