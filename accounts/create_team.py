"""A team begins."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership, Team
from accounts.signals import happened
from pleo.lib.errors import DomainError


class TeamNameTaken(DomainError):
    """Another team of the company has this name."""

    code = "team_name_taken"
    status = 409
    field = "name"

    def message(self) -> str:
        return gettext("There is a team with this name already.")


@transaction.atomic
def create_team(*, name: str, by: Membership, now: datetime) -> Team:
    """Make a team without members in the company of `by`. Raises TeamNameTaken."""
    try:
        with transaction.atomic():
            team = Team.objects.create(company=by.company, name=name.strip())
    except IntegrityError:
        raise TeamNameTaken(name=name) from None
    happened.send(sender=Team, company=by.company, verb="team.created", subject=team, by=by, now=now)
    return team
