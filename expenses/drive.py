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
from expenses.models import Category, Drive, Expense, ExpenseKind, OwnRate, PaymentState, ReviewOutcome
from expenses.owed import DateInFuture, begin, revalue
from expenses.own_rates import above, own_mileage, taxable_columns, unpublished_mileage
from expenses.refuse_by_policy import refuse_by_policy
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money

MOST_STOPS = 12
ARROW = " → "


class NoMileageRate(DomainError):
    """No rate is known for the vehicle on that day."""

    code = "no_mileage_rate"
    field = "vehicle"

    def message(self) -> str:
        return gettext("No rate is known for this vehicle on %(day)s. Finance can add one of the company’s own.") % {
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
    priced = price(owner=by, way=way, now=now)
    expense = begin(
        by=by, kind=ExpenseKind.MILEAGE, merchant=way.title, day=way.drove_on, amount=priced.value.amount, now=now
    )  # fmt: skip
    Drive.objects.create(company_id=by.company_id, expense=expense, **_columns(way, priced))
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
    priced = price(owner=locked.owner, way=way, now=now, without=locked)
    for column, new in _columns(way, priced).items():
        setattr(drive, column, new)
    drive.save()
    return revalue(locked, by=by, merchant=way.title, day=way.drove_on, amount=priced.value.amount, now=now)


@dataclass(frozen=True)
class Priced:
    """What a drive is paid: `before` is the distance counted in the rate's year, `taxable` what exceeds the published rate."""

    rate: MileageRate
    value: Worth
    before: Decimal
    taxable: Money
    own: OwnRate | None


def price(*, owner: Membership, way: Way, now: datetime, without: Expense | None = None) -> Priced:
    """Return what a drive is paid: the company's own rate where it has one, else the published one.

    Raises StopsMissing, DateInFuture, NoMileageRate.
    """
    if not 2 <= len(way.stops) <= MOST_STOPS:
        raise StopsMissing
    if way.drove_on > owner.company.day_of(now):
        raise DateInFuture
    country = way.country or owner.company.country
    rate = rate_on(country=country, vehicle=way.vehicle, day=way.drove_on)
    rate = rate or unpublished_mileage(owner.company, country, way.vehicle, way.drove_on)
    if rate is None:
        raise NoMileageRate(day=way.drove_on)
    before = counted(owner=owner, rate=rate, day=way.drove_on, without=without)
    published = worth(rate, distance=way.distance, before=before)
    found = own_mileage(owner.company, rate, way.drove_on)
    if found is None:
        return Priced(rate, published, before, Money(0, rate.currency), None)
    value = worth(found[1], distance=way.distance, before=before)
    return Priced(rate, value, before, above([value.amount], [published.amount]), found[0])


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


def _columns(way: Way, priced: Priced) -> dict[str, object]:
    rate = priced.rate
    return {
        "country": rate.country,
        "vehicle": rate.vehicle,
        "rate_from": rate.valid_from,
        "drove_on": way.drove_on,
        "stops": list(way.stops),
        "distance": way.distance,
        "unit": rate.unit,
        "is_round_trip": way.is_round_trip,
        "counted_before": priced.before,
        "own_rate": priced.own,
        **taxable_columns(priced.taxable),
        "parts": [[f"{distance.normalize():f}", f"{per:f}"] for distance, per in priced.value.parts],
    }
