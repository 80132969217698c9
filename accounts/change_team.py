"""A team's name, its leads and its members."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.create_team import TeamNameTaken
from accounts.models import Membership, Team
from accounts.signals import happened


@transaction.atomic
def change_team(
    *,
    team: Team,
    name: str,
    leads: Collection[Membership],
    members: Collection[Membership],
    by: Membership,
    now: datetime,
) -> Team:
    """Set name, leads and members of a team. People who are no longer members belong to no team. Raises TeamNameTaken."""
    assert all(person.company_id == team.company_id for person in (*leads, *members)), "a person of another company"
    locked = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    changes: dict[str, list[object]] = {}
    if locked.name != name.strip():
        changes["name"] = [locked.name, name.strip()]
        locked.name = name.strip()
        try:
            with transaction.atomic():
                locked.save(update_fields=["name"])
        except IntegrityError:
            raise TeamNameTaken(name=name) from None
    _set_people(locked, "leads", {person.pk for person in leads}, changes)
    _set_people(locked, "members", {person.pk for person in members}, changes)
    if changes:
        happened.send(
            sender=Team, company=team.company, verb="team.changed", subject=locked, by=by, changes=changes, now=now
        )
    return locked


def _set_people(team: Team, side: str, wanted: set[object], changes: dict[str, list[object]]) -> None:
    """Set the leads or the members, and note both lists by id when they differ."""
    relation = getattr(team, side)
    present = set(relation.values_list("pk", flat=True))
    if present == wanted:
        return
    changes[side] = [sorted(str(pk) for pk in present), sorted(str(pk) for pk in wanted)]
    if side == "leads":
        relation.set(wanted)
        return
    Membership.objects.filter(team=team).exclude(pk__in=wanted).update(team=None)
    Membership.objects.for_company(team.company).filter(pk__in=wanted).update(team=team)
