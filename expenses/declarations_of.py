"""Who signs instead of bringing receipts, and how often in this quarter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Company, Membership
from expenses.declare import quarter_start
from expenses.models import rules_of

# Finance reads the top of this list; whoever is below signs less often.
SHOWN = 10
COUNTED = Q(declarations__status__in=["waiting", "accepted", "refused"])


def signers(company: Company, *, now: datetime) -> list[Membership]:
    """Return the people who signed most in this quarter, each with `signed`, in one query."""
    return list(_counted(company, now).filter(signed__gt=0).order_by("-signed", "name", "id")[:SHOWN])


def over_limit(company: Company, *, now: datetime) -> int:
    """Count the people who signed as often as the company wants to see in a quarter, or more."""
    most = rules_of(company).declarations_per_quarter
    return 0 if most is None else _counted(company, now).filter(signed__gte=max(most, 1)).count()


def _counted(company: Company, now: datetime) -> QuerySet[Any]:
    mine = COUNTED & Q(declarations__signed_at__gte=quarter_start(company, now))
    rows: QuerySet[Any] = Membership.objects.for_company(company)
    return rows.annotate(signed=Count("declarations", filter=mine))
