"""The invited person says yes."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext

from accounts.invite import AlreadyHere
from accounts.models import CompanyStatus, Invitation, Membership, MembershipStatus, User, keyed_hash
from accounts.signals import happened
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text


class InvitationUnknown(DomainError):
    """No invitation has this token."""

    code = "invitation_unknown"
    status = 404

    def message(self) -> str:
        return gettext("This link is not complete. Open it from the mail again.")


class InvitationClosed(DomainError):
    """The link was used, withdrawn, or is too old; `reason` says which."""

    code = "invitation_closed"
    status = 410

    def message(self) -> str:
        return {
            "used": gettext("This invitation has been used. Log in instead."),
            "withdrawn": gettext(
                "This link does not work any more. A newer mail may have come, or the invitation was taken back."
            ),
            "expired": gettext("This invitation is too old. Ask for a new one."),
        }[self.params["reason"]]


class SignInFirst(DomainError):
    """The address has an account already: only its owner may join with it."""

    code = "sign_in_first"
    status = 403

    def message(self) -> str:
        return gettext("You have an account already. Log in to join.")


class OtherPerson(DomainError):
    """Somebody else is signed in than the one who was invited."""

    code = "other_person"
    status = 403

    def message(self) -> str:
        return gettext("This invitation is for %(email)s.") % self.params


def find_invitation(*, token: str, now: datetime) -> Invitation:
    """Return the open invitation of a link. Raises InvitationUnknown, InvitationClosed."""
    invitation = (
        Invitation.objects.select_related("membership__company", "company")
        .filter(token_hash=keyed_hash(token), company__status=CompanyStatus.ACTIVE)
        .first()
    )
    if invitation is None:
        raise InvitationUnknown
    if not invitation.is_open(now):
        reason = "used" if invitation.accepted_at else "withdrawn" if invitation.withdrawn_at else "expired"
        raise InvitationClosed(reason=reason)
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, now: datetime, user: User | None = None, name: str = "", password: str = ""
) -> Membership:
    """Make an invited membership active, for the signed-in `user` or for a new one with `name` and `password`.

    Works once, also when two come at the same moment. The link proves the address, so it counts as confirmed. Raises
    InvitationUnknown, InvitationClosed, SignInFirst, OtherPerson, AlreadyHere.
    """
    invitation = find_invitation(token=token, now=now)
    mine = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None, expires_at__gt=now)
    if not mine.update(accepted_at=now):
        raise InvitationClosed(reason="used")
    person = _person(invitation, user=user, name=name, password=password)
    membership = invitation.membership
    # The address is new to the company, its owner need not be: people change their address.
    if Membership.objects.for_company(membership.company).filter(user=person).exclude(pk=membership.pk).exists():
        raise AlreadyHere(name=person.get_full_name())
    membership.name = person.name or membership.name
    invited = Membership.objects.filter(pk=membership.pk, status=MembershipStatus.INVITED)
    if not invited.update(
        user=person,
        status=MembershipStatus.ACTIVE,
        name=membership.name,
        search_text=search_text(membership.name, membership.email),
    ):
        raise InvitationClosed(reason="withdrawn")
    membership.refresh_from_db()
    happened.send(
        sender=Membership, company=membership.company, verb="person.joined", subject=membership, by=membership, now=now
    )
    return membership


def _person(invitation: Invitation, *, user: User | None, name: str, password: str) -> User:
    """Return who joins, with the address confirmed."""
    owner = User.objects.filter(email=invitation.email).first()
    if user is not None and user != owner:
        raise OtherPerson(email=invitation.email)
    if user is None and owner is not None:
        raise SignInFirst
    person = user or User.objects.create_user(invitation.email, password, name=name.strip())
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
    return person
