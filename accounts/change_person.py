"""What the company calls a person, and where they belong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership, Team
from accounts.signals import happened
from pleo.lib.search import search_text


@transaction.atomic
def change_person(
    *, membership: Membership, name: str, team: Team | None, employee_number: str, by: Membership, now: datetime
) -> Membership:
    """Set name, team and employee number. Writes one event with what changed, or none when nothing did."""
    assert team is None or team.company_id == membership.company_id, "a team of another company"
    locked = (
        Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=membership.pk)
    )
    changes: dict[str, Any] = {}
    if locked.name != name.strip():
        # People stand in the audit log by id, so that a name can be forgotten: only that it changed is kept.
        changes["name"] = True
    if locked.employee_number != employee_number.strip():
        changes["employee_number"] = [locked.employee_number, employee_number.strip()]
    if locked.team != team:
        changes["team"] = [locked.team.name if locked.team else None, team.name if team else None]
    if not changes:
        return locked
    locked.name, locked.employee_number, locked.team = name.strip(), employee_number.strip(), team
    locked.search_text = search_text(locked.name, locked.email, locked.employee_number)
    locked.save(update_fields=["name", "employee_number", "team", "search_text"])
    happened.send(
        sender=Membership,
        company=locked.company,
        verb="person.changed",
        subject=locked,
        by=by,
        changes=changes,
        now=now,
    )
    return locked
