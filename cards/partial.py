"""A smaller yes, where the till can take one: as much as the limits and the wallet leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cards import limits
from cards.controls import Check, refusals
from cards.issuers.base import AuthorizationRequest
from cards.models import Card


def smaller(request: AuthorizationRequest, card: Card, checks: Sequence[Check]) -> AuthorizationRequest | None:
    """Return the request for what is left, or None: the till wants all or nothing, or something else than money says no.

    What is left is read without a lock. Whether it is still there is decided as for any other request.
    """
    failed = refusals(checks)
    about_money = all(each["code"] == "funds" or each["code"].startswith("limit_") for each in failed)
    if not request.can_be_partial or not failed or not about_money:
        return None
    card.account.refresh_from_db()
    left = limits.spendable(card, request.occurred_at)
    if not 0 < left.amount < request.amount.amount:
        return None
    return replace(request, amount=left)
