"""A person leaves the company: no way in any more, and nothing that acts for them. What they did stays."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.change_role import LastOwner, RoleNotYours
from accounts.models import ApiToken, Membership, MembershipStatus, Role
from accounts.permissions import roles_given_by
from accounts.signals import happened
from pleo.lib.errors import DomainError, WrongState


class NotYourself(DomainError):
    """Nobody shows themselves out: another person of the company does."""

    code = "not_yourself"

    def message(self) -> str:
        return gettext("Somebody else of the company has to do this for you.")


class LeadMissing(DomainError):
    """The person leads teams, and nobody is named to take them over."""

    code = "lead_missing"
    field = "lead"

    def message(self) -> str:
        return gettext("Say who leads %(teams)s from now on.") % self.params


class AddressTaken(WrongState):
    """Somebody else has the person's address here by now."""

    code = "address_taken"

    def message(self) -> str:
        return gettext("%(email)s belongs to another person here by now. Invite them anew.") % self.params


def may_show_out(person: Membership, by: Membership) -> bool:
    """Say whether one person may end the membership of another: never one's own, nor a role beyond one's own."""
    return (
        person.company_id == by.company_id
        and person.pk != by.pk
        and by.can("people.manage")
        and person.role in roles_given_by(by.role)
    )


def check_leave(*, membership: Membership, lead: Membership | None, by: Membership) -> None:
    """Raise what stands against somebody's leaving: NotYourself, RoleNotYours, LastOwner, LeadMissing."""
    if membership.pk == by.pk:
        raise NotYourself
    if not may_show_out(membership, by):
        raise RoleNotYours(role=membership.role)
    owners = Membership.objects.active().filter(company=membership.company_id, role=Role.OWNER)
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise LastOwner
    teams = list(membership.led_teams.order_by("name").values_list("name", flat=True))
    if teams and (lead is None or lead.pk == membership.pk or lead.status != MembershipStatus.ACTIVE):
        raise LeadMissing(teams=", ".join(teams))


@transaction.atomic
def leave(*, membership: Membership, lead: Membership | None, by: Membership, now: datetime) -> Membership:
    """End a membership: tokens stop, invitations close, teams get `lead`. Who left already changes nothing.

    The rows of all people are locked in id order, so that two owners cannot show each other out. Raises as `check_leave`.
    """
    assert lead is None or lead.company_id == membership.company_id, "a person of another company"
    people = Membership.objects.select_for_update(no_key=True).filter(company=membership.company_id).order_by("pk")
    list(people.filter(role=Role.OWNER).values_list("pk"))
    locked = people.get(pk=membership.pk)
    if locked.status == MembershipStatus.LEFT:
        return locked
    check_leave(membership=locked, lead=lead, by=by)
    tokens = ApiToken.objects.filter(membership=locked, revoked_at=None).update(revoked_at=now)
    locked.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    teams = list(locked.led_teams.all())
    for team in teams:
        team.leads.remove(locked)
        if lead:
            team.leads.add(lead)
    _hand_on_reports(locked, lead)
    locked.status = MembershipStatus.LEFT
    locked.save(update_fields=["status"])
    changes = {"tokens": tokens, "led": [str(team.pk) for team in teams], "leads": [str(lead.pk)] if lead else []}
    happened.send(
        sender=Membership, company=locked.company, verb="person.left", subject=locked, by=by, changes=changes, now=now
    )
    return locked


def _hand_on_reports(person: Membership, lead: Membership | None) -> None:
    """Give who reports to somebody to `lead`, who takes their place when they reported to them: nobody ends up under themselves."""
    if lead is None:
        person.reports.update(manager=None)
        return
    above = dict(Membership.objects.filter(company=person.company_id).values_list("pk", "manager_id"))
    seen, one = set(), above.get(lead.pk)
    while one and one not in seen:
        if one == person.pk:
            Membership.objects.filter(pk=lead.pk).update(manager=person.manager_id)
        seen.add(one)
        one = above.get(one)
    person.reports.exclude(pk=lead.pk).update(manager=lead)


@transaction.atomic
def rejoin(*, membership: Membership, by: Membership, now: datetime) -> Membership:
    """Let somebody back in who left. Tokens, teams and cards do not come back. Raises RoleNotYours, WrongState, AddressTaken."""
    if not may_show_out(membership, by):
        raise RoleNotYours(role=membership.role)
    status = MembershipStatus.ACTIVE if membership.user_id else MembershipStatus.INVITED
    try:
        with transaction.atomic():
            back = Membership.objects.filter(pk=membership.pk, status=MembershipStatus.LEFT).update(status=status)
    except IntegrityError:
        raise AddressTaken(email=membership.email) from None
    if not back:
        raise WrongState
    membership.refresh_from_db()
    happened.send(
        sender=Membership, company=membership.company, verb="person.rejoined", subject=membership, by=by, now=now
    )
    return membership
