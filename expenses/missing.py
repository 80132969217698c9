"""The list of receipts that are owed, as its address asks for it, and what stands above it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.http import QueryDict

from accounts.models import Membership
from expenses.debts import AGES, age_of, older_than, owed, with_reminders
from expenses.models import Expense, ReceiptLock, ReminderKind
from pleo.lib.money import Money
from pleo.lib.pagination import Page, bounded_count, paginate
from pleo.lib.search import search_words

SORTS = {"age": ("owed_since", "id"), "amount": ("amount", "id")}
PEOPLE_SHOWN = 200


class Missing:
    """What one person sees of the receipts that are owed, as the query string narrows it."""

    def __init__(self, viewer: Membership, asked: QueryDict, *, now: datetime) -> None:
        self.viewer, self.company, self.now = viewer, viewer.company, now
        self.q = asked.get("q", "")[:100].replace("\x00", "")
        self.person = _uuid(asked.get("person", ""))
        self.older = int(str(asked["older"])) if asked.get("older", "") in map(str, AGES) else None
        self.cursor = asked.get("cursor", "")
        sort = asked.get("sort", "age")
        self.sort = SORTS.get(sort.lstrip("-"), SORTS["age"])
        self.is_down = sort.startswith("-")

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.person or self.older)

    @property
    def everything(self) -> QuerySet[Any]:
        """All that this person may see, not narrowed."""
        return owed(Expense.objects.visible_to(self.viewer))

    @property
    def rows(self) -> QuerySet[Any]:
        rows = self.everything
        condition = Q()
        for word in search_words(self.q):
            condition &= Q(search_text__contains=word)
        if self.person:
            condition &= Q(owner=self.person)
        rows = rows.filter(condition)
        return older_than(rows, self.older, self.company, self.now) if self.older else rows

    def page(self) -> tuple[Page[Any], int, bool]:
        """Return one page with age, reminders and the lock of each row's person, and how many there are."""
        plain = self.rows
        count, exact = bounded_count(plain)
        shown = plain.select_related("owner__team").prefetch_related("owner__company")
        page = paginate(shown, by=self.sort, cursor=self.cursor, descending=self.is_down)
        keys = [row.pk for row in page.rows]
        said = {row.pk: row for row in with_reminders(Expense.objects.filter(pk__in=keys), ReminderKind.SPENDER)}
        locks = {
            row.person_id: row
            for row in ReceiptLock.objects.open().filter(person__in={row.owner_id for row in page.rows})
        }
        today = self.company.day_of(self.now)
        for row in page.rows:
            row.age = age_of(row, self.company, self.now)
            row.reminded, row.reminded_on = said[row.pk].reminded, said[row.pk].reminded_on
            row.was_reminded_today = row.reminded_on == today
            row.lock = locks.get(row.owner_id)
        return page, count, exact

    def people(self) -> list[dict[str, Any]]:
        """Return who owes how many receipts, what they come to by currency, and since when, the most first."""
        found = (
            self.rows.order_by().values("owner_id", "owner__name", "currency")
            .annotate(number=Count("pk"), sum=Sum("amount"), since=Min("owed_since"), last=Max("owed_since"))
        )  # fmt: skip
        rows = sorted(found, key=lambda row: (-row["number"], row["owner__name"], str(row["owner_id"])))[:PEOPLE_SHOWN]
        for row in rows:
            row["money"] = Money(int(row["sum"]), row["currency"])
            row["age"] = (self.company.day_of(self.now) - self.company.day_of(row["since"])).days
        return rows

    def owners(self) -> QuerySet[Membership]:
        """Return the people of the filter's menu: who owes something."""
        rows: QuerySet[Membership] = Membership.objects.for_company(self.company).order_by("name", "id")
        return rows.filter(pk__in=self.everything.order_by().values("owner"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
