"""What the page of an expense says about its flags to one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses.guidelines import Section, sections_of
from expenses.models import Expense, PolicyEffect, PolicyFlag
from expenses.policy_rules import CLAIMED
from expenses.policy_words import words_of

TONES = {"warn": "info", "note": "attention", "review": "attention", "block": "negative"}
ICONS = {"note": "pencil", "attendees": "users"}
EFFECTS: dict[str, Promise | str] = {
    "warn": _("Only a warning."),
    "note": _("The rule asks for a reason."),
    "review": _("A person has to review it."),
    "block": _("The company does not pay this back."),
    "block_card": _("The company does not allow this; a person has to review it."),
}


@dataclass(frozen=True)
class ShownFlag:
    """A flag in words, and what this person may do about it."""

    row: PolicyFlag
    words: str
    effect: Promise | str
    tone: str
    icon: str
    section: Section | None
    may_answer: bool
    may_pass: bool
    error: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Asked:
    """A field that a rule asks for."""

    rule: str
    words: str
    icon: str


def rows_of(expense: Expense) -> list[PolicyFlag]:
    """Return the open flags and the fields asked for, in the order of the rules."""
    rows = PolicyFlag.objects.filter(expense=expense, cleared_at=None).select_related(
        "version", "answered_by", "passed_by"
    )
    return list(rows.order_by("rule__position", "rule_id"))


def shown(
    expense: Expense,
    viewer: Membership,
    rows: list[PolicyFlag],
    *,
    can_edit: bool,
    can_review: bool,
    refused: dict[str, Any],
) -> list[ShownFlag]:
    """Return the flags for the page; `refused` is what the last form about one of them got back."""
    flags = [row for row in rows if row.effect != PolicyEffect.REQUIRE]
    named = any(row.version.section for row in flags)
    sections = {one.slug: one for one in sections_of(expense.company)} if named else {}
    return [_shown(expense, viewer, row, sections, can_edit, can_review, refused) for row in flags]


def _shown(
    expense: Expense, viewer: Membership, row: PolicyFlag, sections: dict[str, Section], can_edit: bool, can_review: bool,
    refused: dict[str, Any],
) -> ShownFlag:  # fmt: skip
    is_refused = refused.get("flag") == row.pk
    is_own = expense.owner_id == viewer.pk
    on_card = row.effect == PolicyEffect.BLOCK and expense.kind not in CLAIMED
    asks = row.effect != PolicyEffect.WARN and not row.answer and row.passed_at is None
    return ShownFlag(
        row=row,
        words=words_of(row, expense.currency),
        effect=EFFECTS["block_card" if on_card else row.effect],
        tone="neutral" if row.passed_at else TONES[row.effect],
        icon="ban" if row.effect == PolicyEffect.BLOCK else "flag",
        section=sections.get(row.version.section),
        may_answer=can_edit and is_own and asks,
        may_pass=can_review and not is_own and row.effect != PolicyEffect.WARN,
        error=refused["error"] if is_refused else "",
        typed=refused["answer"] if is_refused else "",
    )


def asked(expense: Expense, rows: list[PolicyFlag]) -> list[Asked]:
    """Return what the rules ask for and nobody filled in."""
    return [
        Asked(row.version.name, words_of(row, expense.currency), ICONS[row.check_code])
        for row in rows
        if row.effect == PolicyEffect.REQUIRE
    ]
