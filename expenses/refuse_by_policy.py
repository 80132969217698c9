"""Refuse a claim that a rule of the company does not allow, or that lacks what a rule asks for: beside the field at fault."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from expenses.models import Expense, PolicyEffect, PolicyFlag
from expenses.policy_flags import PolicyBlocks, is_blocked, open_flags
from expenses.policy_words import words_of
from pleo.lib.errors import DomainError

# What the person can change to meet a rule.
FIELDS = {
    "over_amount": "amount",
    "over_per_person": "attendees",
    "day_off": "date",
    "late": "date",
    "currency": "currency",
    "merchant": "merchant",
    "tip": "amount",
    "distance": "one_way",
    "journey": "ends_at",
}


class DetailsMissing(DomainError):
    """A rule of the company asks for something that the claim leaves empty."""

    code = "details_missing"
    field = "note"

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.field = params["what"]  # type: ignore[misc]

    def message(self) -> str:
        texts = {
            "note": gettext("Write what this was for. The rule “%(rule)s” asks for it."),
            "attendees": gettext("Write who was there. The rule “%(rule)s” asks for it."),
        }
        return texts[self.params["what"]] % self.params


def refuse_by_policy(expense: Expense, *, asks: tuple[str, ...] = ("note", "attendees")) -> None:
    """Raise what stands against handing in a claim as it was just evaluated: DetailsMissing, PolicyBlocks.

    `asks` are the fields that the form of this kind of claim has.
    """
    missing = PolicyFlag.objects.filter(
        expense=expense, cleared_at=None, effect=PolicyEffect.REQUIRE, check_code__in=asks
    )
    first = missing.select_related("version").order_by("rule__position", "rule_id").first()
    if first is not None:
        raise DetailsMissing(what=first.check_code, rule=first.version.name)
    refuse_blocked(expense)


def refuse_blocked(expense: Expense) -> None:
    """Raise PolicyBlocks while a rule refuses the claim."""
    if not is_blocked(expense):
        return
    flag = next(one for one in open_flags(expense) if one.effect == PolicyEffect.BLOCK and one.passed_at is None)
    error = PolicyBlocks(rule=flag.version.name, why=words_of(flag, expense.currency))
    error.field = FIELDS.get(flag.check_code, "category")  # type: ignore[misc]
    raise error
