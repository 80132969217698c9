"""What accountants asked the people of a company about an expense, and what nobody answered yet."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership
from accounts.permissions import ACCOUNTANT, ACCOUNTANT_LIMITED
from expenses.models import Comment, ReviewOutcome

BOOKKEEPERS = (ACCOUNTANT, ACCOUNTANT_LIMITED)


def may_ask(person: Membership) -> bool:
    """Say whether a comment of this person can be a question of the books. Reviewers ask by their decision instead."""
    return person.role in BOOKKEEPERS and person.can("expenses.comment")


def open_questions() -> QuerySet[Comment]:
    """Return the questions that the books' side asked and nobody answered.

    An answer is what the company's people said later for all to read; what whoever asked says later, without asking, settles it too.
    What accountants say to each other does not.
    """
    later = Comment.objects.filter(
        expense=OuterRef("expense"), id__gt=OuterRef("id"), deleted_at=None, is_internal=False
    )
    answers = later.filter(~Q(by__role__in=BOOKKEEPERS) | Q(by=OuterRef("by"), outcome=""))
    asked = Comment.objects.filter(outcome=ReviewOutcome.NEEDS_DETAILS, by__role__in=BOOKKEEPERS, is_internal=False)
    return asked.exclude(Exists(answers))
