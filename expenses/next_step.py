"""The one thing to do next for an expense: the same table read in Python for one row and in SQL for lists.

A rule holds when every column it names has one of its values; the first rule that holds is the step. What somebody decided
comes before what is missing, what is missing before what only time can bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import Membership
    from expenses.models import Expense

# The kinds that need a receipt. A refund may carry a credit note, a fee is explained by our own statement.
WITH_RECEIPT = ("card", "out_of_pocket", "cash", "cash_purchase")


@dataclass(frozen=True)
class Rule:
    """A step and what must hold for it: column -> allowed values."""

    step: str
    when: dict[str, tuple[Any, ...]]

    def holds(self, expense: Expense) -> bool:
        return all(getattr(expense, column) in values for column, values in self.when.items())

    def query(self) -> Q:
        return Q(**{f"{column}__in": values for column, values in self.when.items()})


OPEN = ("", "unexported")
RULES: tuple[Rule, ...] = (
    Rule("exported", {"books_lane": ("exported",)}),
    Rule("queued", {"books_lane": ("queue",)}),
    Rule("reversed", {"books_lane": OPEN, "payment": ("reversed",)}),
    Rule("not_okay", {"books_lane": OPEN, "review": ("not_okay",)}),
    Rule("needs_details", {"books_lane": OPEN, "review": ("needs_details",)}),
    Rule("blocked", {"books_lane": OPEN, "policy_step": ("blocked",)}),
    Rule(
        "receipt_missing",
        {
            "books_lane": OPEN,
            "receipt_count": (0,),
            "kind": WITH_RECEIPT,
            "is_private": (False,),
            "receipt_wanted": (True,),
        },
    ),
    Rule("check_reading", {"books_lane": OPEN, "reading_open": (True,)}),
    Rule("category_missing", {"books_lane": OPEN, "is_coded": (False,)}),
    Rule("attendees_missing", {"books_lane": OPEN, "policy_step": ("attendees",)}),
    Rule("note_missing", {"books_lane": OPEN, "policy_step": ("note",)}),
    Rule("reason_missing", {"books_lane": OPEN, "policy_step": ("answer",)}),
    Rule("reserved", {"books_lane": OPEN, "payment": ("reserved",)}),
    Rule("to_review", {"books_lane": OPEN, "review": ("",)}),
    Rule("ready", {"books_lane": OPEN}),
)
STEPS = tuple(rule.step for rule in RULES)

# What a person whose own expense it is need not think of any more.
OTHERS_TURN = ("to_review", "ready", "queued", "exported")
# What the owner has to do something about.
OWNERS_TURN = (
    "blocked",
    "receipt_missing",
    "check_reading",
    "category_missing",
    "attendees_missing",
    "note_missing",
    "reason_missing",
    "needs_details",
    "not_okay",
)

WORDS: dict[str, Promise | str] = {
    "blocked": _("Against the rules"),
    "receipt_missing": _("Receipt missing"),
    "check_reading": _("Check what we read"),
    "category_missing": _("Category missing"),
    "attendees_missing": _("Attendees missing"),
    "note_missing": _("Note missing"),
    "reason_missing": _("Reason missing"),
    "needs_details": _("Needs details"),
    "not_okay": _("Not okay"),
    "reserved": _("Reserved"),
    "to_review": _("To review"),
    "ready": _("Ready"),
    "queued": _("In queue"),
    "exported": _("Exported"),
    "reversed": _("Released"),
}


def base_step(expense: Expense) -> str:
    """Return the step whoever looks."""
    return next(rule.step for rule in RULES if rule.holds(expense))


def sees_done(expense: Expense, membership: Membership) -> bool:
    """Say whether this person is only the spender here: reviewing and booking are somebody else's."""
    return expense.owner_id == membership.pk and not membership.can("expenses.see_all")


def next_step(expense: Expense, membership: Membership) -> str:
    """Return the one thing to do now, as this person sees it: a code of STEPS, or "done" when nothing is theirs."""
    step = base_step(expense)
    return "done" if step in OTHERS_TURN and sees_done(expense, membership) else step


def at_steps(steps: tuple[str, ...] | list[str]) -> Q:
    """Return the condition that an expense is at one of these steps; unknown words match nothing."""
    condition = Q(pk__in=[])
    for index, rule in enumerate(RULES):
        if rule.step in steps:
            earlier = Q()
            for before in RULES[:index]:
                if _can_meet(before, rule):
                    earlier &= ~before.query()
            condition |= rule.query() & earlier
    return condition


def _can_meet(one: Rule, other: Rule) -> bool:
    """Say whether both rules can hold for one row; rules that cannot need not be excluded from each other."""
    return all(set(values) & set(other.when[column]) for column, values in one.when.items() if column in other.when)


def seen_as(steps: tuple[str, ...] | list[str], membership: Membership) -> Q:
    """Return the condition that this person sees an expense at one of these steps ("done" among them)."""
    if membership.can("expenses.see_all"):
        return at_steps(steps)
    mine = [step for step in steps if step not in OTHERS_TURN]
    if "done" in steps:
        mine += OTHERS_TURN
    return (at_steps(mine) & Q(owner=membership)) | (at_steps(steps) & ~Q(owner=membership))
