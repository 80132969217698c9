"""Raise the limit that declined a purchase, so that this purchase fits, until the end of the week."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import Membership
from cards.allow_once import NotAllowable, Own, may_be_allowed
from cards.controls import refusals
from cards.limits import PERSON, raise_limit
from cards.models import Authorization, Limit
from cards.remedies import raise_wanted, until_sunday


def raise_from_decline(*, refused: Authorization, by: Membership, now: datetime | None = None) -> Limit:
    """Raise the first limit that declined a purchase until Sunday. Raises NotAllowable, Own and what `raise_limit` raises."""
    now = now or timezone.now()
    failed = [each for each in refusals(refused.checks) if each["code"].startswith("limit_")]
    if not failed or not may_be_allowed(refused):
        raise NotAllowable
    if refused.card.cardholder_id == by.pk:
        raise Own
    first = failed[0]
    of_person = first["params"]["owner"] == PERSON
    return raise_limit(
        card=None if of_person else refused.card,
        person=refused.card.cardholder if of_person else None,
        interval=first["code"].removeprefix("limit_"),
        amount=raise_wanted(first, refused),
        ends_at=until_sunday(refused.company, now),
        by=by,
        now=now,
    )
