"""Make a budget, or change one: its name, whose it is, how much it is and what happens when it is used up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership, Team
from events.record import record
from expenses.budget_periods import period_of
from expenses.errors import NotYours
from expenses.models import Budget, BudgetAmount, BudgetInterval, Category, Tag
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import MAX_AMOUNT, Money
from pleo.lib.search import search_text

USUAL_WARNINGS = (80, 100)
MOST_WARNINGS = 5
OLDEST_YEARS = 10


class BudgetNameTaken(DomainError):
    """People tell budgets apart by their names."""

    code = "budget_name_taken"
    field = "name"

    def message(self) -> str:
        return gettext("There is a budget of this name already.")


class BudgetPeriodWrong(DomainError):
    """It ends before it begins, or begins in another age."""

    code = "budget_period_wrong"
    field = "ends_on"

    def message(self) -> str:
        return gettext("Choose a last day that is not before the first, within ten years.")


class BudgetAmountWrong(DomainError):
    """Nothing, too much, or another currency than the company's."""

    code = "budget_amount_wrong"
    field = "amount"

    def message(self) -> str:
        return gettext("Write an amount above zero in %(currency)s.") % self.params


class WarningsWrong(DomainError):
    """A warning is a whole percentage."""

    code = "warnings_wrong"
    field = "warn_at"

    def message(self) -> str:
        return gettext("Write up to %(most)s percentages between 1 and 500, as 80 and 100.") % {"most": MOST_WARNINGS}


@dataclass(frozen=True)
class Terms:
    """What a budget is about. `ends_on` is for one that holds once; its periods cannot be changed later."""

    name: str
    owner: Membership
    amount: Money
    team: Team | None = None
    category: Category | None = None
    tag: Tag | None = None
    is_hard: bool = False
    rolls_over: bool = False
    warn_at: Sequence[int] = USUAL_WARNINGS


@transaction.atomic
def make_budget(
    *, by: Membership, terms: Terms, interval: str, starts_on: date, ends_on: date | None = None, now: datetime
) -> Budget:
    """Make a budget. One of months, quarters or years begins with the month of `starts_on`.

    Raises NotYours, BudgetNameTaken, BudgetPeriodWrong, BudgetAmountWrong, WarningsWrong.
    """
    assert interval in BudgetInterval.values, f"{interval} is not an interval"
    _check(by, terms)
    once = interval == BudgetInterval.ONCE
    far = by.company.day_of(now).year
    days = [starts_on, *([ends_on] if once and ends_on else [])]
    if any(abs(day.year - far) > OLDEST_YEARS for day in days) or (once and (ends_on is None or ends_on < starts_on)):
        raise BudgetPeriodWrong
    row = Budget(
        company=by.company, interval=interval, starts_on=starts_on if once else starts_on.replace(day=1),
        ends_on=ends_on if once else None, currency=terms.amount.currency,
    )  # fmt: skip
    _write(row, terms)
    first = row.starts_on
    BudgetAmount.objects.create(
        company=by.company, budget=row, valid_from=first, amount=row.amount, currency=row.currency
    )
    changes = {"amount": row.amount, "currency": row.currency, "owner": str(terms.owner.pk)}
    record(company=by.company, verb="budget.made", subject=row, by=by, changes=changes, now=now)
    return row


@transaction.atomic
def change_budget(*, budget: Budget, by: Membership, terms: Terms, now: datetime) -> Budget:
    """Change a budget. A new amount holds from the period of today on; the periods before keep theirs.

    Raises NotYours, WrongState for an archived one, BudgetNameTaken, BudgetAmountWrong, WarningsWrong.
    """
    _check(by, terms)
    row: Budget = Budget.objects.select_for_update(no_key=True, of=("self",)).get(pk=budget.pk)
    if row.archived_at is not None:
        raise WrongState
    before = {"name": row.name, "owner": str(row.owner_id), "amount": row.amount}
    _write(row, terms)
    if before["amount"] != row.amount:
        since = period_of(row, by.company.day_of(now)).first
        values = {"amount": row.amount, "currency": row.currency, "company": by.company}
        BudgetAmount.objects.update_or_create(budget=row, valid_from=since, defaults=values)
        # Rows of later periods cannot be: an amount is only ever set for the period of its day.
    after = {"name": row.name, "owner": str(row.owner_id), "amount": row.amount}
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    record(
        company=by.company, verb="budget.changed", subject=row, by=by, changes=changes | {"currency": row.currency}, now=now
    )  # fmt: skip
    return row


def _check(by: Membership, terms: Terms) -> None:
    if not by.can("budgets.manage"):
        raise NotYours
    company = by.company_id
    parts = (terms.owner, terms.team, terms.category, terms.tag)
    assert all(part is None or part.company_id == company for part in parts), "parts of another company"
    if terms.amount.currency != by.company.currency or not 0 < terms.amount.amount <= MAX_AMOUNT:
        raise BudgetAmountWrong(currency=by.company.currency)
    if len(terms.warn_at) > MOST_WARNINGS or not all(0 < percent <= 500 for percent in terms.warn_at):
        raise WarningsWrong


def _write(row: Budget, terms: Terms) -> None:
    row.name = " ".join(terms.name.replace("\x00", "").split())[:80]
    row.owner, row.team, row.category, row.tag = terms.owner, terms.team, terms.category, terms.tag
    row.amount, row.is_hard = terms.amount.amount, terms.is_hard
    row.rolls_over = terms.rolls_over and row.interval != BudgetInterval.ONCE
    row.warn_at = sorted(set(terms.warn_at))
    row.search_text = search_text(row.name, row.whose, terms.owner.name)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        others = Budget.objects.for_company(row.company).live().filter(name__iexact=row.name).exclude(pk=row.pk)
        if others.exists():
            raise BudgetNameTaken from None
        raise
