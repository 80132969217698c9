"""A person's account with the company: what expenses count for in it, and what is open.

`follow` is called wherever an expense changes what it counts for: its money, its lines, the decision about it. It appends the
difference, so calling it twice changes nothing, and in whatever order things happen, the sum is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, When
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from expenses.models import (
    BalanceEntry,
    BalanceKind,
    Direction,
    Expense,
    ExpenseKind,
    Owed,
    PaymentState,
    Payout,
    PayoutItem,
    PayoutStatus,
    ReviewOutcome,
)
from pleo.lib.errors import DomainError
from pleo.lib.money import Money

OWED = (ExpenseKind.OUT_OF_POCKET, ExpenseKind.MILEAGE, ExpenseKind.PER_DIEM)
ON_THE_WAY = (PayoutStatus.PROPOSED, PayoutStatus.SENT)
SIGNED = Case(When(owed=Owed.TO_PERSON, then=F("amount")), default=-F("amount"), output_field=BigIntegerField())


class BeingPaid(DomainError):
    """A run that pays the claim is on its way."""

    code = "claim_being_paid"
    status = 409

    def message(self) -> str:
        return (
            gettext("Run #%(number)s pays this back. Cancel the run first, or wait for the bank’s answer.")
            % self.params
        )


def effect_of(expense: Expense) -> int:
    """Return what an expense counts for now, in minor units: above zero the company owes, below zero the person does."""
    if expense.payment != PaymentState.CLEARED:
        return 0
    private = sum(
        line.amount if line.direction == Direction.SPEND else -line.amount
        for line in expense.lines.filter(is_private=True)
    )
    spent = expense.amount if expense.direction == Direction.SPEND else -expense.amount
    if expense.kind in (*OWED, ExpenseKind.CASH_PURCHASE):
        return spent - private if expense.review == ReviewOutcome.OKAY else 0
    return -spent if expense.kind == ExpenseKind.CASH else -private


def kind_of(expense: Expense) -> str:
    """Return under which kind an expense stands in the account."""
    if expense.kind in OWED:
        return BalanceKind.CLAIM
    return BalanceKind.CASH if expense.kind in (ExpenseKind.CASH, ExpenseKind.CASH_PURCHASE) else BalanceKind.PRIVATE


def follow(expense: Expense, *, now: datetime | None = None, by: Membership | None = None) -> BalanceEntry | None:
    """Append what an expense counts for more, or less, than its entries say. The caller holds the expense's row lock."""
    entries = BalanceEntry.objects.filter(expense=expense)
    known = entries.aggregate(sum=Sum(SIGNED))
    difference = effect_of(expense) - int(known["sum"] or 0)
    if not difference:
        return None
    company = expense.company
    return BalanceEntry.objects.create(
        company_id=expense.company_id,
        membership_id=expense.owner_id,
        kind=kind_of(expense),
        owed=Owed.TO_PERSON if difference > 0 else Owed.BY_PERSON,
        amount=abs(difference),
        currency=expense.currency,
        booked_date=company.day_of(now or timezone.now()),
        expense=expense,
        revision=entries.count() + 1,
        text=expense.merchant[:200],
        by=by,
    )


def refuse_being_paid(expense: Expense) -> None:
    """Raise BeingPaid while a run is on its way with what this expense counts for."""
    items = PayoutItem.objects.filter(entry__expense=expense, released_at=None, payout__status__in=ON_THE_WAY)
    item = items.select_related("payout__run").first()
    if item is not None:
        raise BeingPaid(number=item.payout.run.number)


@dataclass(frozen=True)
class Standing:
    """How a person stands with the company. `balance` is everything; `on_the_way` is being paid; `open` is left to settle."""

    balance: Money
    on_the_way: Money

    @property
    def open(self) -> Money:
        return self.balance - self.on_the_way

    @property
    def word(self) -> str:
        """Say it in one sentence, as the company sees it."""
        if not self.open:
            return gettext("Even")
        return gettext("The company owes") if self.open.amount > 0 else gettext("Owes the company")


def standings(rows: QuerySet[BalanceEntry], company: Company) -> dict[UUID, Standing]:
    """Return how the people of these entries stand, by membership."""
    sums = dict(rows.order_by().values_list("membership").annotate(sum=Sum(SIGNED)).values_list("membership", "sum"))
    sent = Payout.objects.for_company(company).filter(membership__in=list(sums), status__in=ON_THE_WAY)
    moving = dict(
        sent.order_by().values_list("membership").annotate(sum=Sum("amount")).values_list("membership", "sum")
    )
    return {
        person: Standing(Money(int(total), company.currency), Money(int(moving.get(person, 0)), company.currency))
        for person, total in sums.items()
    }


def standing_of(person: Membership) -> Standing:
    """Return how one person stands."""
    rows = BalanceEntry.objects.filter(membership=person)
    nothing = Money(0, person.company.currency)
    return standings(rows, person.company).get(person.pk, Standing(nothing, nothing))


@transaction.atomic
def _enter(pk: UUID, now: datetime) -> BalanceEntry | None:
    rows = Expense.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
    return follow(rows.get(pk=pk), now=now)


def catch_up(*, now: datetime, limit: int = 500) -> int:
    """Enter what no verb entered, each in a transaction of its own; returns how many there were."""
    ids = list(behind().order_by("id").values_list("pk", flat=True)[:limit])
    return sum(_enter(pk, now) is not None for pk in ids)


def behind() -> QuerySet[Expense]:
    """Return expenses that may count for something and have no entry at all: what the sweep looks at."""
    claims = Q(kind__in=[*OWED, ExpenseKind.CASH_PURCHASE], review=ReviewOutcome.OKAY)
    cash = Q(kind=ExpenseKind.CASH, payment=PaymentState.CLEARED)
    private = Q(lines__is_private=True, payment=PaymentState.CLEARED)
    rows = Expense.objects.filter(claims | cash | private, amount__gt=0, balance_entries=None)
    return rows.distinct()
