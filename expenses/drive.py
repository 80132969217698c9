"""A drive in one's own vehicle: claimed by the distance, changed as long as no batch holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.code_expense import KEEP, code_expense, open_for
from expenses.errors import NotYours
from expenses.evaluate_policies import evaluate_policies, hold_policies
from expenses.fill_in import fill_in
from expenses.mileage import Worth, worth
from expenses.mileage_rates import MileageRate, rate_on
from expenses.models import Category, Drive, Expense, ExpenseKind, PaymentState, ReviewOutcome
from expenses.owed import DateInFuture, begin, revalue
from expenses.refuse_by_policy import refuse_by_policy
from pleo.lib import format
from pleo.lib.errors import DomainError

MOST_STOPS = 12
ARROW = " → "


class NoMileageRate(DomainError):
    """No rate is known for the vehicle on that day."""

    code = "no_mileage_rate"
    field = "vehicle"

    def message(self) -> str:
        return gettext("No rate is known for this vehicle on %(day)s. Ask finance.") % {
            "day": format.day(self.params["day"])
        }


class StopsMissing(DomainError):
    """A drive has a start and an end."""

    code = "stops_missing"
    field = "stops"

    def message(self) -> str:
        return gettext("Write where you started and where you went, one place per line, %(most)s at most.") % {
            "most": MOST_STOPS
        }


@dataclass(frozen=True)
class Way:
    """A drive as a person describes it; `one_way` is the distance between the first and the last stop."""

    drove_on: date
    vehicle: str
    stops: Sequence[str]
    one_way: Decimal
    is_round_trip: bool = False
    country: str = ""

    @property
    def distance(self) -> Decimal:
        return self.one_way * 2 if self.is_round_trip else self.one_way

    @property
    def title(self) -> str:
        return ARROW.join([*self.stops, self.stops[0]] if self.is_round_trip else self.stops)[:120]


@transaction.atomic
def claim_drive(*, by: Membership, way: Way, category: Category | None, note: str, now: datetime) -> Expense:
    """Claim a drive at the rate of its day and country (the company's own unless given).

    Raises NotYours, StopsMissing, NoMileageRate, DateInFuture, NoRate, MasterArchived, DetailsMissing, PolicyBlocks.
    """
    if not by.can("expenses.claim"):
        raise NotYours
    rate, value, before = price(owner=by, way=way, now=now)
    expense = begin(
        by=by, kind=ExpenseKind.MILEAGE, merchant=way.title, day=way.drove_on, amount=value.amount, now=now
    )  # fmt: skip
    Drive.objects.create(company_id=by.company_id, expense=expense, **_columns(rate, way, value, before))
    fill_in(expense)
    with hold_policies():
        expense = code_expense(expense=expense, by=by, now=now, category=category or KEEP, note=note)
    expense.document_date = way.drove_on
    expense.save(update_fields=["document_date"])
    evaluate_policies(expense, now=now, compare=True)
    refuse_by_policy(expense, asks=("note",))
    changes = {"amount": expense.amount, "currency": expense.currency, "date": way.drove_on.isoformat()}
    record(company=by.company, verb="expense.claimed", subject=expense, by=by, changes=changes, now=now)
    return expense


@transaction.atomic
def change_drive(*, expense: Expense, by: Membership, way: Way, now: datetime, version: int | None = None) -> Expense:
    """Change a drive that no batch holds: day, vehicle, stops, distance. An okay falls with it.

    Raises NotYours, ExpenseLocked, ExpenseChanged, StopsMissing, NoMileageRate, DateInFuture, NoRate.
    """
    locked = open_for(expense=expense, by=by, version=version)
    drive = Drive.objects.get(expense=locked)
    rate, value, before = price(owner=locked.owner, way=way, now=now, without=locked)
    for column, new in _columns(rate, way, value, before).items():
        setattr(drive, column, new)
    drive.save()
    return revalue(locked, by=by, merchant=way.title, day=way.drove_on, amount=value.amount, now=now)


def price(
    *, owner: Membership, way: Way, now: datetime, without: Expense | None = None
) -> tuple[MileageRate, Worth, Decimal]:
    """Return the rate of a drive, what it is worth, and the distance counted before it in the rate's year.

    Raises StopsMissing, DateInFuture, NoMileageRate.
    """
    if not 2 <= len(way.stops) <= MOST_STOPS:
        raise StopsMissing
    if way.drove_on > owner.company.day_of(now):
        raise DateInFuture
    rate = rate_on(country=way.country or owner.company.country, vehicle=way.vehicle, day=way.drove_on)
    if rate is None:
        raise NoMileageRate(day=way.drove_on)
    before = counted(owner=owner, rate=rate, day=way.drove_on, without=without)
    return rate, worth(rate, distance=way.distance, before=before), before


def counted(*, owner: Membership, rate: MileageRate, day: date, without: Expense | None = None) -> Decimal:
    """Return what a person claimed for a vehicle in the rate's year so far, in the order of claiming.

    Two drives claimed at once take turns: the person's row is locked.
    """
    Membership.objects.select_for_update(no_key=True).get(pk=owner.pk)
    first, last = rate.year_of(day)
    rows = Drive.objects.filter(
        company_id=owner.company_id, expense__owner=owner, country=rate.country, vehicle=rate.vehicle,
        drove_on__gte=first, drove_on__lt=last,
    ).exclude(expense__payment=PaymentState.REVERSED).exclude(expense__review=ReviewOutcome.NOT_OKAY)  # fmt: skip
    if without is not None:
        rows = rows.exclude(expense=without)
    return rows.aggregate(sum=Sum("distance"))["sum"] or Decimal(0)


def _columns(rate: MileageRate, way: Way, value: Worth, before: Decimal) -> dict[str, object]:
    return {
        "country": rate.country,
        "vehicle": rate.vehicle,
        "rate_from": rate.valid_from,
        "drove_on": way.drove_on,
        "stops": list(way.stops),
        "distance": way.distance,
        "unit": rate.unit,
        "is_round_trip": way.is_round_trip,
        "counted_before": before,
        "parts": [[f"{distance.normalize():f}", f"{per:f}"] for distance, per in value.parts],
    }
