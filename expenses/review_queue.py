"""The queues of the review inbox: what waits for me, what I decide in somebody's place, what waits for others, what I decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from expenses import next_step
from expenses.deciders import waits_for
from expenses.listing import found_by
from expenses.models import Direction, Expense, ExpenseKind, Review, StageDecision
from expenses.stand_ins import covered_by
from pleo.lib.money import Money
from pleo.lib.search import search_words

MINE, INSTEAD, OTHERS, DECIDED = "mine", "instead", "others", "decided"
QUEUES: dict[str, Any] = {
    MINE: _("Waiting for you"),
    INSTEAD: _("In place of others"),
    OTHERS: _("Waiting for others"),
    DECIDED: _("Decided by you"),
}


class QueueForm(forms.Form):
    """The filters of a queue; a value that makes no sense is left out."""

    q = forms.CharField(max_length=120, required=False)
    kind = forms.ChoiceField(required=False, choices=[("", _("Any kind")), *ExpenseKind.choices])
    sort = forms.ChoiceField(
        required=False, choices=[("", _("Oldest first")), ("-date", _("Newest first")), ("-amount", _("Largest first"))]
    )


class Queue:
    """One person's queue, as a query string describes it."""

    def __init__(self, person: Membership, params: Any, *, now: datetime) -> None:
        self.person, self.now = person, now
        self.form = QueueForm(params)
        self.form.is_valid()
        self.values = {name: value for name, value in self.form.cleaned_data.items() if value}
        asked = params.get("queue", MINE)
        self.name = asked if asked in self.offered else MINE
        self.cursor = params.get("cursor", "")

    @property
    def offered(self) -> dict[str, Any]:
        """The queues that this person has: for substitutes, and for who sees what waits for others."""
        without = set() if covered_by(self.person, self.now) else {INSTEAD}
        without |= set() if self.person.can("expenses.see_all") else {OTHERS}
        return {name: word for name, word in QUEUES.items() if name not in without}

    def rows_of(self, name: str) -> QuerySet[Expense]:
        """Return the expenses of a queue, in no order and whatever the filters."""
        rows = Expense.objects.visible_to(self.person)
        if name == DECIDED:
            reviews = Review.objects.filter(expense=OuterRef("pk"), by=self.person)
            said = StageDecision.objects.filter(stage__route__expense=OuterRef("pk"), by=self.person)
            decided: QuerySet[Expense] = rows.filter(Q(Exists(reviews)) | Q(Exists(said)))
            return decided
        if name == OTHERS:
            mine = waits_for(self.person, now=self.now)
            waiting: QuerySet[Expense] = rows.filter(next_step.at_steps(("to_review",))).exclude(mine)
            return waiting
        found: QuerySet[Expense] = rows.filter(
            waits_for(self.person, now=self.now, instead={MINE: False, INSTEAD: True}[name])
        )
        return found

    @property
    def rows(self) -> QuerySet[Expense]:
        rows = self.rows_of(self.name)
        if "kind" in self.values:
            rows = rows.filter(kind=self.values["kind"])
        for word in search_words(self.values.get("q", "")):
            rows = rows.filter(found_by(word))
        return rows

    @property
    def order(self) -> tuple[tuple[str, ...], bool]:
        """The columns of the order, and whether it goes down."""
        sort = self.values.get("sort", "-date" if self.name == DECIDED else "")
        return {"-date": (("purchased_at", "id"), True), "-amount": (("amount", "id"), True)}.get(
            sort, (("purchased_at", "id"), False)
        )

    def total(self) -> tuple[Money, int]:
        """Return what the queue sums to, refunds taken off, and how many rows it has."""
        signed = Case(
            When(direction=Direction.SPEND, then=F("amount")), default=-F("amount"), output_field=BigIntegerField()
        )
        found = self.rows.order_by().aggregate(sum=Sum(signed), count=Count("pk"))
        return Money(int(found["sum"] or 0), self.person.company.currency), found["count"]


def waiting_count(person: Membership, *, now: datetime, most: int = 99) -> int:
    """Return how many expenses wait for a person, their substitutions included; counted to `most` + 1."""
    rows = Expense.objects.visible_to(person).filter(waits_for(person, now=now))
    return int(rows.order_by()[: most + 1].count())
