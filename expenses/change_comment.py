"""Change what one said about an expense, or take it away, while it is fresh."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.comment import LENGTH, NothingSaid, mentioned_in, readers
from expenses.errors import NotYours
from expenses.models import Comment
from pleo.lib.errors import WrongState

FRESH = timedelta(minutes=15)


class TooLateToChange(WrongState):
    """Others have read it by now."""

    code = "too_late_to_change"

    def message(self) -> str:
        return gettext("A comment can be changed for 15 minutes. Write another one.")


def is_fresh(comment: Comment, by: Membership, now: datetime) -> bool:
    """Say whether its writer may still change a comment. What a decision was made with stays."""
    is_own = comment.by_id == by.pk and not comment.outcome and comment.deleted_at is None
    return is_own and now - comment.said_at <= FRESH


@transaction.atomic
def change_comment(*, comment: Comment, by: Membership, text: str, now: datetime) -> Comment:
    """Change the words of an own comment, which says so from then on. Nobody is told anew.

    Raises NotYours, TooLateToChange, NothingSaid.
    """
    row = _open(comment, by, now)
    text = text.replace("\x00", "").strip()[:LENGTH]
    if not text:
        raise NothingSaid
    if text == row.text:
        return row
    row.text, row.edited_at = text, now
    row.save(update_fields=["text", "edited_at"])
    row.mentioned.set(mentioned_in(text, readers(row.expense, is_internal=row.is_internal)))
    return row


@transaction.atomic
def remove_comment(*, comment: Comment, by: Membership, now: datetime) -> Comment:
    """Take an own comment away: its words are gone for good, its place stays. Raises NotYours, TooLateToChange."""
    row = _open(comment, by, now)
    row.text, row.deleted_at = "", now
    row.save(update_fields=["text", "deleted_at"])
    row.mentioned.clear()
    changes = {"comment": str(row.pk)}
    verb = "expense.internal_note_removed" if row.is_internal else "expense.comment_removed"
    record(company=row.company, verb=verb, subject=row.expense, by=by, changes=changes, now=now)
    return row


def _open(comment: Comment, by: Membership, now: datetime) -> Comment:
    rows = Comment.objects.select_for_update(no_key=True, of=("self",)).select_related("expense__owner", "company")
    row: Comment = rows.get(pk=comment.pk)
    if row.by_id != by.pk:
        raise NotYours
    if not is_fresh(row, by, now):
        raise TooLateToChange
    return row
