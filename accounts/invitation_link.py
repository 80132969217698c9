"""The link in an invitation's mail: one is open at a time, each works once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Invitation, Membership, keyed_hash
from accounts.tasks import send_invitation
from pleo.lib import work
from pleo.lib.ids import uuid7


def open_link(membership: Membership, *, now: datetime) -> Invitation:
    """Write a fresh link for an invited membership and ring for its mail, in the caller's transaction."""
    invitation = Invitation(
        id=uuid7(),
        company=membership.company,
        membership=membership,
        email=membership.email,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
        created_at=now,
    )
    invitation.token_hash = keyed_hash(invitation.secret)
    invitation.save(force_insert=True)
    work.enqueue(send_invitation, invitation_id=invitation.pk)
    return invitation


def close_links(membership: Membership, *, now: datetime) -> None:
    """Make every open link of a membership lead to a page that says it was withdrawn."""
    Invitation.objects.filter(membership=membership, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
