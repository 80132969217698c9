"""Who decides in whose place today: people who are away named somebody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Company, Membership, MembershipStatus
from expenses.models import Absence


def stand_ins(company: Company, day: date) -> dict[UUID, UUID]:
    """Return who decides for each absent person of a company on a day; who is away without anybody is left out.

    A substitute who is away too passes it on, until somebody is here; a circle ends with nobody.
    """
    rows = Absence.objects.for_company(company).filter(ended_at=None, starts_on__lte=day, ends_on__gte=day)
    named = dict(rows.order_by("id").values_list("person_id", "substitute_id"))
    if not named:
        return {}
    here = Membership.objects.filter(pk__in=set(named.values()), status=MembershipStatus.ACTIVE)
    return resolved(named, set(here.values_list("pk", flat=True)))


def resolved(named: Mapping[UUID, UUID], active: set[UUID]) -> dict[UUID, UUID]:
    """Follow each absent person's substitutes to the first who is here."""
    found = {}
    for person, substitute in named.items():
        seen = {person}
        while substitute in named and substitute not in seen:
            seen.add(substitute)
            substitute = named[substitute]
        if substitute not in seen and substitute in active:
            found[person] = substitute
    return found


def covered_by(person: Membership, now: datetime) -> set[UUID]:
    """Return the people in whose place this person decides today. Asked once for a membership that a request fetched."""
    known: Any = getattr(person, "_covers", None)
    day = person.company.day_of(now)
    if known is None or known[0] != day:
        found = {away for away, here in stand_ins(person.company, day).items() if here == person.pk}
        person._covers = known = (day, found)  # type: ignore[attr-defined]
    covers: set[UUID] = known[1]
    return covers
