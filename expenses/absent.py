"""Say that somebody is away, and who decides in their place until they are back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus
from events.models import Channel
from events.notify import notify
from events.record import record
from expenses.errors import NotYours
from expenses.models import Absence
from expenses.route import mark_reviewers
from pleo.lib.errors import DomainError, WrongState

LONGEST = timedelta(days=366)


class AbsenceWrong(DomainError):
    """The days or the substitute make no sense."""

    code = "absence_wrong"

    def message(self) -> str:
        return {
            "order": gettext("The last day is before the first."),
            "past": gettext("The last day is over already."),
            "long": gettext("An absence lasts a year at most."),
            "substitute": gettext("Choose another active person of this company."),
            "overlap": gettext("There is an absence in these days already. End it first."),
        }[self.params["what"]]

    @property
    def place(self) -> str:
        """The field of the form that it belongs to."""
        return "substitute" if self.params["what"] == "substitute" else "ends_on"


@transaction.atomic
def be_absent(
    *, person: Membership, substitute: Membership, starts_on: date, ends_on: date, by: Membership, now: datetime
) -> Absence:
    """Note an absence, first and last day included. A person does it for themselves, who manages people for anybody.

    Raises NotYours, AbsenceWrong.
    """
    _refuse_stranger(person, by)
    today = person.company.day_of(now)
    if ends_on < starts_on:
        raise AbsenceWrong(what="order")
    if ends_on < today:
        raise AbsenceWrong(what="past")
    if ends_on - starts_on > LONGEST:
        raise AbsenceWrong(what="long")
    is_fit = substitute.status == MembershipStatus.ACTIVE and substitute.user_id is not None
    if substitute.pk == person.pk or substitute.company_id != person.company_id or not is_fit:
        raise AbsenceWrong(what="substitute")
    # Two absences of one person made at once take turns.
    Membership.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Absence.objects.filter(person=person, ended_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise AbsenceWrong(what="overlap")
    row: Absence = Absence.objects.create(
        company_id=person.company_id, person=person, substitute=substitute, starts_on=starts_on, ends_on=ends_on, by=by
    )
    mark_reviewers([substitute.pk])
    changes = {"substitute": str(substitute.pk), "from": starts_on.isoformat(), "to": ends_on.isoformat()}
    event = record(company=person.company, verb="absence.noted", subject=person, by=by, changes=changes, now=now)
    notify(event=event, memberships=[person, substitute], channels=[Channel.IN_APP])
    return row


@transaction.atomic
def end_absence(*, absence: Absence, by: Membership, now: datetime) -> Absence:
    """End an absence now, or take back one that has not begun. Raises NotYours, WrongState (it ended already)."""
    _refuse_stranger(absence.person, by)
    if not Absence.objects.filter(pk=absence.pk, ended_at=None).update(ended_at=now):
        raise WrongState
    absence.refresh_from_db()
    changes = {"substitute": str(absence.substitute_id)}
    record(company=absence.company, verb="absence.ended", subject=absence.person, by=by, changes=changes, now=now)
    return absence


def _refuse_stranger(person: Membership, by: Membership) -> None:
    if person.company_id != by.company_id or (person.pk != by.pk and not by.can("people.manage")):
        raise NotYours
