"""A person gets another role in the company."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus, Role
from accounts.permissions import roles_given_by
from accounts.signals import happened
from pleo.lib.errors import DomainError


class RoleNotYours(DomainError):
    """Nobody gives or takes a role beyond their own."""

    code = "role_not_yours"
    status = 403
    field = "role"

    def message(self) -> str:
        return gettext("That role is above yours. Ask an owner of the company.")


class LastOwner(DomainError):
    """A company always has an active owner."""

    code = "last_owner"
    status = 409
    field = "role"

    def message(self) -> str:
        return gettext("A company always has an owner. Make somebody else an owner first.")


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: Membership, now: datetime) -> Membership:
    """Give `membership` another role. The same role again changes nothing. Raises RoleNotYours, LastOwner.

    The rows of all owners are locked in id order, so that two owners cannot step down past each other.
    """
    assert membership.company_id == by.company_id, "a person of another company"
    people = Membership.objects.select_for_update(no_key=True).filter(company=by.company).order_by("pk")
    owners = [person.pk for person in people.filter(role=Role.OWNER, status=MembershipStatus.ACTIVE)]
    locked = people.get(pk=membership.pk)
    actor = people.get(pk=by.pk)
    mine = roles_given_by(actor.role)
    if locked.role == role:
        return locked
    if role not in mine or locked.role not in mine:
        raise RoleNotYours(role=role)
    if owners == [locked.pk]:
        raise LastOwner
    before, locked.role = locked.role, Role(role)
    locked.save(update_fields=["role"])
    happened.send(
        sender=Membership,
        company=by.company,
        verb="person.role_changed",
        subject=locked,
        by=by,
        changes={"role": [before, role]},
        now=now,
    )
    return locked
