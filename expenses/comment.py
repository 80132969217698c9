"""Say something about an expense. Whoever it concerns is told; the owner's answer puts it back to whoever asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from accounts import permissions
from accounts.models import Membership
from events.notify import BOTH, notify
from events.record import record
from expenses.errors import NotYours
from expenses.models import Comment, CommentRead, Expense, Review, ReviewOutcome
from expenses.questions import may_ask
from pleo.lib.errors import DomainError

LENGTH = 2000
ASKED = (ReviewOutcome.NEEDS_DETAILS, ReviewOutcome.NOT_OKAY)
MOST_MENTIONED = 20


class NothingSaid(DomainError):
    """A comment without words."""

    code = "nothing_said"
    field = "text"

    def message(self) -> str:
        return gettext("Write something first.")


@transaction.atomic
def comment(
    *, expense: Expense, by: Membership, text: str, now: datetime, is_internal: bool = False, is_question: bool = False
) -> Comment:
    """Write a comment on an expense that the person may see. `@Name` mentions who may read it.

    An accountant's comment can be a question (`is_question`), which stays open until somebody answers; of others it is a comment.
    Told are the mentioned, the owner and whoever took part, never who may not read it. Raises NotYours, NothingSaid.
    """
    is_internal = is_internal and by.can("expenses.see_all")
    if not by.can("expenses.comment") or not Expense.objects.visible_to(by).filter(pk=expense.pk).exists():
        raise NotYours
    locked = Expense.objects.select_for_update(no_key=True, of=("self",)).select_related("owner", "company")
    row = locked.get(pk=expense.pk)
    asks = is_question and not is_internal and may_ask(by) and by.pk != row.owner_id
    outcome = ReviewOutcome.NEEDS_DETAILS if asks else ""
    said = write(expense=row, by=by, text=text, now=now, is_internal=is_internal, outcome=outcome)
    changes = {"comment": str(said.pk)}
    # What finance says among itself is an event of its own, which the history of an employee leaves out.
    if is_internal:
        event = record(
            company=row.company, verb="expense.noted_internally", subject=row, by=by, changes=changes, now=now
        )
    else:
        event = record(company=row.company, verb="expense.commented", subject=row, by=by, changes=changes, now=now)
    notify(event=event, memberships=concerned(said), channels=BOTH)
    if by.pk == row.owner_id and row.review in ASKED and not is_internal:
        row.review = ""
        row.save(update_fields=["review"])
    return said


def write(
    *, expense: Expense, by: Membership, text: str, now: datetime, is_internal: bool = False, outcome: str = ""
) -> Comment:
    """Insert a comment with its mentions, in the caller's transaction, and tell nobody. Raises NothingSaid."""
    text = text.replace("\x00", "").strip()[:LENGTH]
    if not text:
        raise NothingSaid
    said: Comment = Comment.objects.create(
        company_id=expense.company_id, expense=expense, by=by, text=text, is_internal=is_internal, outcome=outcome,
        said_at=now,
    )  # fmt: skip
    said.mentioned.set(mentioned_in(text, readers(expense, is_internal=is_internal)))
    read_upto(expense, by, now=now)
    return said


def readers(expense: Expense, *, is_internal: bool) -> QuerySet[Membership]:
    """Return the active people who may read about an expense: finance and accountants, else its owner and their leads too."""
    people = Membership.objects.active().filter(company_id=expense.company_id).exclude(role=permissions.SERVICE)
    all_seeing = people.filter(role__in=permissions.CAPABILITIES["expenses.see_all"])
    if is_internal:
        return all_seeing
    ids = {expense.owner_id}
    if expense.owner.team_id:
        ids |= set(people.filter(led_teams=expense.owner.team_id).values_list("pk", flat=True))
    asked = people.filter(is_reviewer=True)
    ids |= {one.pk for one in asked if Expense.objects.visible_to(one).filter(pk=expense.pk).exists()}
    return all_seeing | people.filter(pk__in=ids)


def mentioned_in(text: str, people: Iterable[Membership]) -> list[Membership]:
    """Return whom `@Name` in a text means: the longest name that fits at each place, whatever the case."""
    by_length = sorted(people, key=lambda one: -len(one.name))
    folded, found = text.casefold(), []
    for person in by_length:
        sign = f"@{person.name.casefold()}"
        if len(sign) > 1 and sign in folded:
            found.append(person)
            folded = folded.replace(sign, "")
    return found[:MOST_MENTIONED]


def concerned(said: Comment) -> list[Membership]:
    """Return who is told of a comment: the mentioned, the owner, and whoever said or asked something here before."""
    expense = said.expense
    took_part = set(Comment.objects.filter(expense=expense).values_list("by_id", flat=True))
    took_part |= set(Review.objects.filter(expense=expense, by__isnull=False).values_list("by_id", flat=True))
    took_part |= {expense.owner_id, *said.mentioned.values_list("pk", flat=True)}
    may_read = readers(expense, is_internal=said.is_internal)
    return [one for one in may_read if one.pk in took_part and one.pk != said.by_id]


def read_upto(expense: Expense, person: Membership, *, now: datetime) -> None:
    """Note that somebody has read what was said so far."""
    CommentRead.objects.update_or_create(
        expense=expense, membership=person, defaults={"read_at": now, "company_id": expense.company_id}
    )
