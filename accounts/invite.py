"""Somebody is asked to join: a membership that cards can already hang on, and a link that makes it theirs."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.change_role import RoleNotYours
from accounts.invitation_link import open_link
from accounts.models import Invitation, Membership, MembershipStatus, Team, fold_email
from accounts.permissions import roles_given_by
from accounts.signals import happened
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text


class AddressInvalid(DomainError):
    """This is not an e-mail address."""

    code = "address_invalid"
    field = "email"

    def message(self) -> str:
        return gettext("“%(email)s” is not an e-mail address.") % {"email": str(self.params.get("email", ""))[:80]}


class AlreadyHere(DomainError):
    """Somebody with this address is in the company already, or is invited."""

    code = "already_here"
    status = 409
    field = "email"

    def message(self) -> str:
        if self.params.get("status") == MembershipStatus.INVITED:
            return gettext("%(name)s is invited already. Send it again from their page.") % self.params
        return gettext("%(name)s is here already.") % self.params


@transaction.atomic
def invite(
    *, email: str, role: str, by: Membership, now: datetime, name: str = "", team: Team | None = None
) -> Invitation:
    """Prepare a membership for an address in the company of `by` and send the link.

    The mail goes out after the commit; a sweep sends it when the bell was lost. Raises AddressInvalid, AlreadyHere,
    RoleNotYours.
    """
    address = fold_email(email)
    try:
        validate_email(address)
        MaxLengthValidator(Invitation._meta.get_field("email").max_length)(address)
    except ValidationError:
        raise AddressInvalid(email=email) from None
    if role not in roles_given_by(by.role):
        raise RoleNotYours(role=role)
    assert team is None or team.company_id == by.company_id, "a team of another company"
    membership = _membership(address, role=role, by=by, name=name, team=team)
    happened.send(
        sender=Membership,
        company=by.company,
        verb="person.invited",
        subject=membership,
        by=by,
        changes={"role": role, "team": team.name if team else None},
        now=now,
    )
    return open_link(membership, now=now)


def _membership(address: str, *, role: str, by: Membership, name: str, team: Team | None) -> Membership:
    """Make the membership, or take up the one of a person who comes back: their old expenses stay theirs."""
    shown = name.strip()[:120] or _name_in(address)
    same_address = Membership.objects.for_company(by.company).filter(email=address)
    there = same_address.exclude(status=MembershipStatus.LEFT).first()
    if there is not None:
        raise AlreadyHere(name=there.name, status=there.status)
    fields = {"name": shown, "role": role, "team": team, "status": MembershipStatus.INVITED}
    fields["search_text"] = search_text(shown, address)
    returning: Membership | None = same_address.filter(status=MembershipStatus.LEFT).order_by("-id").first()
    try:
        with transaction.atomic():
            if returning is None:
                return Membership.objects.create(company=by.company, email=address, **fields)
            taken = same_address.filter(pk=returning.pk, status=MembershipStatus.LEFT).update(**fields)
    except IntegrityError:
        raise AlreadyHere(name=shown, status=MembershipStatus.INVITED) from None
    if not taken:  # Somebody else took up the same membership a moment ago.
        raise AlreadyHere(name=shown, status=MembershipStatus.INVITED)
    returning.refresh_from_db()
    return returning


def _name_in(address: str) -> str:
    """Guess a name to show until the person gives one: "freja.holm@…" is "Freja Holm"."""
    words = address.split("@")[0].replace("_", ".").replace("-", ".").split(".")
    return " ".join(word.capitalize() for word in words if word)[:120] or address[:120]
