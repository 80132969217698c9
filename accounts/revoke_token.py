"""A token stops working, at once and for good."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import ApiToken, Membership
from accounts.signals import happened
from pleo.lib.errors import WrongState


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Membership, now: datetime) -> None:
    """End a token. Raises WrongState when it was ended before."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        raise WrongState
    happened.send(sender=ApiToken, company=token.company, verb="token.revoked", subject=token, by=by, now=now)
