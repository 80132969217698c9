"""What the page about somebody leaving shows beyond cards: what is owed in each direction, and what they have still to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from accounts.leave import check_leave
from accounts.models import ApiToken, Membership, MembershipStatus
from cards.models import Leaving
from cards.offboard import current, reserved, reserved_total, resting
from expenses.models import Expense, ExpenseLine
from expenses.next_step import OWNERS_TURN, at_steps
from expenses.owed import OWED
from pleo.lib.errors import DomainError
from pleo.lib.money import Money

SHOWN = 20


@dataclass(frozen=True)
class Stage:
    """One step of leaving. `state` is done, now or next."""

    name: str
    state: str


class LeavingPage:
    """Where one person's leaving stands, for who shows them out."""

    def __init__(self, person: Membership, viewer: Membership) -> None:
        self.person, self.viewer = person, viewer
        self.leaving: Leaving | None = current(person)
        self.is_gone = person.status == MembershipStatus.LEFT
        self.holds = list(reserved(person)[:SHOWN])
        self.held = reserved_total(person)
        self.frozen, self.open_cards = resting(person)
        self.tokens = ApiToken.objects.filter(membership=person, revoked_at=None).count()
        self.teams = list(person.led_teams.order_by("name"))

    @property
    def claimed(self) -> Money:
        """What the person paid for the company and was not paid back here: out of pocket, mileage, days away."""
        rows = Expense.objects.for_company(self.person.company).filter(owner=self.person, kind__in=OWED)
        total = rows.exclude(payment="reversed").aggregate(total=Sum("amount"))["total"]
        return Money(total or 0, self.person.company.currency)

    @property
    def private(self) -> Money:
        """What the person bought for themselves with the company's money."""
        rows = ExpenseLine.objects.filter(expense__owner=self.person, is_private=True)
        signed = dict(rows.order_by().values_list("direction").annotate(Sum("amount")))
        return Money(signed.get("spend", 0) - signed.get("refund", 0), self.person.company.currency)

    @property
    def undone(self) -> int:
        """How many expenses wait for something from the person."""
        rows = Expense.objects.for_company(self.person.company).filter(at_steps(OWNERS_TURN), owner=self.person)
        return int(rows.count())

    @property
    def last_release(self) -> Any:
        """The day on which the last reserved money is free at the latest."""
        ends = [row.expires_at for row in self.holds if row.expires_at]
        return max(ends) if ends else None

    @property
    def problem(self) -> DomainError | None:
        """What stands against it, but for the lead that the form asks for."""
        lead = next(iter(self.leads()), None)
        try:
            check_leave(membership=self.person, lead=lead, by=self.viewer)
        except DomainError as error:
            return error
        return None

    def leads(self) -> Any:
        """Return who could take the person's teams over."""
        people = Membership.objects.for_company(self.person.company).active().exclude(pk=self.person.pk)
        return people.exclude(role="service").order_by("name", "id")

    @property
    def stages(self) -> list[Stage]:
        """The way out, with what is done and what is still waited for."""
        started, gone = self.leaving is not None or self.is_gone, self.is_gone
        waits = started and not gone and bool(self.holds)
        return [
            Stage("rest", "done" if started else "next"),
            Stage("settle", "done" if gone or (started and not waits) else "now" if waits else "next"),
            Stage("close", "done" if gone else "next"),
            Stage("out", "done" if gone else "next"),
        ]
