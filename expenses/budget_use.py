"""What is used of budgets: settled and reserved money, claims that wait for their okay, and what was granted beforehand.

Counted from the lines of expenses, in the company's currency, by the day of the purchase in its time zone: refunds are taken
off, private lines and claims that are not okay are left out, and so is cash that was drawn (what it bought counts). A request
that was granted counts with what is left of it, in the period of today or, for a budget that begins later, in the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, CharField, F, Q, QuerySet, Sum, UUIDField, Value, When
from django.db.models.functions import TruncMonth

from accounts.models import Company
from expenses.balance import OWED
from expenses.budget_periods import number_at, period_at, periods_upto
from expenses.models import (
    AskSpend,
    AskStatus,
    Budget,
    BudgetAmount,
    BudgetInterval,
    Direction,
    ExpenseKind,
    ExpenseLine,
    LineTag,
    PaymentState,
    ReviewOutcome,
    SpendRequest,
    Tag,
)
from expenses.spend import SIGNED, Period
from pleo.lib.money import Money

CLEARED, HELD, CLAIMED, ASKED = "cleared", "held", "claimed", "asked"
PARTS = (CLEARED, HELD, CLAIMED, ASKED)
CLAIMS = (*OWED, ExpenseKind.CASH_PURCHASE)

# Which part of a use a line belongs to.
PART = Case(
    When(expense__payment=PaymentState.RESERVED, then=Value(HELD)),
    When(Q(expense__kind__in=CLAIMS) & ~Q(expense__review=ReviewOutcome.OKAY), then=Value(CLAIMED)),
    default=Value(CLEARED),
    output_field=CharField(),
)


@dataclass(frozen=True)
class Use:
    """One period of a budget. `amount` is what the budget is, `carried` what the period before left over; minor units."""

    period: Period
    currency: str
    amount: int
    carried: int = 0
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def used(self) -> Money:
        return Money(sum(self.parts.values()), self.currency)

    @property
    def cap(self) -> Money:
        return Money(self.amount + self.carried, self.currency)

    @property
    def left(self) -> Money:
        """What may still be spent; below zero when it is overrun."""
        return self.cap - self.used

    @property
    def over(self) -> Money:
        return max(-self.left, Money(0, self.currency))

    @property
    def percent(self) -> int:
        """How much is used, in whole percent, rounded down; above 100 when it is overrun."""
        return max(self.used.amount, 0) * 100 // self.cap.amount

    @property
    def is_over(self) -> bool:
        return self.left.amount < 0

    def part(self, name: str) -> Money:
        return Money(self.parts.get(name, 0), self.currency)

    @property
    def cleared(self) -> Money:
        return self.part(CLEARED)

    @property
    def held(self) -> Money:
        return self.part(HELD)

    @property
    def claimed(self) -> Money:
        return self.part(CLAIMED)

    @property
    def asked(self) -> Money:
        return self.part(ASKED)

    @property
    def open(self) -> Money:
        """What is used and not settled yet: the ticked part of the bar."""
        waiting = sum(self.parts.get(name, 0) for name in (HELD, CLAIMED, ASKED))
        return Money(max(waiting, 0), self.currency)

    @property
    def carried_money(self) -> Money:
        return Money(self.carried, self.currency)


def lines_between(company: Company, period: Period) -> QuerySet[ExpenseLine]:
    """Return the lines that count for budgets, bought within some days."""
    begin, end = period.moments(company.zone)
    rows = ExpenseLine.objects.filter(
        company=company, expense__purchased_at__gte=begin, expense__purchased_at__lt=end, is_private=False,
        expense__payment__in=[PaymentState.CLEARED, PaymentState.RESERVED],
    ).exclude(expense__kind=ExpenseKind.CASH)  # fmt: skip
    return rows.exclude(expense__kind__in=CLAIMS, expense__review=ReviewOutcome.NOT_OKAY)


def lines_of(budget: Budget, period: Period) -> QuerySet[ExpenseLine]:
    """Return the lines that a budget counts in a period: their signed sum is what is used, requests aside."""
    return lines_between(budget.company, period).filter(_whose(budget))


def _whose(budget: Budget) -> Q:
    own = Q()
    if budget.team_id:
        own &= Q(expense__owner__team=budget.team_id)
    if budget.category_id:
        own &= Q(category=budget.category_id)
    if budget.tag_id:
        below = tags_below([budget])[budget.tag_id]
        own &= Q(pk__in=LineTag.objects.filter(tag__in=below).values("line"))
    return own


def tags_below(budgets: Sequence[Budget]) -> dict[UUID, set[UUID]]:
    """Return, for the tag of each budget that has one, the tag and all that stand below it."""
    wanted = {budget.tag_id for budget in budgets if budget.tag_id}
    if not wanted:
        return {}
    company = budgets[0].company_id
    parents = dict(Tag.objects.filter(company=company, group__tags__in=wanted).values_list("pk", "parent"))
    return {top: {pk for pk in parents if top in _line_up(pk, parents)} for top in wanted if top}


def _line_up(pk: UUID | None, parents: dict[UUID, UUID | None]) -> set[UUID]:
    found: set[UUID] = set()
    while pk is not None and pk not in found:
        found.add(pk)
        pk = parents.get(pk)
    return found


def uses(budgets: Sequence[Budget], *, today: date) -> dict[UUID, list[Use]]:
    """Return the periods of budgets of one company from their first to that of today, in as many queries for one as for many."""
    if not budgets:
        return {}
    company = budgets[0].company
    assert {budget.company_id for budget in budgets} == {company.pk}, "budgets of one company"
    counted = _count(company, budgets, today)
    amounts = defaultdict(list)
    for row in BudgetAmount.objects.filter(budget__in=budgets).order_by("valid_from"):
        amounts[row.budget_id].append(row)
    return {budget.pk: _fold(budget, counted[budget.pk], amounts[budget.pk], today) for budget in budgets}


def current(budgets: Sequence[Budget], *, today: date) -> dict[UUID, Use]:
    """Return the period of today of each budget."""
    return {pk: found[-1] for pk, found in uses(budgets, today=today).items()}


Counted = dict[int, dict[str, int]]


def _count(company: Company, budgets: Sequence[Budget], today: date) -> dict[UUID, Counted]:
    """Return the parts of each period by number: one query for all that turn with the months, one for all that do not."""
    found: dict[UUID, Counted] = {budget.pk: defaultdict(lambda: dict.fromkeys(PARTS, 0)) for budget in budgets}
    monthly = [budget for budget in budgets if budget.interval != BudgetInterval.ONCE]
    below = tags_below(budgets)
    for is_tagged in (False, True):
        mine = [budget for budget in monthly if bool(budget.tag_id) == is_tagged]
        for tag, team, category, month, part, amount in _by_month(company, mine, below, today):
            for budget in mine:
                if month < budget.starts_on or budget.team_id not in (None, team):
                    continue
                if budget.category_id in (None, category) and (not budget.tag_id or tag in below[budget.tag_id]):
                    found[budget.pk][number_at(budget, month)][part] += amount
    for budget, part, amount in _once(company, [each for each in budgets if each not in monthly]):
        found[budget.pk][0][part] += amount
    for budget, number, amount in _granted(company, budgets, below, today):
        found[budget.pk][number][ASKED] += amount
    return found


Cell = tuple[Any, Any, Any, date, str, int]


def _by_month(company: Company, budgets: Sequence[Budget], below: dict[UUID, set[UUID]], today: date) -> Iterable[Cell]:
    """Return the sums by tag (None where no budget has one), team, category, month and part."""
    stretches = [(period_at(each, 0).first, periods_upto(each, today)[-1].last) for each in budgets]
    if not stretches:
        return []
    whole = Period(min(first for first, _ in stretches), max(last for _, last in stretches))
    rows = lines_between(company, whole).order_by()
    rows = rows.annotate(part=PART, month=TruncMonth("expense__purchased_at", tzinfo=company.zone))
    tag: Any = Value(None, output_field=UUIDField())
    if budgets[0].tag_id:
        # Of a group a line has one tag at most, so that a line stands once under each of these.
        wanted = set().union(*(below[budget.tag_id] for budget in budgets if budget.tag_id))
        rows, tag = rows.filter(line_tags__tag__in=wanted), F("line_tags__tag")
    keys = ("tag", "expense__owner__team", "category", "month", "part")
    sums = rows.annotate(tag=tag).values_list(*keys).annotate(sum=Sum(SIGNED))
    return [(tag, team, category, month.date(), part, int(total)) for tag, team, category, month, part, total in sums]


def granted_for(budget: Budget) -> list[SpendRequest]:
    """Return the requests of now that a budget counts, each with `left`, what is not spent of it."""
    below = tags_below([budget])
    found = [each for each in _open_requests(budget.company) if _counts(budget, each, below) and each.left]  # type: ignore[attr-defined]
    for each in found:
        each.left_money = Money(each.left, each.value_currency)  # type: ignore[attr-defined]
    return found


def _open_requests(company: Company) -> list[SpendRequest]:
    """Return the approved requests of a company, each with `left` in minor units. One query and one for what was spent."""
    rows = list(SpendRequest.objects.for_company(company).filter(status=AskStatus.APPROVED).order_by("until", "id"))
    spent = spent_on(rows)
    for row in rows:
        row.left = max((row.granted or 0) - spent.get(row.pk, 0), 0)
    return rows


def spent_on(requests: Sequence[SpendRequest]) -> dict[UUID, int]:
    """Return what was spent on requests, refunds taken off, in minor units of the company's currency."""
    rows = AskSpend.objects.filter(request__in=requests, removed_at=None)
    rows = rows.exclude(expense__kind__in=CLAIMS, expense__review=ReviewOutcome.NOT_OKAY).order_by()
    way = Case(
        When(expense__direction=Direction.SPEND, then=F("expense__amount")), default=-F("expense__amount"),
        output_field=BigIntegerField(),
    )  # fmt: skip
    return {pk: int(sum) for pk, sum in rows.values_list("request").annotate(sum=Sum(way))}


