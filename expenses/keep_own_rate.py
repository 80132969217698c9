"""Add a rate of the company's own, and end it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Company, Membership
from events.record import record
from expenses import mileage_rates, per_diem_rates
from expenses.errors import NotYours
from expenses.models import OwnRate, OwnRateKind
from expenses.per_diem_rates import home_or
from pleo.lib import format
from pleo.lib.errors import DomainError, WrongState

# Britain's daily rates are steps of hours with fixed sums, which one own amount cannot stand for.
NO_OWN_PER_DIEM = frozenset({"GB"})
HALF_DAYS = frozenset({"DE", "SE"})


class NoRuleFor(DomainError):
    """We know no rule of the country by which such a rate would be counted."""

    code = "no_rule_for_own_rate"

    @property
    def field(self) -> str:  # type: ignore[override]
        return str(self.params["where"])

    def message(self) -> str:
        return gettext("We know no rule for this, so a rate could not be counted. Claim what was paid instead.")


class TaxFreeIsPublished(DomainError):
    """What is free of tax is published; the company does not say it."""

    code = "tax_free_is_published"
    field = "tax_free"

    def message(self) -> str:
        return gettext("%(rate)s is published for this on %(day)s. Leave the field empty.") % {
            "rate": f"{self.params['rate']:f}", "day": format.day(self.params["day"]),
        }  # fmt: skip


class TaxFreeTooMuch(DomainError):
    """More is free of tax than is paid, or it is said of a rate that falls with the distance."""

    code = "tax_free_too_much"
    field = "tax_free"

    def message(self) -> str:
        return gettext("At most the rate itself is free of tax, and not together with a rate beyond a distance.")


class RatesOverlap(DomainError):
    """Two rates for the same thing on one day."""

    code = "own_rates_overlap"
    status = 409
    field = "valid_from"

    def message(self) -> str:
        return gettext("A rate that begins on %(day)s holds then. End it first.") % {
            "day": format.day(self.params["day"])
        }


class LastDayBeforeFirst(DomainError):
    """A rate ends on its first day at the earliest."""

    code = "last_day_before_first"
    field = "last_day"

    def message(self) -> str:
        return gettext("The last day lies before the first.")


@dataclass(frozen=True)
class Terms:
    """A rate of one's own as finance describes it, in major units; see `OwnRate`."""

    kind: str
    rate: Decimal
    valid_from: date
    last_day: date | None = None
    vehicle: str = ""
    upto: int | None = None
    rate_after: Decimal | None = None
    place: str = ""
    rate_half: Decimal | None = None
    tax_free: Decimal | None = None
    tax_free_half: Decimal | None = None


@transaction.atomic
def add_own_rate(*, by: Membership, terms: Terms, now: datetime) -> OwnRate:
    """Add a rate. Raises NotYours, NoRuleFor, TaxFreeIsPublished, TaxFreeTooMuch, LastDayBeforeFirst, RatesOverlap.

    Where nothing is published the rate stands alone, and `tax_free` says what of it is free of tax: all, unless given.
    Without `rate_half` a half day is half of the whole, where the country has halves. Claims that were made before keep
    what they were paid at. The company's row is locked, so of two rates added at once the second sees the first.
    """
    if not by.can("policies.manage"):
        raise NotYours
    if terms.last_day is not None and terms.last_day < terms.valid_from:
        raise LastDayBeforeFirst
    company = Company.objects.select_for_update(no_key=True).get(pk=by.company_id)
    values: dict[str, Any] = asdict(terms) | {"place": home_or(terms.place, company.country)}
    currency, has_halves = _measure(company, terms)
    _check_tax_free(terms)
    if terms.kind == OwnRateKind.PER_DIEM:
        half = terms.rate / 2 if terms.rate_half is None else terms.rate_half
        values["rate_half"] = half if has_halves else Decimal(0)
        if terms.tax_free is not None:
            known = terms.tax_free / 2 if terms.tax_free_half is None else terms.tax_free_half
            values["tax_free_half"] = known if has_halves else Decimal(0)
    row = OwnRate(company=company, country=company.country, currency=currency, by=by, **values)
    others = OwnRate.objects.for_company(company).filter(
        kind=row.kind, country=row.country, vehicle=row.vehicle, place=row.place
    )  # fmt: skip
    for other in others.order_by("valid_from", "id"):
        ends_before = other.last_day is not None and other.last_day < row.valid_from
        begins_after = row.last_day is not None and row.last_day < other.valid_from
        if not (ends_before or begins_after):
            raise RatesOverlap(day=other.valid_from)
    row.save(force_insert=True)
    changes = {"kind": row.kind, "rate": f"{row.rate:f}", "currency": currency, "date": row.valid_from.isoformat()}
    record(company=company, verb="own_rate.added", subject=company, by=by, changes=changes, now=now)
    return row


def _measure(company: Company, terms: Terms) -> tuple[str, bool]:
    """Return the currency of the rates that an own one stands in for or beside, and whether the country has half days."""
    country, day = company.country, terms.valid_from
    if terms.kind == OwnRateKind.MILEAGE:
        mileage = mileage_rates.rate_on(country=country, vehicle=terms.vehicle, day=day)
        if mileage is not None and terms.tax_free is not None:
            raise TaxFreeIsPublished(rate=mileage.bands[0].rate, day=day)
        return mileage.currency if mileage else mileage_rates.currency_of(country) or company.currency, False
    if country in NO_OWN_PER_DIEM or per_diem_rates.shares_of(country, home_or(terms.place, country)) is None:
        raise NoRuleFor(where="place")
    daily = per_diem_rates.rate_on(country=country, day=day, place=terms.place)
    if daily is None:
        return per_diem_rates.currency_of(country), country in HALF_DAYS
    if terms.tax_free is not None:
        raise TaxFreeIsPublished(rate=daily.full, day=day)
    return daily.currency, daily.half > 0


def _check_tax_free(terms: Terms) -> None:
    free, half = terms.tax_free, terms.tax_free_half
    if free is None:
        return
    if free > terms.rate or terms.upto is not None or (half is not None and half > free):
        raise TaxFreeTooMuch


@transaction.atomic
def end_own_rate(*, own: OwnRate, by: Membership, last_day: date, now: datetime) -> OwnRate | None:
    """End a rate after a day; one that has not begun is removed instead, and None returned.

    Raises NotYours, LastDayBeforeFirst, WrongState when it was ended already.
    """
    if not by.can("policies.manage"):
        raise NotYours
    rows = OwnRate.objects.filter(pk=own.pk, company_id=by.company_id, last_day=None)
    changes = {"kind": own.kind, "rate": f"{own.rate:f}", "currency": own.currency, "date": last_day.isoformat()}
    if own.valid_from > by.company.day_of(now):
        if not rows.delete()[0]:
            raise WrongState
        record(company=by.company, verb="own_rate.removed", subject=by.company, by=by, changes=changes, now=now)
        return None
    if last_day < own.valid_from:
        raise LastDayBeforeFirst
    if not rows.update(last_day=last_day):
        raise WrongState
    own.refresh_from_db()
    record(company=by.company, verb="own_rate.ended", subject=by.company, by=by, changes=changes, now=now)
    return own
