"""Say who was there: colleagues, and guests with the company they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import Company, Membership
from events.record import record
from expenses.code_expense import answered_by, open_for
from expenses.evaluate_policies import evaluate_policies
from expenses.models import Attendee, Expense
from pleo.lib.errors import DomainError
from pleo.lib.search import search_words

MOST = 100
LENGTH = 80


class TooManyAttendees(DomainError):
    """More people than anybody lists by name."""

    code = "too_many_attendees"
    field = "attendees"

    def message(self) -> str:
        return gettext("Name %(most)s people at most.") % {"most": MOST}


class NameUnclear(DomainError):
    """Two colleagues have this name."""

    code = "attendee_name_unclear"
    field = "attendees"

    def message(self) -> str:
        return gettext("Two people here are called %(name)s. Write the e-mail address.") % self.params


@dataclass(frozen=True)
class Present:
    """Somebody who was there; a colleague by `membership`, a guest by name and organisation."""

    name: str
    organisation: str = ""
    membership: Membership | None = None


@transaction.atomic
def keep_attendees(
    *, expense: Expense, by: Membership, people: Sequence[Present], now: datetime, version: int | None = None
) -> Expense:
    """Put these people in the place of those there were; the same person named twice counts once.

    Names stand on the expense alone, the log only counts them. Raises TooManyAttendees, NotYours, ExpenseLocked,
    PeriodLocked, ExpenseChanged.
    """
    locked = open_for(expense=expense, by=by, version=version)
    wanted = {_key(one): one for one in (_cleaned(one) for one in people) if one.name}
    if len(wanted) > MOST:
        raise TooManyAttendees
    known = {
        (row.membership_id, row.name.casefold(), row.organisation.casefold()): row for row in locked.attendees.all()
    }
    if set(known) == set(wanted):
        return locked
    Attendee.objects.filter(pk__in=[row.pk for key, row in known.items() if key not in wanted]).delete()
    Attendee.objects.bulk_create(
        Attendee(
            company_id=locked.company_id, expense=locked, membership=one.membership, name=one.name,
            organisation=one.organisation,
        )
        for key, one in wanted.items() if key not in known
    )  # fmt: skip
    before, locked.attendee_count = locked.attendee_count, len(wanted)
    answered_by(locked, by)
    locked.save(update_fields=["attendee_count", "review"])
    changes = {"attendees": [before, locked.attendee_count]}
    record(company=locked.company, verb="expense.attendees_changed", subject=locked, by=by, changes=changes, now=now)
    evaluate_policies(locked, now=now)
    return locked


def _cleaned(one: Present) -> Present:
    """A colleague is called as here; a guest as typed, without line breaks and what no database keeps."""
    if one.membership is not None:
        return Present(one.membership.name[:LENGTH], "", one.membership)
    name, organisation = (" ".join(text.replace("\x00", "").split())[:LENGTH] for text in (one.name, one.organisation))
    return Present(name, organisation)


def _key(one: Present) -> tuple[object, str, str]:
    return one.membership.pk if one.membership else None, one.name.casefold(), one.organisation.casefold()


def people_in(text: str, company: Company) -> list[Present]:
    """Read one person per line: a colleague by name or e-mail address, a guest as "name, company". Raises NameUnclear."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise TooManyAttendees
    by_name: dict[str, list[Membership]] = {}
    by_email: dict[str, Membership] = {}
    for person in _maybe_meant([line for line in lines if "," not in line], company):
        by_name.setdefault(person.name.casefold(), []).append(person)
        by_email[person.email.casefold()] = person
    found = []
    for line in lines:
        name, _comma, organisation = line.partition(",")
        same = [] if organisation.strip() else by_name.get(line.casefold(), [])
        if len(same) > 1:
            raise NameUnclear(name=same[0].name)
        colleague = by_email.get(line.casefold()) or (same[0] if same else None)
        found.append(Present(name.strip(), organisation.strip(), colleague))
    return found


def _maybe_meant(names: Sequence[str], company: Company) -> list[Membership]:
    """Return the active people whose name or address contains one of these, in one query; none for no names."""
    asked = Q(pk__in=[])
    for name in names:
        asked |= Q(search_text__contains=" ".join(search_words(name.replace("\x00", ""))))
    return list(Membership.objects.active().filter(asked, company=company)) if names else []
