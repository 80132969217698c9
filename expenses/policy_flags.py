"""Ask what the company's rules say about an expense as it stands. Written by `evaluate_policies.py` alone."""

from __future__ import annotations

from django.utils.translation import gettext

from expenses.models import Expense, PolicyEffect, PolicyFlag
from expenses.policy_rules import CLAIMED
from pleo.lib.errors import DomainError


class PolicyBlocks(DomainError):
    """A rule of the company refuses the claim."""

    code = "policy_blocks"
    field = "merchant"

    def message(self) -> str:
        return gettext("%(rule)s: the company does not pay this back. %(why)s") % self.params


def open_flags(expense: Expense) -> list[PolicyFlag]:
    """Return the flags that stand on an expense now, in the order of the rules; missing fields are none of them."""
    rows = PolicyFlag.objects.filter(expense=expense, cleared_at=None).exclude(effect=PolicyEffect.REQUIRE)
    return list(rows.select_related("version", "rule").order_by("rule__position", "rule_id"))


def needs_review(expense: Expense) -> bool:
    """Say whether a person has to look: no rule may say okay by itself. What finance let pass asks for nothing more."""
    return expense.flag_level in (PolicyEffect.REVIEW, PolicyEffect.BLOCK)


def is_blocked(expense: Expense) -> bool:
    """Say whether a rule refuses this claim. Money that a card paid is spent; there a refusal asks for a review."""
    return expense.flag_level == PolicyEffect.BLOCK and expense.kind in CLAIMED
