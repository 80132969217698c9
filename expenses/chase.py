"""Remind people of receipts by the company's schedule, and tell their managers of what stays away.

Everything is worked out from what was sent before, never from when this ran last: a beat that comes late or twice, or two
workers at once, send what is due once. A day has one reminder for each person.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Company, CompanyStatus, Membership, MembershipStatus, ReceiptMails
from accounts.permissions import CAPABILITIES
from expenses.debts import begin_of, owed, with_reminders
from expenses.models import Expense, ReceiptRules, Reminder, ReminderItem, ReminderKind, rules_of
from expenses.remind import NobodyToRemind, RemindedToday, remind

logger = logging.getLogger(__name__)
# Nobody is written to at night or on a weekend, by the company's clock. What was missed goes out on the next working day.
OPENS, CLOSES = 8, 18
SATURDAY = 5
# What nobody brought in a year will not come by another mail; finance still sees it in the list.
LOOK_BACK = timedelta(days=365)
# Purchases that one mail names; the page shows them all.
MOST_NAMED = 200


def chase(*, now: datetime) -> int:
    """Send what is due in every company where it is working time; return how many reminders were made."""
    made = 0
    for company in Company.objects.filter(status=CompanyStatus.ACTIVE).order_by("pk").iterator():
        rules = rules_of(company)
        if rules.chase_is_on and is_working_time(company, now):
            made += chase_company(company, rules, now=now)
    return made


def is_working_time(company: Company, now: datetime) -> bool:
    """Say whether somebody would be at work where the company is."""
    there = now.astimezone(company.zone)
    return there.weekday() < SATURDAY and OPENS <= there.hour < CLOSES


def chase_company(company: Company, rules: ReceiptRules, *, now: datetime) -> int:
    """Remind spenders, then managers. One that fails does not stop the others."""
    today = company.day_of(now)
    made = 0
    for person, expenses in _due_spenders(company, rules, today):
        made += _sent(person, expenses, ReminderKind.SPENDER, now)
    if rules.escalate_days is not None:
        for person, expenses in _due_managers(company, rules, rules.escalate_days, today):
            made += _sent(person, expenses, ReminderKind.MANAGER, now)
    return made


def _sent(person: Membership, expenses: list[Any], kind: str, now: datetime) -> int:
    try:
        remind(person=person, expenses=expenses[:MOST_NAMED], kind=kind, now=now)
    except (RemindedToday, NobodyToRemind) as error:
        logger.info("no reminder: person=%s why=%s", person.pk, error.code)
        return 0
    return 1


def next_reminder(
    *, owed_on: date, reminded: int, reminded_on: date | None, first: int, every: int, most: int
) -> date | None:
    """Return the day on which a purchase is due to be named (next), or None when it was named often enough."""
    if reminded >= most:
        return None
    if reminded_on is None:
        return owed_on + timedelta(days=first)
    return reminded_on + timedelta(days=every)


def deadline_of(choice: str, today: date) -> date:
    """Return up to which day things must have come due to be mailed today: weekly people hear on Mondays.

    On a Tuesday after a Monday that was missed, what was due by then goes out late.
    """
    return today - timedelta(days=today.weekday()) if choice == ReceiptMails.WEEKLY else today


def _rows(company: Company, *, owed_before: date, today: date, to_spenders: int = 0) -> Iterable[Any]:
    """Yield what has been owed since before a day, by person. With `to_spenders`, what may still be named to its spender:

    fewer than so many times before, and nobody who heard today.
    """
    recent = Expense.objects.for_company(company).filter(purchased_at__gte=begin_of(today - LOOK_BACK, company))
    rows = owed(recent).filter(owed_since__lt=begin_of(owed_before, company))
    if to_spenders:
        told = Reminder.objects.for_company(company).filter(kind=ReminderKind.SPENDER, day=today)
        rows = rows.exclude(owner__in=told.values("person"))
        rows = with_reminders(rows, ReminderKind.SPENDER).filter(reminded__lt=to_spenders)
    return rows.select_related("owner__user", "owner__company", "owner__manager__user", "owner__manager__company").order_by(
        "owner_id", "owed_since", "id"
    ).iterator(chunk_size=1000)  # fmt: skip


def _managers_told(company: Company, today: date) -> set[UUID]:
    rows = Reminder.objects.for_company(company).filter(kind=ReminderKind.MANAGER, day=today)
    return set(rows.values_list("person_id", flat=True))


def _due_spenders(company: Company, rules: ReceiptRules, today: date) -> list[tuple[Membership, list[Any]]]:
    """Return the people to remind today, each with what is due, oldest first."""
    people: dict[UUID, Membership] = {}
    due: dict[UUID, list[Any]] = defaultdict(list)
    before = today - timedelta(days=rules.chase_first_days - 1)
    for row in _rows(company, owed_before=before, today=today, to_spenders=rules.chase_most):
        person = row.owner
        if person.user is None or person.status != MembershipStatus.ACTIVE:
            continue
        day = next_reminder(
            owed_on=company.day_of(row.owed_since), reminded=row.reminded, reminded_on=row.reminded_on,
            first=rules.chase_first_days, every=rules.chase_every_days, most=rules.chase_most,
        )  # fmt: skip
        if day is not None and day <= deadline_of(person.user.receipt_mails, today):
            people[person.pk] = person
            due[person.pk].append(row)
    return [(people[pk], rows) for pk, rows in due.items()]


def _due_managers(company: Company, rules: ReceiptRules, after: int, today: date) -> list[tuple[Membership, list[Any]]]:
    """Return who hears today of what their people owe, each with all of it that is due."""
    told = _managers_told(company, today)
    said = _said_to_managers(company)
    find = _Managers(company)
    people: dict[UUID, Membership] = {}
    due: dict[UUID, list[Any]] = defaultdict(list)
    for row in _rows(company, owed_before=today - timedelta(days=after - 1), today=today):
        for manager in find.of(row.owner):
            times, last = said.get((manager.pk, row.pk), (0, None))
            day = next_reminder(
                owed_on=company.day_of(row.owed_since), reminded=times, reminded_on=last, first=after,
                every=rules.chase_every_days, most=rules.chase_most,
            )  # fmt: skip
            is_due = (
                day is not None and manager.user is not None and day <= deadline_of(manager.user.receipt_mails, today)
            )
            if is_due and manager.pk not in told:
                people[manager.pk] = manager
                due[manager.pk].append(row)
    return [(people[pk], rows) for pk, rows in due.items()]


def _said_to_managers(company: Company) -> dict[tuple[UUID, UUID], tuple[int, date]]:
    """Return how often, and when last, each manager was told of each purchase that is still owed."""
    open_now = owed(Expense.objects.for_company(company)).order_by().values("pk")
    rows = ReminderItem.objects.for_company(company).filter(reminder__kind=ReminderKind.MANAGER, expense__in=open_now)
    found: dict[tuple[UUID, UUID], tuple[int, date]] = {}
    for person, expense, day in rows.order_by("reminder__day").values_list(
        "reminder__person_id", "expense_id", "reminder__day"
    ):
        times = found[(person, expense)][0] if (person, expense) in found else 0
        found[(person, expense)] = (times + 1, day)
    return found


class _Managers:
    """Who hears of a person's missing receipts: their manager, else the leads of their team, else finance."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._leads: dict[UUID, list[Membership]] = {}
        self._finance: list[Membership] | None = None

    def of(self, person: Membership) -> list[Membership]:
        manager = person.manager
        if manager is not None and manager.status == MembershipStatus.ACTIVE and manager.pk != person.pk:
            return [manager]
        leads = [lead for lead in self._leads_of(person.team_id) if lead.pk != person.pk]
        return leads or [one for one in self._of_finance() if one.pk != person.pk]

    def _leads_of(self, team_id: UUID | None) -> list[Membership]:
        if team_id is None:
            return []
        if team_id not in self._leads:
            rows = Membership.objects.for_company(self.company).active().filter(led_teams=team_id)
            self._leads[team_id] = list(rows.select_related("user", "company").order_by("id"))
        return self._leads[team_id]

    def _of_finance(self) -> list[Membership]:
        if self._finance is None:
            roles = CAPABILITIES["receipts.rules"]
            rows = Membership.objects.for_company(self.company).active().filter(role__in=roles, user__isnull=False)
            self._finance = list(rows.select_related("user", "company").order_by("id"))
        return self._finance
