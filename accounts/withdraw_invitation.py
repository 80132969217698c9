"""An invitation is taken back before anybody used it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.change_role import RoleNotYours
from accounts.invitation_link import close_links
from accounts.models import Membership, MembershipStatus
from accounts.permissions import roles_given_by
from accounts.signals import happened
from pleo.lib.errors import WrongState


@transaction.atomic
def withdraw_invitation(*, membership: Membership, by: Membership, now: datetime) -> None:
    """Close the link and the membership with it. Raises WrongState when the person joined meanwhile, RoleNotYours."""
    if membership.role not in roles_given_by(by.role):
        raise RoleNotYours(role=membership.role)
    invited = Membership.objects.filter(pk=membership.pk, status=MembershipStatus.INVITED)
    if not invited.update(status=MembershipStatus.LEFT):
        raise WrongState
    close_links(membership, now=now)
    happened.send(
        sender=Membership,
        company=membership.company,
        verb="person.invitation_withdrawn",
        subject=membership,
        by=by,
        now=now,
    )
