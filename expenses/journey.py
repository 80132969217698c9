"""Days away on the company's errand: claimed at a daily rate, changed as long as no batch holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.code_expense import KEEP, code_expense, open_for
from expenses.errors import NotYours
from expenses.evaluate_policies import evaluate_policies, hold_policies
from expenses.fill_in import fill_in
from expenses.models import Category, Expense, ExpenseKind, Journey, PaymentState, ReviewOutcome
from expenses.owed import AmountOutOfRange, DateInFuture, begin, revalue
from expenses.own_rates import above, own_daily, taxable_columns
from expenses.per_diem import HOME, DayPart, NoDailyRate, Stay, days_of, published
from expenses.per_diem_rates import LONGEST_DAYS, countries
from expenses.refuse_by_policy import refuse_by_policy
from pleo.lib.errors import DomainError
from pleo.lib.money import Money, total


class EndsBeforeStart(DomainError):
    """One comes home after leaving."""

    code = "journey_ends_before_start"
    field = "ends_at"

    def message(self) -> str:
        return gettext("The return lies before the departure.")


class TooLong(DomainError):
    """Other rules hold after three months at one place."""

    code = "journey_too_long"
    field = "ends_at"

    def message(self) -> str:
        return gettext("After %(days)s days other rules hold. Claim it in parts, or ask finance.") % {
            "days": LONGEST_DAYS
        }


class JourneysOverlap(DomainError):
    """Nobody is in two places on one day."""

    code = "journeys_overlap"
    status = 409
    field = "starts_at"

    def message(self) -> str:
        return gettext("Expense #%(number)s is for the same time.") % self.params


@dataclass(frozen=True)
class Away:
    """Days away as a person describes them: moments in the company's time zone, and the meals that others paid for."""

    destination: str
    starts_at: datetime
    ends_at: datetime
    meals: Mapping[date, Sequence[str]] = field(default_factory=dict)
    stay: Stay = HOME


@transaction.atomic
def claim_journey(*, by: Membership, away: Away, category: Category | None, note: str, now: datetime) -> Expense:
    """Claim days away at the rate of the company's country.

    Raises NotYours, EndsBeforeStart, TooLong, DateInFuture, NoDailyRate, TooShort, JourneysOverlap, AmountOutOfRange,
    MasterArchived.
    """
    if not by.can("expenses.claim"):
        raise NotYours
    priced = price(owner=by, away=away, now=now)
    amount = priced.amount
    expense = begin(
        by=by, kind=ExpenseKind.PER_DIEM, merchant=away.destination, day=_last_day(away), amount=amount, now=now,
        purchased_at=away.starts_at,
    )  # fmt: skip
    Journey.objects.create(company_id=by.company_id, expense=expense, **_columns(by.company.country, away, priced))
    fill_in(expense)
    with hold_policies():
        expense = code_expense(expense=expense, by=by, now=now, category=category or KEEP, note=note)
    expense.document_date = _last_day(away)
    expense.save(update_fields=["document_date"])
    evaluate_policies(expense, now=now, compare=True)
    refuse_by_policy(expense, asks=("note",))
    changes = {"amount": expense.amount, "currency": expense.currency, "date": _last_day(away).isoformat()}
    record(company=by.company, verb="expense.claimed", subject=expense, by=by, changes=changes, now=now)
    return expense


@transaction.atomic
def change_journey(
    *, expense: Expense, by: Membership, away: Away, now: datetime, version: int | None = None
) -> Expense:
    """Change days away that no batch holds. An okay falls with it.

    Raises NotYours, ExpenseLocked, ExpenseChanged, and what `claim_journey` raises of the journey itself.
    """
    locked = open_for(expense=expense, by=by, version=version)
    row = Journey.objects.get(expense=locked)
    priced = price(owner=locked.owner, away=away, now=now, without=locked)
    for column, new in _columns(row.country, away, priced).items():
        setattr(row, column, new)
    row.save()
    return revalue(
        locked, by=by, merchant=away.destination, day=_last_day(away), amount=priced.amount, now=now,
        purchased_at=away.starts_at,
    )  # fmt: skip


@dataclass(frozen=True)
class Priced:
    """What days away are paid, and what of it exceeds the published rates; `rate_from` is when that of the first day began."""

    parts: Sequence[DayPart]
    taxable: Money
    rate_from: date

    @property
    def amount(self) -> Money:
        return _sum(self.parts)


def price(*, owner: Membership, away: Away, now: datetime, without: Expense | None = None) -> Priced:
    """Return what each day is paid: at the company's own rate where it has one. Raises what is wrong with the journey."""
    country, zone = owner.company.country, owner.company.zone
    if away.ends_at <= away.starts_at:
        raise EndsBeforeStart
    if away.ends_at > now:
        raise DateInFuture
    if away.ends_at - away.starts_at > timedelta(days=LONGEST_DAYS):
        raise TooLong
    if country not in countries():
        raise NoDailyRate(day=away.starts_at.astimezone(zone).date())
    Membership.objects.select_for_update(no_key=True).get(pk=owner.pk)
    others = Journey.objects.filter(
        company_id=owner.company_id, expense__owner=owner, starts_at__lt=away.ends_at, ends_at__gt=away.starts_at
    ).exclude(expense__payment=PaymentState.REVERSED).exclude(expense__review=ReviewOutcome.NOT_OKAY)  # fmt: skip
    other = (others.exclude(expense=without) if without else others).select_related("expense").first()
    if other is not None:
        raise JourneysOverlap(number=other.expense.number)
    local_start, local_end = away.starts_at.astimezone(zone), away.ends_at.astimezone(zone)
    days = partial(days_of, country=country, starts_at=local_start, ends_at=local_end, meals=away.meals, stay=away.stay)
    official_rate = published(country, away.stay)
    own = own_daily(owner.company, away.stay, official_rate)
    measure = own.measure if own else official_rate
    official = days(rate_of=measure)
    parts = days(rate_of=own.pays) if own else official
    if not _sum(parts):
        raise AmountOutOfRange(currency=owner.company.currency)
    taxable = above([part.amount for part in parts], [part.amount for part in official])
    return Priced(parts, taxable, measure(parts[0].day).valid_from)


def _sum(parts: Sequence[DayPart]) -> Money:
    return total([part.amount for part in parts], parts[0].full.currency)


def _last_day(away: Away) -> date:
    return away.ends_at.date()


def _columns(country: str, away: Away, priced: Priced) -> dict[str, Any]:
    parts = priced.parts
    return {
        "country": country,
        "rate_from": priced.rate_from,
        "destination": away.destination[:120],
        "place": away.stay.place,
        "starts_at": away.starts_at,
        "ends_at": away.ends_at,
        **taxable_columns(priced.taxable),
        "days": [
            {
                "date": part.day.isoformat(), "place": away.stay.at(part.day), "meals": list(part.meals),
                "full": part.full.amount, "less": part.less.amount, "amount": part.amount.amount,
            }
            for part in parts
        ],
    }  # fmt: skip
