"""The mail was lost, or the link grew old: a new one, and the old one stops working."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.invitation_link import close_links, open_link
from accounts.models import Invitation, Membership, MembershipStatus
from accounts.signals import happened
from pleo.lib.errors import WrongState


@transaction.atomic
def invite_again(*, membership: Membership, by: Membership, now: datetime) -> Invitation:
    """Send an invited person a new link. Raises WrongState when they joined or were withdrawn meanwhile."""
    locked = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if locked.status != MembershipStatus.INVITED:
        raise WrongState
    close_links(locked, now=now)
    happened.send(
        sender=Membership, company=locked.company, verb="person.invited_again", subject=locked, by=by, now=now
    )
    return open_link(locked, now=now)
