"""What the company calls a person, where they belong, and who manages them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus, Role, Team
from accounts.signals import happened
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text


class ManagerWrong(DomainError):
    """Somebody who cannot manage this person: themselves, who reports to them, or who is not here."""

    code = "manager_wrong"
    field = "manager"

    def message(self) -> str:
        if self.params["what"] == "circle":
            return gettext("This person reports to %(name)s, directly or through others.") % self.params
        return gettext("Choose another active person of this company.")


@transaction.atomic
def change_person(
    *, membership: Membership, name: str, team: Team | None, employee_number: str, manager: Membership | None,
    by: Membership, now: datetime,
) -> Membership:  # fmt: skip
    """Set name, team, employee number and manager. Writes one event with what changed, or none when nothing did.

    Raises ManagerWrong. People whose manager changes are locked together, so that two changes cannot close a circle.
    """
    assert team is None or team.company_id == membership.company_id, "a team of another company"
    people = Membership.objects.select_for_update(no_key=True).filter(company=membership.company_id).order_by("pk")
    if manager is not None or membership.manager_id:
        list(people.values_list("pk"))
    locked = people.get(pk=membership.pk)
    changes: dict[str, Any] = {}
    if locked.name != name.strip():
        # People stand in the audit log by id, so that a name can be forgotten: only that it changed is kept.
        changes["name"] = True
    if locked.employee_number != employee_number.strip():
        changes["employee_number"] = [locked.employee_number, employee_number.strip()]
    if locked.team != team:
        changes["team"] = [locked.team.name if locked.team else None, team.name if team else None]
    if locked.manager_id != (manager.pk if manager else None):
        if manager is not None:
            _refuse_manager(locked, manager)
        changes["manager"] = [str(one) if one else None for one in (locked.manager_id, manager.pk if manager else None)]
    if not changes:
        return locked
    locked.name, locked.employee_number, locked.team = name.strip(), employee_number.strip(), team
    locked.manager = manager
    locked.search_text = search_text(locked.name, locked.email, locked.employee_number)
    locked.save(update_fields=["name", "employee_number", "team", "manager", "search_text"])
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


def _refuse_manager(person: Membership, manager: Membership) -> None:
    """Refuse who is not here, and who reports to the person, however far down. The people's rows are locked."""
    if manager.company_id != person.company_id or manager.pk == person.pk or manager.role == Role.SERVICE:
        raise ManagerWrong(what="person")
    rows = Membership.objects.filter(company=person.company_id)
    above = dict(rows.values_list("pk", "manager_id"))
    if not rows.filter(pk=manager.pk, status=MembershipStatus.ACTIVE).exists():
        raise ManagerWrong(what="person")
    seen, one = set(), above[manager.pk]
    while one and one not in seen:
        if one == person.pk:
            raise ManagerWrong(what="circle", name=person.name)
        seen.add(one)
        one = above.get(one)
