"""Charge a month of a plan."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import IntegrityError, transaction

from events.models import Actor
from events.record import record
from pleo.lib.errors import DomainError
from wallet.models import AccountKind, Fee, FeePlan, LedgerAccount, TransferCode
from wallet.movements import next_month
from wallet.transfer import transfer

logger = logging.getLogger(__name__)

# A plan that was entered late is charged at most this far back; older months are between the people concerned.
CATCH_UP_YEARS = 2


def charge_fee(*, plan: FeePlan, month: date, now: datetime) -> Fee:
    """Take a month's fee from the company's main wallet, once. The same month again returns the first charge.

    Like a settlement it is never refused: the wallet may fall below zero, and the company is told by its low balance.
    """
    assert month.day == 1, "a fee is for a month"
    assert plan.first_month <= month and (plan.last_month is None or month <= plan.last_month), "a month of the plan"
    known: Fee | None = Fee.objects.filter(plan=plan, month=month).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return _charge(plan, month, now)
    except IntegrityError:
        known = Fee.objects.filter(plan=plan, month=month).first()
        if known is None:
            raise
        return known


def charge_due(*, now: datetime) -> int:
    """Charge every month of every plan that has begun and was not charged yet; returns how many. Safe to run at any time."""
    charged = 0
    for plan in FeePlan.objects.select_related("company").order_by("pk").iterator(chunk_size=200):
        try:
            for month in _open_months(plan, now):
                charge_fee(plan=plan, month=month, now=now)
                charged += 1
        except DomainError as error:
            # A plan entered in another currency than its company's must not keep the others from being charged.
            logger.error("fee not charged: plan=%s error=%s", plan.pk, error.code)
    return charged


def _open_months(plan: FeePlan, now: datetime) -> list[date]:
    current = plan.company.day_of(now).replace(day=1)
    earliest = current.replace(year=current.year - CATCH_UP_YEARS)
    month, last = max(plan.first_month, earliest), min(plan.last_month or current, current)
    done = set(Fee.objects.filter(plan=plan).values_list("month", flat=True))
    found = []
    while month <= last:
        if month not in done:
            found.append(month)
        month = next_month(month)
    return found


def _charge(plan: FeePlan, month: date, now: datetime) -> Fee:
    company = plan.company
    fee: Fee = Fee.objects.create(
        company=company,
        plan=plan,
        month=month,
        text=plan.text,
        amount=plan.amount,
        currency=plan.currency,
        created_at=now,
    )
    transfer(
        debit=LedgerAccount.objects.wallet_of(company),
        credit=LedgerAccount.objects.of_kind(company, AccountKind.FEES),
        amount=fee.money,
        code=TransferCode.FEE,
        subject=fee,
        booked_at=now,
        value_date=company.day_of(now),
        text=str(fee),
    )
    record(
        company=company,
        verb="fee.charged",
        subject=fee,
        actor=Actor.SYSTEM,
        changes={"amount": fee.amount, "currency": fee.currency},
        now=now,
    )
    return fee