def _counts(budget: Budget, request: SpendRequest, below: dict[UUID, set[UUID]]) -> bool:
    return (
        budget.team_id in (None, request.team_id)
        and budget.category_id in (None, request.category_id)
        and (budget.tag_id is None or request.tag_id in below[budget.tag_id])
    )


def _granted(
    company: Company, budgets: Sequence[Budget], below: dict[UUID, set[UUID]], today: date
) -> Iterable[tuple[Budget, int, int]]:
    """Lay what is left of each request into the period of today, or into the first of a budget that begins before its end."""
    for request in _open_requests(company):
        for budget in budgets:
            day = max(today, budget.starts_on)
            over = budget.ends_on is not None and today > budget.ends_on
            if _counts(budget, request, below) and day <= max(request.until, today) and not over:
                yield budget, number_at(budget, day), request.left  # type: ignore[attr-defined]


def counting(budgets: Sequence[Budget], request: SpendRequest) -> list[Budget]:
    """Keep the budgets that a request counts in."""
    below = tags_below(budgets)
    return [budget for budget in budgets if _counts(budget, request, below)]


def _once(company: Company, budgets: Sequence[Budget]) -> Iterable[tuple[Budget, str, int]]:
    if not budgets:
        return []
    wanted: dict[str, Any] = {}
    for place, budget in enumerate(budgets):
        begin, end = period_at(budget, 0).moments(company.zone)
        mine = _whose(budget) & Q(expense__purchased_at__gte=begin, expense__purchased_at__lt=end)
        for part in (CLEARED, HELD, CLAIMED):
            wanted[f"{part}_{place}"] = Sum(SIGNED, filter=mine & Q(part=part))
    whole = Period(min(each.starts_on for each in budgets), max(period_at(each, 0).last for each in budgets))
    sums = lines_between(company, whole).order_by().annotate(part=PART).aggregate(**wanted)
    return [
        (budget, part, int(sums[f"{part}_{place}"] or 0))
        for place, budget in enumerate(budgets)
        for part in (CLEARED, HELD, CLAIMED)
    ]


def _fold(budget: Budget, counted: Counted, amounts: Sequence[BudgetAmount], today: date) -> list[Use]:
    """Lay the periods one after the other: each has its own amount, and what was left over if the budget rolls over."""
    found: list[Use] = []
    for number, period in enumerate(periods_upto(budget, today)):
        known = [row.amount for row in amounts if row.valid_from <= period.first]
        left = found[-1].left.amount if found and budget.rolls_over else 0
        amount = known[-1] if known else budget.amount
        found.append(Use(period, budget.currency, amount, max(left, 0), dict(counted[number])))
    return found
