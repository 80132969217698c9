"""Change the order in which rules are listed and flags are read."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Membership
from expenses.errors import NotYours
from expenses.models import PolicyRule


@transaction.atomic
def move_rule(*, rule: PolicyRule, by: Membership, up: bool) -> None:
    """Let a live rule change places with its neighbour; the first stays first, the last last. Raises NotYours."""
    if not by.can("policies.manage"):
        raise NotYours
    live = PolicyRule.objects.select_for_update().for_company(by.company).filter(archived_at=None)
    rules = list(live.order_by("position", "id"))
    index = next((number for number, one in enumerate(rules) if one.pk == rule.pk), None)
    other = None if index is None else index + (-1 if up else 1)
    if index is None or other is None or not 0 <= other < len(rules):
        return
    rules[index], rules[other] = rules[other], rules[index]
    for number, one in enumerate(rules, 1):
        PolicyRule.objects.filter(pk=one.pk).exclude(position=number).update(position=number)
